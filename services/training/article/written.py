"""Headlines and leads that the project wrote, for what labelled sets have too little of.

The same words occur in good news, bad news and neither: an outbreak spreads, is over, is watched; a strike begins, is
called off, is discussed. A network that learned single words fails on them. Their subjects are invented. Their labels
follow the guideline of the labelled sets.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, cast

from services.enrichment.encoder import Polarity

WRITTEN: Final = Path(__file__).with_name("written.tsv")
"""One text a line: its polarity, a tab, the text."""


def read_written() -> list[tuple[str, Polarity]]:
    """Return the texts of WRITTEN with their polarity, in the order of the file."""
    lines = (line.split("\t") for line in WRITTEN.read_text(encoding="utf-8").splitlines())
    return [(text, cast(Polarity, polarity)) for polarity, text in lines]
