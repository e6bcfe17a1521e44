"""A Kubernetes API server that somebody named for these tests, asked by kubectl; never kubectl's own choice."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
import yaml

from tests.deploy.overlays import Manifest

VARIABLE = "KUBERNETES_CHECK_KUBECONFIG"
"""Names the kubeconfig whose cluster these tests may use."""
MISSING = f"no API server: {VARIABLE} names none (docs/deployment.md, Checks)"
SECURITY = "pod-security.kubernetes.io"
"""What the labels begin with by which a namespace has its level."""


class Server:
    """The API server of a kubeconfig's current context."""

    def __init__(self, kubeconfig: str) -> None:
        self._kubeconfig = kubeconfig

    def run(self, *arguments: str, manifests: Iterable[Manifest] = ()) -> tuple[int, str]:
        """Kubectl's exit code, and what it says; `manifests` are its input."""
        command = ["kubectl", f"--kubeconfig={self._kubeconfig}", "--request-timeout=60s", *arguments]
        text = yaml.safe_dump_all([dict(manifest) for manifest in manifests])
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=300, check=False)
        return done.returncode, done.stdout + done.stderr

    def ask(self, *arguments: str) -> str:
        """What kubectl says; it must succeed."""
        code, said = self.run(*arguments)
        assert code == 0, said
        return said

    def check(self, namespace: str, manifests: Iterable[Manifest]) -> tuple[int, str]:
        """Exit code and words of a dry run on the server, unknown and repeated fields refused. Nothing is stored."""
        arguments = ("apply", "--dry-run=server", "--validate=strict", f"--namespace={namespace}", "--filename=-")
        return self.run(*arguments, manifests=manifests)

    def list_kinds(self) -> set[str]:
        """The kinds that it knows, as apiVersion/kind; of operators those whose definitions are installed."""
        # Name, short names if any, apiVersion, whether it is in namespaces, kind.
        rows = [line.split() for line in self.ask("api-resources", "--no-headers").splitlines()]
        return {f"{row[-3]}/{row[-1]}" for row in rows}

    @contextmanager
    def hold(self, namespace: Manifest) -> Iterator[str]:
        """The namespace made for real, since a dry run in it needs it; deleted in the end. One that is there already is
        somebody's: the test fails, and leaves it.
        """
        name: str = namespace["metadata"]["name"]
        code, said = self.run("create", "--save-config", "--filename=-", manifests=[namespace])
        assert code == 0, said
        try:
            # A controller makes it some time after the namespace, or none does; no pod is admitted without it.
            self.run("create", "serviceaccount", "default", f"--namespace={name}")
            yield name
        finally:
            self.run("delete", "namespace", name, "--wait=false")


def find_server() -> Server:
    """The server named by VARIABLE; the test is skipped, with the reason, where none is or kubectl is missing."""
    if not (kubeconfig := os.environ.get(VARIABLE)):
        pytest.skip(MISSING)
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not on this machine")
    return Server(kubeconfig)
