"""Access by kubectl to the Kubernetes API server that a variable names for these tests; never to kubectl's default."""

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
"""Environment variable with the path of the kubeconfig whose cluster these tests may use."""
MISSING = f"no API server: {VARIABLE} names none (docs/deployment.md, Checks)"
SECURITY = "pod-security.kubernetes.io"
"""Prefix of the labels that set the Pod Security level of a namespace."""


class Server:
    """The API server of a kubeconfig's current context."""

    def __init__(self, kubeconfig: str) -> None:
        self._kubeconfig = kubeconfig

    def run(self, *arguments: str, manifests: Iterable[Manifest] = ()) -> tuple[int, str]:
        """Run kubectl with the manifests as input; return its exit code and output."""
        command = ["kubectl", f"--kubeconfig={self._kubeconfig}", "--request-timeout=60s", *arguments]
        text = yaml.safe_dump_all([dict(manifest) for manifest in manifests])
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=300, check=False)
        return done.returncode, done.stdout + done.stderr

    def ask(self, *arguments: str) -> str:
        """Run kubectl, which must succeed, and return its output."""
        code, said = self.run(*arguments)
        assert code == 0, said
        return said

    def check(self, namespace: str, manifests: Iterable[Manifest]) -> tuple[int, str]:
        """Check the manifests in a dry run on the server, which stores nothing; return exit code and output.

        Unknown and repeated fields are errors.
        """
        arguments = ("apply", "--dry-run=server", "--validate=strict", f"--namespace={namespace}", "--filename=-")
        return self.run(*arguments, manifests=manifests)

    def list_kinds(self) -> set[str]:
        """Return the kinds that the server knows, as apiVersion/kind, including those of installed operators."""
        # Columns: name, short names if any, apiVersion, whether it is in namespaces, kind.
        rows = [line.split() for line in self.ask("api-resources", "--no-headers").splitlines()]
        return {f"{row[-3]}/{row[-1]}" for row in rows}

    @contextmanager
    def hold(self, namespace: Manifest) -> Iterator[str]:
        """Create the namespace, because a dry run in it needs it, and delete it in the end.

        The test fails if the namespace exists already, and leaves it unchanged.
        """
        name: str = namespace["metadata"]["name"]
        code, said = self.run("create", "--save-config", "--filename=-", manifests=[namespace])
        assert code == 0, said
        try:
            # Without this account no pod is admitted. A controller creates it later, or there is no such controller.
            self.run("create", "serviceaccount", "default", f"--namespace={name}")
            yield name
        finally:
            self.run("delete", "namespace", name, "--wait=false")


def find_server() -> Server:
    """Return the server that VARIABLE names, or skip the test if there is none or kubectl is missing."""
    if not (kubeconfig := os.environ.get(VARIABLE)):
        pytest.skip(MISSING)
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not on this machine")
    return Server(kubeconfig)
