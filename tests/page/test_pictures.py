"""The pictures in docs/ are those that the command draws, and the pages that use them exist."""

from __future__ import annotations

import re

from tests.page.pictures import FOLDER, PICTURES, STORY_PICTURES
from tests.support.repository import ROOT


def test_every_picture_is_there_and_used() -> None:
    """docs/page has the pictures that `make page-pictures` draws and no other, and docs/page.md shows each."""
    names = {picture.name for picture in (*PICTURES, *STORY_PICTURES)}
    assert {path.stem for path in FOLDER.iterdir()} == names
    shown = re.findall(r"page/([a-z-]+)\.png", (ROOT / "docs" / "page.md").read_text())
    assert set(shown) == names
