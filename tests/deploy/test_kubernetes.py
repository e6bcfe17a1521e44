"""The manifests are valid by Kubernetes' schemas and agree with the settings, the contracts and the docs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import kubernetes_validate
import pytest
import yaml

from services.contracts.topics import PARTITIONS, RAW
from services.reference.kubernetes import ACCESS
from services.reference.tables import SERVICES
from services.runtime.service.settings import load_settings
from tests.deploy.overlays import KUBERNETES, OVERLAYS, VERSION, Manifest, render
from tests.support.repository import DEPLOY, PARENT_MEBIBYTES, ROOT

OTHERS = ("strimzi.io", "keda.sh", "monitoring.coreos.com")
"""API groups of operators; no package contains their schemas."""
WORKLOADS = ("Deployment", "StatefulSet")
NAMES = {"ingest", "annotate", "match", "sink"}
"""Services that every overlay runs."""
SECRET = "from-a-secret"
"""Stand-in for the value of a secret."""
OPTIONAL = {"archive"}
"""Services that are components."""


@pytest.fixture(scope="module")
def rendered() -> dict[str, list[Manifest]]:
    """Return the manifests of each overlay."""
    return {overlay: render(overlay) for overlay in OVERLAYS}


def find_workloads(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Yield the name and the pod template of each workload."""
    for manifest in manifests:
        if manifest["kind"] in WORKLOADS:
            yield manifest["metadata"]["name"], manifest["spec"]["template"]


def test_rules_of_the_operator_are_the_rule_files(rendered: dict[str, list[Manifest]]) -> None:
    """The PrometheusRule has every group of every rule file, unchanged; no two groups share a name."""
    [made] = [manifest for manifest in rendered["production"] if manifest["kind"] == "PrometheusRule"]
    groups = [
        group
        for path in sorted((DEPLOY / "prometheus" / "rules").iterdir())
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    ]
    assert made["spec"]["groups"] == groups
    assert len({group["name"] for group in groups}) == len(groups) >= 4


def test_every_service_has_its_user_and_groups() -> None:
    """Each service has one user, whose group is the default of the service's settings."""
    assert {access.service for access in ACCESS} == NAMES | OPTIONAL
    for access in ACCESS:
        section = SERVICES[access.service].model_fields[access.service].annotation
        field = section.model_fields.get("group")  # type: ignore[union-attr]
        assert field is None or field.default == access.groups[0]


def test_written_files_are_valid() -> None:
    """Each manifest of a kind of Kubernetes' own is valid by its schema, which allows no unknown field."""
    checked = 0
    for path in sorted(KUBERNETES.rglob("*.yaml")):
        for manifest in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            api = str(manifest.get("apiVersion", ""))
            if api and not any(group in api for group in (*OTHERS, "kustomize", "builtin")):
                kubernetes_validate.validate(dict(manifest), VERSION, strict=True)
                checked += 1
    assert checked >= 19


def test_overlays_are_valid(rendered: dict[str, list[Manifest]]) -> None:
    """The manifests of each overlay are valid by Kubernetes' schemas, which allow no unknown field."""
    for manifests in rendered.values():
        for manifest in manifests:
            if not any(group in manifest["apiVersion"] for group in OTHERS):
                kubernetes_validate.validate(dict(manifest), VERSION, strict=True)


def test_a_wrong_field_is_refused() -> None:
    """A misspelt field of a pod makes the check fail."""
    manifest = next(iter(yaml.safe_load_all((KUBERNETES / "base" / "sink.yaml").read_text(encoding="utf-8"))))
    manifest["spec"]["template"]["spec"]["automountServiceAccountTokens"] = False
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, VERSION, strict=True)


