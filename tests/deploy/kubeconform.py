"""Use of kubeconform, if this machine has it, with schemas for offline use: each in one file with all it refers to."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.overlays import VERSION, Manifest
from tests.support.repository import ROOT

TOOLS = ROOT / ".venv" / "kubernetes"
"""Folder into which `make kubernetes-tools` installs the program."""
DEFINITIONS = TOOLS / "definitions"
"""Folder of the operators' CustomResourceDefinitions; files that a person adds are used too."""
MISSING = "kubeconform is not on this machine: `make kubernetes-tools`"
SCHEMAS = files("kubernetes_validate") / "kubernetes-json-schema" / f"v{VERSION}.0-local-strict"
OPERATED = frozenset(
    {
        "kafka.strimzi.io/v1/KafkaTopic",
        "kafka.strimzi.io/v1/KafkaUser",
        "keda.sh/v1alpha1/ScaledObject",
        "keda.sh/v1alpha1/TriggerAuthentication",
        "monitoring.coreos.com/v1/PodMonitor",
        "monitoring.coreos.com/v1/PrometheusRule",
    }
)
"""Kinds of operators. A kind is left out if its definition is not in DEFINITIONS; no other kind is left out."""

Schema = dict[str, Any]


def find_kubeconform() -> str:
    """Return the path of the program, or skip the test with the reason."""
    found = shutil.which("kubeconform") or shutil.which("kubeconform", path=str(TOOLS))
    if found is None:
        pytest.skip(MISSING)
    return found


def check(text: str, folder: Path, skipped: Iterable[str]) -> tuple[int, str]:
    """Check the manifests by the schemas in `folder`; return kubeconform's exit code and output."""
    location = str(folder / "{{.ResourceKind}}{{.KindSuffix}}.json")
    command = [find_kubeconform(), "-strict", "-summary", "-n", "1", "-schema-location", location]
    command += ["-skip", ",".join(sorted(skipped))]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def write_schemas(folder: Path, manifests: Iterable[Manifest]) -> None:
    """Write the schemas of the manifests' kinds that are Kubernetes' own.

    Each schema contains all to which it refers, because kubeconform reads no second file. A kind that Kubernetes does
    not know gets no schema, and kubeconform reports it.
    """
    shared = (SCHEMAS / "_definitions.json").read_text(encoding="utf-8")
    definitions = _localise(shared)["$defs"]
    for name in {_file_name(manifest["apiVersion"], manifest["kind"]) for manifest in manifests}:
        if (SCHEMAS / name).is_file():
            schema = _localise((SCHEMAS / name).read_text(encoding="utf-8"))
            whole = schema | {"$defs": _reach(schema, definitions)}
            (folder / name).write_text(json.dumps(whole), encoding="utf-8")


def _file_name(api_version: str, kind: str) -> str:
    """Return the name in kubeconform's template: deployment-apps-v1.json, service-v1.json, ..."""
    group, _, version = api_version.rpartition("/")
    return "-".join(part for part in (kind.lower(), group.split(".")[0], version) if part) + ".json"


def _localise(text: str) -> Schema:
    schema: Schema = json.loads(text.replace('"/api/_definitions.json#/', '"#/'))
    return schema


def _reach(schema: Schema, definitions: Schema) -> Schema:
    """Return the definitions to which a schema refers, directly or through others."""
    found: Schema = {}
    waiting = list(_list_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = definitions[name]
            waiting += _list_references(found[name])
    return found


def _list_references(part: object) -> Iterable[str]:
    if isinstance(part, dict):
        reference = part.get("$ref")
        if isinstance(reference, str):
            yield reference.removeprefix("#/$defs/")
        for value in part.values():
            yield from _list_references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _list_references(value)


def write_definitions(folder: Path) -> set[str]:
    """Write the schemas of the definitions in DEFINITIONS; return their kinds with group and version."""
    kinds: set[str] = set()
    for path in sorted(DEFINITIONS.glob("*.yaml")):
        for definition in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            if not definition or definition.get("kind") != "CustomResourceDefinition":
                continue
            spec = definition["spec"]
            for version in spec["versions"]:
                api_version, kind = f"{spec['group']}/{version['name']}", spec["names"]["kind"]
                schema = close(version["schema"]["openAPIV3Schema"])
                (folder / _file_name(api_version, kind)).write_text(json.dumps(schema), encoding="utf-8")
                kinds.add(f"{api_version}/{kind}")
    return kinds


def close(schema: Schema) -> Schema:
    """Return a definition's schema that allows no unknown field, as the API server's strict validation does."""
    closed = dict(schema)
    if "properties" in schema:
        closed["properties"] = {name: close(part) for name, part in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            closed.setdefault("additionalProperties", False)
    for keyword in ("items", "additionalProperties"):
        if isinstance(closed.get(keyword), dict):
            closed[keyword] = close(closed[keyword])
    return closed
