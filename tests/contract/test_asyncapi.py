"""The AsyncAPI document is one for AsyncAPI's own parser, and names what there is."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from services.contracts.topics import DECLARED, RAW, dead_letter_topic

SCHEMAS = Path(__file__).parents[2] / "schemas"
PARSER = Path(__file__).parent / "asyncapi"
INSTALL_SECONDS = 200
"""For npm to fetch the parser, which takes 20 s at ease."""


def test_every_channel_is_a_declared_topic() -> None:
    """The document names no topic that does not exist, and the public ones are all there."""
    document = json.loads((SCHEMAS / "asyncapi.json").read_text(encoding="utf-8"))
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert addresses - {"news.routed.{route}.v1"} <= {topic.name for topic in DECLARED}
    assert {RAW, dead_letter_topic(RAW)} <= addresses


def test_asyncapis_parser_takes_the_document(tmp_path: Path) -> None:
    """@asyncapi/parser, which AsyncAPI itself keeps, reads the document and its schemas without an error."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("needs Node.js with npm, to run AsyncAPI's own parser")
    parser = tmp_path / "parser"
    shutil.copytree(PARSER, parser)
    install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    fetched = subprocess.run(install, cwd=parser, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if fetched.returncode:
        pytest.skip(f"npm cannot fetch AsyncAPI's parser: {fetched.stderr.strip().splitlines()[-1:]}")
    run = [node, "check.mjs", str(SCHEMAS / "asyncapi.json")]
    checked = subprocess.run(run, cwd=parser, capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "valid: AsyncAPI 3.1.0" in checked.stdout
