"""docker-compose.yml and the broker of the small overlay agree with the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from services.embedded.properties import build_properties
from services.reference.tables import SERVICES
from services.runtime.service.settings import load_settings
from tests.support.repository import DEPLOY, PARENT_MEBIBYTES, ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
OWN = ("listeners", "advertised.listeners", "listener.security.protocol.map", "log.dirs", "num.partitions")
"""Properties that depend on where the broker runs. num.partitions matters only if topics are created automatically."""
EXAMPLE = "./services/sink/routes.example.yaml"


def read_properties(text: str) -> dict[str, str]:
    """Parse a properties file."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize("path", ["compose/server.properties", "kubernetes/overlays/small/server.properties"])
def test_brokers_are_as_the_embedded_one(path: str) -> None:
    """The brokers of compose and of the small overlay have the settings of the embedded broker."""
    embedded = read_properties(build_properties(host="h", port=1, controller_port=2, log_dir=Path("/d")))
    given = read_properties((DEPLOY / path).read_text(encoding="utf-8"))
    expected = {name: value for name, value in embedded.items() if name not in OWN and "quorum" not in name}
    assert {name: given.get(name) for name in expected} == expected


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_services_read_their_variables(name: str) -> None:
    """Each service can start with its variables in the file: none is unknown and none is missing."""
    environ = {key: str(value).replace("${API_KEYS:-[]}", "[]").replace("${ANNOTATE_WORKERS:-1}", "1")
               for key, value in COMPOSE["services"][name]["environment"].items()}  # fmt: skip
    settings = load_settings(SERVICES[name], environ)
    assert settings.kafka.bootstrap_servers == "kafka:9092"  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_containers_are_hardened(name: str) -> None:
    """Each container has a read-only root, no capability, no new privileges, a limit of memory, and loopback ports."""
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"] and service["pids_limit"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_the_worker_fits_its_container() -> None:
    """The worker of annotate reaches its own memory limit, which costs one article, before the container's."""
    annotate = COMPOSE["services"]["annotate"]
    assert annotate["mem_limit"] == "1g"
    assert annotate["environment"]["COPYDESK_ANNOTATE__WORKER_MEGABYTES"] + PARENT_MEBIBYTES <= 1024


def test_images_are_pinned() -> None:
    """Every image that is not built from this repository has a version."""
    foreign = [s["image"] for s in COMPOSE["services"].values() if not s["image"].startswith("copydesk/")]
    assert foreign and all(not image.endswith(":latest") and ":" in image for image in foreign)


def test_every_mounted_path_exists() -> None:
    """Every mounted path is in the repository, and Grafana gets the folder of dashboards."""
    text = yaml.safe_dump(COMPOSE).replace("${ROUTES:-./services/sink/routes.example.yaml}", EXAMPLE)
    mounts = [mount.split(":") for one in yaml.safe_load(text)["services"].values() for mount in one.get("volumes", ())]
    given = {target: ROOT / source for source, target, *_ in mounts if source.startswith("./")}
    assert all(path.exists() for path in given.values())
    provisioning = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/copydesk.yml").read_text(encoding="utf-8"))
    [provider] = provisioning["providers"]
    assert list(given[provider["options"]["path"]].glob("*.json"))
