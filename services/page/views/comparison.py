"""Comparison of a copy with its original: rows of paragraphs, with the words that only one of the two has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from services.contracts.event import EnrichedArticle
from services.page.views.highlight import PARAGRAPH_END

MAX_PARAGRAPHS = 400
"""Paragraphs of an article that are compared. The time of the comparison grows with their square."""
WORD_BUDGET = 4_000_000
"""Products of word counts that one comparison may cost: about a second. Paragraphs beyond it count as a whole."""
ALIKE = 0.3
"""Minimum share of common words of two paragraphs that count as two versions of one."""

RowKind = Literal["same", "changed", "added", "removed"]
WORD = re.compile(r"\s+|[^\s\w]|\w+")


@dataclass(frozen=True, slots=True)
class DiffPiece:
    """A piece of a paragraph; `differs` if only this article has it."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A paragraph of the original and its version in the copy; a side is empty if that article has none."""

    kind: RowKind
    original: tuple[DiffPiece, ...]
    copy: tuple[DiffPiece, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rows of two articles, and how many of each kind there are."""

    headline: Row | None
    rows: tuple[Row, ...]
    is_shortened: bool
    """True if only the first MAX_PARAGRAPHS paragraphs are compared."""

    def count(self, kind: RowKind) -> int:
        """Return the number of rows of a kind."""
        return sum(row.kind == kind for row in self.rows)


class _Budget:
    """The work that a comparison may still do."""

    def __init__(self, left: int) -> None:
        self._left = left

    def spend(self, cost: int) -> bool:
        """Return whether the work is affordable, and subtract it."""
        if cost > self._left:
            return False
        self._left -= cost
        return True


def compare(original: EnrichedArticle, copy: EnrichedArticle) -> Comparison:
    """Compare two articles by paragraphs, and similar paragraphs by words."""
    budget = _Budget(WORD_BUDGET)
    old, new = (each.article.body.split(PARAGRAPH_END) if each.article.body else [] for each in (original, copy))
    is_shortened = max(len(old), len(new)) > MAX_PARAGRAPHS
    rows = tuple(_compare_paragraphs(old[:MAX_PARAGRAPHS], new[:MAX_PARAGRAPHS], budget))
    return Comparison(_compare_headlines(original, copy, budget), rows, is_shortened)


def _compare_headlines(original: EnrichedArticle, copy: EnrichedArticle, budget: _Budget) -> Row | None:
    old, new = original.article.headline or "", copy.article.headline or ""
    if not old and not new:
        return None
    return _build_row(old, new, budget)


def _compare_paragraphs(old: Sequence[str], new: Sequence[str], budget: _Budget) -> Iterator[Row]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for _, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        yield from _pair(old[old_start:old_end], new[new_start:new_end], budget)


def _pair(old: Sequence[str], new: Sequence[str], budget: _Budget) -> Iterator[Row]:
    """Pair each paragraph of the copy with the first similar one of the original after the last pair."""
    words = [set(paragraph.split()) for paragraph in old]
    position = 0
    for paragraph in new:
        own = set(paragraph.split())
        partner = next((at for at in range(position, len(old)) if _measure(own, words[at]) >= ALIKE), None)
        if partner is None:
            yield _build_row("", paragraph, budget)
            continue
        for alone in old[position:partner]:
            yield _build_row(alone, "", budget)
        yield _build_row(old[partner], paragraph, budget)
        position = partner + 1
    for alone in old[position:]:
        yield _build_row(alone, "", budget)


def _measure(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def _build_row(old: str, new: str, budget: _Budget) -> Row:
    if old == new:
        return Row("same", (DiffPiece(old, False),), (DiffPiece(new, False),))
    if not old:
        return Row("added", (), (DiffPiece(new, True),))
    if not new:
        return Row("removed", (DiffPiece(old, True),), ())
    before, after = WORD.findall(old), WORD.findall(new)
    if not budget.spend(len(before) * len(after)):
        return Row("changed", (DiffPiece(old, True),), (DiffPiece(new, True),))
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return Row(
        "changed",
        _join((before[i:j], tag != "equal") for tag, i, j, _, _ in codes),
        _join((after[i:j], tag != "equal") for tag, _, _, i, j in codes),
    )


def _join(parts: Iterator[tuple[list[str], bool]]) -> tuple[DiffPiece, ...]:
    """Return the pieces of a side. A blank between two words that differ belongs to them."""
    joined: list[DiffPiece] = []
    for words, differs in parts:
        text = "".join(words)
        if not text:
            continue
        if differs and len(joined) > 1 and joined[-2].differs and not joined[-1].text.strip():
            text = joined.pop(-2).text + joined.pop().text + text
        elif differs and joined and joined[-1].differs:
            text = joined.pop().text + text
        joined.append(DiffPiece(text, differs))
    return tuple(joined)
