"""Images are small and complete, run without privileges, and carry no unneeded packages."""

from __future__ import annotations

import json
import subprocess
import time
from itertools import count

import pytest

from services import __version__
from tests.containers.engine import BASE, HARDENED, IMAGES, docker, inspect, read_logs, run_python
from tests.support.locks import NLP, normalise, read_lock

pytestmark = [pytest.mark.containers, pytest.mark.timeout(600)]

MEGABYTE = 1_000_000
LIMITS = {"ingest": 150, "processor": 400, "sink": 150, "tools": 150}
"""Largest size of an image's layers over its base, in megabytes."""
SERVICES = ("ingest", "processor", "sink")
WITHOUT_KAFKA = {
    "COPYDESK_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:9",
    "COPYDESK_KAFKA__REQUEST_TIMEOUT": "3",
}
"""Settings with which a service starts although no Kafka answers."""


@pytest.mark.parametrize("name", IMAGES)
def test_layers_are_small(name: str) -> None:
    """The layers that an image adds to its base are within its limit."""
    added = (inspect(f"copydesk/{name}")["Size"] - inspect(BASE)["Size"]) / MEGABYTE
    print(f"{name}: {added:.0f} MB over the base")
    assert 0 < added < LIMITS[name]


@pytest.mark.parametrize("name", IMAGES)
def test_image_has_user_entry_point_health_check_and_labels(name: str) -> None:
    """An image has a fixed user that is not root, entry point and health check without a shell, and the OCI labels."""
    config = inspect(f"copydesk/{name}")["Config"]
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"][0] in ("python", "copydesk")
    assert config["Labels"]["org.opencontainers.image.version"] == __version__
    assert config["Labels"]["org.opencontainers.image.title"] == f"copydesk-{name}"
    if name in SERVICES:
        assert config["Healthcheck"]["Test"][0] == "CMD"
        assert config["StopSignal"] == "SIGTERM"


@pytest.mark.parametrize("name", IMAGES)
def test_bill_of_materials_lists_the_installed_packages(name: str) -> None:
    """/app/sbom.cdx.json is a CycloneDX list of copydesk and of the packages of the image's lock that apply here."""
    bill = json.loads(run_python(f"copydesk/{name}", "print(open('/app/sbom.cdx.json').read())"))
    listed = {normalise(component["name"]) for component in bill["components"]}
    assert bill["bomFormat"] == "CycloneDX"
    assert "copydesk" in listed
    assert listed - {"copydesk"} <= read_lock(name)
    installed = run_python(
        f"copydesk/{name}", "import importlib.metadata as m; print(*(d.name for d in m.distributions()))"
    )
    assert {normalise(found) for found in installed.split()} == listed


@pytest.mark.parametrize("name", ["ingest", "sink", "tools"])
def test_no_nlp_outside_the_processor(name: str) -> None:
    """The image contains no NLP library, no weights and no code of the enrichment."""
    forbidden = [*sorted(NLP), "services.enrichment"]
    code = f"import importlib.util as u; print([name for name in {forbidden} if u.find_spec(name)])"
    assert run_python(f"copydesk/{name}", code).strip() == "[]"


def test_processor_annotates_without_a_network() -> None:
    """The processor's image carries the weights and all else that an annotation needs: it works without a network."""
    code = (
        "from services.contracts.raw import RawArticle\n"
        "from services.enrichment.options import EnrichmentOptions\n"
        "from services.enrichment.bootstrap import build_pipeline\n"
        "raw = RawArticle(content='LISBON (AP) - Judge Teresa Quintela praised the police in Lisbon on Monday.')\n"
        "made = build_pipeline(EnrichmentOptions()).annotate(raw, article_id='0' * 64, ingested_at=None)\n"
        "print([entity.name for entity in made.entities])"
    )
    assert "Teresa Quintela" in run_python("copydesk/processor", code)


@pytest.mark.parametrize("name", SERVICES)
def test_wrong_settings_end_the_container_with_a_clear_error(name: str) -> None:
    """Without settings a container with a read-only root exits with 2 and prints one line that names the variable."""
    command = ["docker", "run", "--rm", "--network", "none", *HARDENED, f"copydesk/{name}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    assert "COPYDESK_KAFKA__BOOTSTRAP_SERVERS" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_first_process_obeys_sigterm(name: str) -> None:
    """A service that runs as process 1 ends on the engine's SIGTERM, long before the engine would kill it."""
    variables = [part for pair in WITHOUT_KAFKA.items() for part in ("--env", "=".join(pair))]
    container = docker("run", "--detach", "--network", "none", *HARDENED, *variables, f"copydesk/{name}").strip()
    try:
        for attempt in count():
            if "service_started" in read_logs(container):
                break
            assert attempt < 240, read_logs(container)
            time.sleep(0.5)
        docker("stop", "--time", "120", container)
        state = json.loads(docker("inspect", container))[0]["State"]
        assert state["ExitCode"] in (0, 1, 70), state
        assert not state["OOMKilled"]
    finally:
        docker("rm", "--force", container)


def test_health_check_reports_a_service_that_does_not_answer() -> None:
    """The image's own health check fails if the service does not answer, and prints why."""
    assert "no answer: ConnectionRefusedError" in docker(
        "run", "--rm", "--network", "none", *HARDENED, "--entrypoint", "python", "copydesk/sink",
        "-m", "services.runtime.service.probe", "/live", check=False,
    )  # fmt: skip