def test_pods_are_restricted_and_get_no_service_variables(rendered: dict[str, list[Manifest]]) -> None:
    """Each pod meets the restricted Pod Security level, has a read-only root, and gets no service variables."""
    for manifests in rendered.values():
        pods = dict(find_workloads(manifests))
        assert {f"copydesk-{name}" for name in NAMES} <= pods.keys()
        for template in pods.values():
            pod = template["spec"]
            assert pod["enableServiceLinks"] is False
            assert pod["automountServiceAccountToken"] is False
            assert pod["securityContext"]["runAsNonRoot"] is True
            assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
            for container in pod["containers"]:
                context = container["securityContext"]
                assert (context["allowPrivilegeEscalation"], context["readOnlyRootFilesystem"]) == (False, True)
                assert context["capabilities"] == {"drop": ["ALL"]}
                assert container["resources"]["limits"]["memory"]


def test_environment_is_what_the_settings_read(rendered: dict[str, list[Manifest]]) -> None:
    """Each service can start with the variables of its manifest; all overlays but the small one use TLS and SASL."""
    for overlay, manifests in rendered.items():
        maps = {item["metadata"]["name"]: item["data"] for item in manifests if item["kind"] == "ConfigMap"}
        for name, template in find_workloads(manifests):
            if not name.startswith("copydesk-"):
                continue
            environ = read_environment(template["spec"]["containers"][0], maps)
            settings = load_settings(SERVICES[name.removeprefix("copydesk-")], environ)
            kafka = settings.kafka  # type: ignore[attr-defined]
            assert kafka.tls.enabled is (overlay != "small")
            user = {"small": None, "production": name, "staging": f"staging.{name}", "managed": SECRET}[overlay]
            assert (kafka.sasl.username if kafka.sasl else None) == user


def test_workers_fit_their_container(rendered: dict[str, list[Manifest]]) -> None:
    """The workers of annotate reach their own memory limit, which costs one article, before the container's."""
    for manifests in rendered.values():
        container = dict(find_workloads(manifests))["copydesk-annotate"]["spec"]["containers"][0]
        given = {variable["name"]: variable.get("value") for variable in container["env"]}
        workers = int(given["COPYDESK_ANNOTATE__WORKERS"]) * int(given["COPYDESK_ANNOTATE__WORKER_MEGABYTES"])
        assert workers + PARENT_MEBIBYTES <= read_mebibytes(container["resources"]["limits"]["memory"])


def read_mebibytes(quantity: str) -> int:
    """Return the MiB of a quantity such as `384Mi` or `1Gi`."""
    return int(quantity[:-2]) * {"Mi": 1, "Gi": 1024}[quantity[-2:]]


def test_resources_are_documented(rendered: dict[str, list[Manifest]]) -> None:
    """The table in docs/deployment.md has the requests and limits of each workload."""
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    for name, template in find_workloads(rendered["production"]):
        resources = template["spec"]["containers"][0]["resources"]
        cpu, memory = resources["requests"]["cpu"], read_mebibytes(resources["requests"]["memory"])
        cores = int(cpu.removesuffix("m")) / 1000 if cpu.endswith("m") else int(cpu)
        limit = resources["limits"]["memory"].replace("Mi", " MiB").replace("Gi", " GiB")
        assert f"| {name.removeprefix('copydesk-')} | {cores:g} CPU, {memory} MiB | {limit} |" in page


def test_every_workload_is_spread_probed_and_kept_in_service(rendered: dict[str, list[Manifest]]) -> None:
    """Each workload is spread over zones and nodes, probed at /live and /ready, and loses one pod at a time."""
    manifests = rendered["production"]
    budgets = {item["metadata"]["name"]: item["spec"] for item in manifests if item["kind"] == "PodDisruptionBudget"}
    for name, template in find_workloads(manifests):
        labels, pod = template["metadata"]["labels"], template["spec"]
        assert budgets[name]["maxUnavailable"] == 1
        keys = ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
        assert [spread["topologyKey"] for spread in pod["topologySpreadConstraints"]] == keys
        for selecting in (budgets[name], *pod["topologySpreadConstraints"]):
            selector = selecting.get("selector") or selecting["labelSelector"]
            assert selector["matchLabels"].items() <= labels.items()
        container = pod["containers"][0]
        paths = {probe: container[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "liveness", "readiness")}
        assert paths == {"startup": "/ready", "liveness": "/live", "readiness": "/ready"}


