"""The AsyncAPI document is valid by AsyncAPI's own parser, and names existing topics."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from services.contracts.topics import DECLARED

SCHEMAS = Path(__file__).parents[2] / "schemas"
PARSER = Path(__file__).parent / "asyncapi"
INSTALL_SECONDS = 200
"""Seconds in which npm must install the parser; it needs about 20."""


def test_every_channel_is_a_declared_topic() -> None:
    """The document has every declared topic and the routed topics, and no other one."""
    document = json.loads((SCHEMAS / "asyncapi.json").read_text(encoding="utf-8"))
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert addresses == {"news.routed.{route}.v1", *(topic.name for topic in DECLARED)}


def test_asyncapis_parser_accepts_the_document(tmp_path: Path) -> None:
    """AsyncAPI's own parser, @asyncapi/parser, reads the document and its schemas without an error."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("needs Node.js with npm, to run AsyncAPI's own parser")
    parser = tmp_path / "parser"
    shutil.copytree(PARSER, parser)
    install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    installed = subprocess.run(
        install, cwd=parser, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    if installed.returncode:
        pytest.skip(f"npm cannot install AsyncAPI's parser: {installed.stderr.strip().splitlines()[-1:]}")
    run = [node, "check.mjs", str(SCHEMAS / "asyncapi.json")]
    checked = subprocess.run(run, cwd=parser, capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "valid: AsyncAPI 3.1.0" in checked.stdout
