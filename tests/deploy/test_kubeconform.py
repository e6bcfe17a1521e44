"""Check of both overlays by kubeconform: Kubernetes' own kinds, and those of operators with a definition here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.kubeconform import OPERATED, check, close, find_kubeconform, write_definitions, write_schemas
from tests.deploy.overlays import OVERLAYS, render, render_text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the schemas of the built-in kinds in the overlays."""
    find_kubeconform()
    made = tmp_path_factory.mktemp("schemas")
    write_schemas(made, [manifest for overlay in OVERLAYS for manifest in render(overlay)])
    return made


@pytest.fixture(scope="module")
def skipped(folder: Path) -> set[str]:
    """Return the operators' kinds without a definition here; write the schemas of the others into the folder."""
    return set(OPERATED - write_definitions(folder))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_overlays_conform(overlay: str, folder: Path, skipped: set[str]) -> None:
    """Every resource of the overlay is valid by kubeconform, which allows no unknown field and no repeated key."""
    kinds = [f"{manifest['apiVersion']}/{manifest['kind']}" for manifest in render(overlay)]
    code, said = check(render_text(overlay), folder, skipped)
    print(f"{overlay}: {said.strip()}; left out: {', '.join(sorted(skipped & set(kinds))) or 'nothing'}")
    left_out = sum(kind in skipped for kind in kinds)
    assert code == 0, said
    assert f"{len(kinds)} resources found" in said
    assert f"Valid: {len(kinds) - left_out}, Invalid: 0, Errors: 0, Skipped: {left_out}" in said


@pytest.mark.parametrize(
    ("right", "wrong", "reason", "verdict"),
    [
        pytest.param(
            "automountServiceAccountToken:",
            "automountServiceAccountTokens:",
            "additional properties 'automountServiceAccountTokens' not allowed",
            "Invalid: {count}, Errors: 0",
            id="unknown field",
        ),
        pytest.param(
            "maxUnavailable: 1\n",
            "maxUnavailable: [1]\n",
            "at '/spec/maxUnavailable': got array",
            "Invalid: {count}, Errors: 0",
            id="wrong type",
        ),
        pytest.param(
            "apiVersion: policy/v1\n",
            "apiVersion: policy/v2\n",
            "could not find schema for PodDisruptionBudget",
            "Invalid: 0, Errors: {count}",
            id="unknown version",
        ),
        pytest.param(
            "kind: PodDisruptionBudget\n",
            "kind: PodDisruptionBudget\nkind: PodDisruptionBudget\n",
            'key "kind" already set',
            "Invalid: 0, Errors: {count}",
            id="repeated key",
        ),
    ],
)
def test_broken_manifests_fail(
    right: str, wrong: str, reason: str, verdict: str, folder: Path, skipped: set[str]
) -> None:
    """A mistake in several resources makes each of these invalid, and no other."""
    text = render_text("production")
    code, said = check(text.replace(right, wrong), folder, skipped)
    assert (code, reason in said, verdict.format(count=text.count(right)) in said) == (1, True, True), said


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("keda.sh/v1alpha1/ScaledObject", "maxReplicaCount:", "maximumReplicaCount:"),
        ("monitoring.coreos.com/v1/PodMonitor", "podMetricsEndpoints:", "podMetricEndpoints:"),
        ("monitoring.coreos.com/v1/PrometheusRule", "    - alert: CopydeskStuck\n", "    - alarm: CopydeskStuck\n"),
    ],
)
def test_broken_resources_of_operators_fail(kind: str, right: str, wrong: str, folder: Path, skipped: set[str]) -> None:
    """A misspelt field of an operator's resource is invalid by its definition."""
    if kind in skipped:
        pytest.skip(f"the definition of {kind} is not on this machine: `make kubernetes-tools`")
    text = render_text("production")
    code, said = check(text.replace(right, wrong), folder, skipped)
    assert (code, f"Invalid: {text.count(right)}, Errors: 0" in said) == (1, True), said


def test_closed_schemas_allow_no_unknown_field() -> None:
    """A closed schema is also closed in its lists and maps, but stays open where the definition allows any field."""
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {"a": {"type": "string"}}}
    inner = {"properties": {"b": {"type": "string"}}}
    closed = close({"properties": {"list": {"items": inner}, "map": {"additionalProperties": inner}, "free": free}})
    assert closed["additionalProperties"] is False
    assert closed["properties"]["list"]["items"]["additionalProperties"] is False
    assert closed["properties"]["map"]["additionalProperties"]["additionalProperties"] is False
    assert "additionalProperties" not in closed["properties"]["free"]