def test_network_is_closed_except_for_named_traffic(rendered: dict[str, list[Manifest]]) -> None:
    """No traffic is allowed by default, and each service may reach Kafka and be scraped."""
    for manifests in rendered.values():
        policies = {item["metadata"]["name"]: item["spec"] for item in manifests if item["kind"] == "NetworkPolicy"}
        assert policies["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        for name in ("kafka", "scrape"):
            [expression] = policies[name]["podSelector"]["matchExpressions"]
            assert (expression["key"], set(expression["values"])) == ("app.kubernetes.io/component", NAMES | OPTIONAL)


def test_pods_are_scraped_with_the_labels_of_the_rules(rendered: dict[str, list[Manifest]]) -> None:
    """The targets of the PodMonitor have the job `copydesk` and the service's name as host."""
    [monitor] = [item["spec"] for item in rendered["production"] if item["kind"] == "PodMonitor"]
    [endpoint] = monitor["podMetricsEndpoints"]
    [relabeling] = endpoint["relabelings"]
    assert relabeling["targetLabel"] == "host"
    source = relabeling["sourceLabels"][0].removeprefix("__meta_kubernetes_pod_label_")
    for name, template in find_workloads(rendered["production"]):
        labels = template["metadata"]["labels"]
        assert monitor["selector"]["matchLabels"].items() <= labels.items()
        assert labels[monitor["jobLabel"]] == "copydesk"
        meta_labels = {re.sub(r"[^a-z]", "_", key): value for key, value in labels.items()}
        assert f"copydesk-{meta_labels[source]}" == name
        assert endpoint["port"] in {port["name"] for port in template["spec"]["containers"][0]["ports"]}


def read_environment(container: Manifest, maps: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the environment of a container, with a stand-in for a value that comes from the cluster."""
    environ: dict[str, str] = {}
    for source in container["envFrom"]:
        environ |= maps[source["configMapRef"]["name"]]
    for variable in container.get("env", ()):
        if "value" in variable:
            environ[variable["name"]] = variable["value"]
        elif "secretKeyRef" in variable["valueFrom"]:
            environ[variable["name"]] = SECRET
        else:
            assert variable["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
            environ[variable["name"]] = "copydesk-match-0"
    return environ


def test_routes_are_the_example() -> None:
    """The routes in the base are the example rules of the sink."""
    example = ROOT / "services" / "sink" / "routes.example.yaml"
    assert (KUBERNETES / "base" / "routes.yaml").read_bytes() == example.read_bytes()


def test_annotate_scales_no_further_than_the_partitions() -> None:
    """KEDA watches the raw topic and starts no more pods than the topic has partitions."""
    scaled = next(
        iter(yaml.safe_load_all((KUBERNETES / "components" / "keda" / "annotate.yaml").read_text(encoding="utf-8")))
    )
    metadata = scaled["spec"]["triggers"][0]["metadata"]
    assert metadata["topic"] == RAW
    assert scaled["spec"]["maxReplicaCount"] == PARTITIONS
    assert metadata["excludePersistentLag"] == "true"
    assert metadata["consumerGroup"] == next(access.groups[0] for access in ACCESS if access.service == "annotate")
    # Kafka 4.0 removed the requests of versions before 2.1 (KIP-896).
    assert tuple(map(int, metadata["version"].split("."))) >= (2, 1)


def test_grace_outlasts_the_services_own_deadline(rendered: dict[str, list[Manifest]]) -> None:
    """A pod gets more time to stop than the service's own shutdown deadline."""
    for manifests in rendered.values():
        for _, template in find_workloads(manifests):
            assert template["spec"]["terminationGracePeriodSeconds"] > 20


def test_overlays_are_known() -> None:
    """These tests check every overlay in the folder."""
    assert {path.name for path in (KUBERNETES / "overlays").iterdir()} == set(OVERLAYS)
