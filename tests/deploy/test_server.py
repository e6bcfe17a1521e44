"""Both overlays in a dry run of a real API server, in a namespace with the manifests' own Pod Security labels.

The server checks more than a schema can: defaults, rules across fields, immutability, admission.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.deploy.kubeconform import OPERATED
from tests.deploy.overlays import OVERLAYS, Manifest, render
from tests.deploy.server import SECURITY, Server, find_server

NAMESPACE = f"copydesk-check-{secrets.token_hex(4)}"
"""Namespace of these tests. The manifests' own may be in use, and an earlier one may not be deleted yet."""
LEVELS = dict.fromkeys((f"{SECURITY}/{mode}" for mode in ("enforce", "warn", "audit")), "restricted")
REFUSED = 'violates PodSecurity "restricted:latest"'
"""Message of the server for a pod that the level does not admit."""
UNPRIVILEGED = "disallowed by cluster policy"
"""Message of the server for a pod that it admits on no level."""


@pytest.fixture(scope="module")
def server() -> Server:
    """Return the server that the environment names."""
    return find_server()


@pytest.fixture(scope="module")
def namespace(server: Server) -> Iterator[str]:
    """Create the tests' namespace with the settings of both overlays."""
    declared = [move(one) for overlay in OVERLAYS for one in render(overlay) if one["kind"] == "Namespace"]
    assert declared == [declared[0]] * len(OVERLAYS)
    with server.hold(declared[0]) as name:
        yield name


@pytest.fixture(scope="module")
def known(server: Server) -> set[str]:
    """Return the kinds that the server knows."""
    return server.list_kinds()


def move(manifest: Manifest) -> Manifest:
    """Return the same resource in the tests' namespace, or that namespace itself."""
    moved = copy.deepcopy(dict(manifest))
    if manifest["kind"] == "Namespace":
        moved["metadata"]["name"] = NAMESPACE
    elif "namespace" in moved["metadata"]:
        moved["metadata"]["namespace"] = NAMESPACE
    return moved


def move_all(overlay: str) -> list[Manifest]:
    """Return an overlay's resources, in the tests' namespace."""
    return [move(manifest) for manifest in render(overlay)]


def name_kind(manifest: Manifest) -> str:
    """Return apiVersion/kind of a manifest."""
    return f"{manifest['apiVersion']}/{manifest['kind']}"


def find(manifests: list[Manifest], kind: str, name: str) -> dict[str, Any]:
    """Return a copy of one resource."""
    [found] = [one for one in manifests if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return copy.deepcopy(dict(found))


def test_the_namespace_is_restricted(namespace: str, server: Server) -> None:
    """The namespace has the manifests' own labels, whose level the server enforces."""
    shown = server.ask("get", "namespace", namespace, "--output=jsonpath={.metadata.labels}")
    assert [f'"{label}":"{level}"' for label, level in LEVELS.items() if f'"{label}":"{level}"' not in shown] == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_overlays_are_admitted(overlay: str, namespace: str, known: set[str], server: Server) -> None:
    """Each resource is admitted without a warning; operators' kinds without a definition are left out."""
    manifests = move_all(overlay)
    missing = {*map(name_kind, manifests)} - known
    assert missing <= OPERATED
    sent = [manifest for manifest in manifests if name_kind(manifest) not in missing]
    code, said = server.check(namespace, sent)
    left_out = f"{len(manifests) - len(sent)} left out: {', '.join(sorted(missing)) or 'nothing'}"
    print(f"{overlay}: {len(sent)} resources, {said.count('(server dry run)')} admitted, {left_out}")
    assert code == 0, said
    assert said.count("(server dry run)") == len(sent), said
    assert "Warning" not in said, said


def privileged(pod: dict[str, Any]) -> None:
    """Give a container all rights of the node."""
    pod["containers"][0]["securityContext"] |= {"privileged": True, "allowPrivilegeEscalation": True}


def as_root(pod: dict[str, Any]) -> None:
    """Let a pod run as root."""
    del pod["securityContext"]["runAsNonRoot"]


def on_the_node(pod: dict[str, Any]) -> None:
    """Give a pod access to the node's files."""
    pod["volumes"] = [*pod.get("volumes", ()), {"name": "node", "hostPath": {"path": "/"}}]


def capable(pod: dict[str, Any]) -> None:
    """Let a container keep its capabilities."""
    del pod["containers"][0]["securityContext"]["capabilities"]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(privileged, "privileged (container", id="privileged"),
        pytest.param(as_root, "runAsNonRoot != true", id="root"),
        pytest.param(on_the_node, "hostPath", id="the node's files"),
        pytest.param(capable, "unrestricted capabilities", id="capabilities"),
    ],
)
def test_other_pods_are_refused(
    spoil: Callable[[dict[str, Any]], None], reason: str, namespace: str, server: Server
) -> None:
    """A Deployment beyond the level gets a warning, and a pod of its template is rejected.

    The pod of the shipped template is admitted.
    """
    deployment = find(move_all("small"), "Deployment", "copydesk-sink")
    template = deployment["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one", "labels": template["metadata"]["labels"]}}
    code, said = server.check(namespace, [pod | {"spec": copy.deepcopy(template["spec"])}])
    assert (code, "Warning" in said) == (0, False), said
    spoil(template["spec"])
    code, said = server.check(namespace, [deployment])
    if UNPRIVILEGED in said:
        pytest.skip("a server without --allow-privileged rejects this pod before it checks the level")
    assert (code, "Warning: would violate" in said, reason in said) == (0, True, True), said
    code, said = server.check(namespace, [pod | {"spec": template["spec"]}])
    assert (code != 0, REFUSED in said, reason in said) == (True, True, True), said


@pytest.mark.parametrize(
    ("kind", "name", "path", "value", "reason"),
    [
        ("Deployment", "copydesk-sink", ("spec", "selector", "matchLabels", "other"), "x", "does not match template"),
        ("Service", "copydesk-ingest", ("spec", "clusterIP"), "not-an-address", "clusterIP"),
        ("ScaledObject", "copydesk-annotate", ("spec", "maximumReplicaCount"), 6, "unknown field"),
        ("PodMonitor", "copydesk", ("spec", "podMetricEndpoints"), [], "unknown field"),
        ("PrometheusRule", "copydesk", ("spec", "groups", 0, "rules", 0, "expr"), {}, "expr"),
        ("KafkaTopic", "news.articles.raw.v1", ("spec", "partitionCount"), 6, "unknown field"),
    ],
)
def test_broken_resources_are_refused(
    kind: str, name: str, path: tuple[str | int, ...], value: object, reason: str,
    namespace: str, known: set[str], server: Server,
) -> None:  # fmt: skip
    """A resource that contradicts itself or has an unknown field is rejected with the reason."""
    broken = find(move_all("production"), kind, name)
    if name_kind(broken) not in known:
        pytest.skip(f"the server has no definition of {kind}")
    part: Any = broken
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    code, said = server.check(namespace, [broken])
    assert (code != 0, reason in said) == (True, True), said
