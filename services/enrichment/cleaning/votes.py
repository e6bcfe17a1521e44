"""What an extraction of a page says of the page's lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from services.enrichment.cleaning.features import Marks
from services.enrichment.cleaning.lines import Line
from services.enrichment.cleaning.markup import HEADINGS, ITEMS, Block

WORD = re.compile(r"\w+")

RUN = 3
"""Words in a row that hardly stand in two places of a page by chance."""


def mark_lines(lines: Sequence[Line], blocks: Sequence[Block], extracted: str) -> list[Marks]:
    """The marks of each line of the page's text; sets its indentation to its depth."""
    runs, whole = _index(extracted)
    starts = [block.start for block in blocks]
    marks: list[Marks] = []
    for line in lines:
        block = blocks[max(0, bisect_right(starts, line.start) - 1)]
        line.indent = block.depth
        marks.append(
            Marks(
                vote=_vote(line.key, runs, whole),
                links=block.link_letters / block.letters if block.letters else 0.0,
                heading=block.tag in HEADINGS,
                item=block.tag in ITEMS,
                paragraph=block.tag == "p",
                furniture=block.furniture,
            )
        )
    return marks


def _index(extracted: str) -> tuple[frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]]:
    """The runs of words of an extraction, and its lines and cells of fewer words than a run."""
    runs: set[tuple[str, ...]] = set()
    whole: set[tuple[str, ...]] = set()
    for line in extracted.casefold().split("\n"):
        words = WORD.findall(line)
        runs.update(zip(words, words[1:], words[2:], strict=False))
        if len(words) < RUN or "|" in line:
            whole.update(tuple(part) for cell in line.split("|") if len(part := WORD.findall(cell)) < RUN)
    return frozenset(runs), frozenset(whole)


def _vote(key: str, runs: frozenset[tuple[str, ...]], whole: frozenset[tuple[str, ...]]) -> float:
    words = WORD.findall(key)
    if len(words) < RUN:
        return float(tuple(words) in whole)
    return sum(1 for run in zip(words, words[1:], words[2:], strict=False) if run in runs) / (len(words) - RUN + 1)
