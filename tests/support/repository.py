"""Paths of the deployment's files, and values that they are compared with."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PARENT_MEBIBYTES = 384
"""Memory in MiB for annotate's parent process, which holds waiting records of up to 33 MB."""
