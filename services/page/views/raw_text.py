"""The raw text of an article in pieces: what a field has kept, and what a rule has removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from services.contracts.event import Cleaning

LONGEST_REMOVED = 600
"""Characters of a removed span that are shown whole. A script of an HTML page has many thousand."""
SHOWN_START, SHOWN_END = 300, 150
"""Characters shown from the start and from the end of a longer removed span."""
MAX_PIECES = 6_000
"""Pieces that are shown, so that the browser stays quick on the largest pages."""

PieceKind = Literal["kept", "removed", "unknown"]


@dataclass(frozen=True, slots=True)
class RawPiece:
    """A piece of the raw text."""

    kind: PieceKind
    label: str
    """The field that has kept it, or the rule that has removed it."""
    text: str
    """The piece; of a long removed span only its start."""
    confidence: float = 1.0
    left_out: int = 0
    """Number of characters between `text` and `end` that are not shown."""
    end: str = ""
    """The end of a long removed span."""

    @property
    def is_blank(self) -> bool:
        """True if the piece has only blanks and line ends."""
        return not self.text.strip()


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How much one rule has removed."""

    rule: str
    spans: int
    characters: int
    first: int
    """Number of the first piece that the rule has removed, by which the page links to it."""


@dataclass(frozen=True, slots=True)
class RawTextView:
    """The raw text of an article, with the account of what was removed."""

    pieces: tuple[RawPiece, ...]
    rules: tuple[RuleCount, ...]
    """The rules, the one that has removed most first."""
    removed_characters: int
    length: int
    pieces_left_out: int = 0


def view_raw_text(raw: str, cleaning: Cleaning) -> RawTextView:
    """Cut the raw text of an article by the account of its cleaning."""
    pieces = list(_cut(raw, cleaning))
    rules: dict[str, RuleCount] = {}
    for number, piece in enumerate(pieces):
        if piece.kind != "removed":
            continue
        size = len(piece.text) + piece.left_out + len(piece.end)
        old = rules.get(piece.label, RuleCount(piece.label, 0, 0, number))
        rules[piece.label] = RuleCount(piece.label, old.spans + 1, old.characters + size, old.first)
    return RawTextView(
        pieces=tuple(pieces[:MAX_PIECES]),
        rules=tuple(sorted(rules.values(), key=lambda each: (-each.characters, each.rule))),
        removed_characters=sum(each.characters for each in rules.values()),
        length=len(raw),
        pieces_left_out=max(0, len(pieces) - MAX_PIECES),
    )


def _cut(raw: str, cleaning: Cleaning) -> Iterator[RawPiece]:
    spans: list[tuple[int, int, PieceKind, str, float]] = [
        *((span.raw_start, span.raw_end, "kept", span.field, 1.0) for span in cleaning.kept),
        *((span.raw_start, span.raw_end, "removed", span.rule, span.confidence) for span in cleaning.removed),
    ]
    position = 0
    for start, end, kind, label, confidence in sorted(spans):
        first, last = max(start, position), min(end, len(raw))
        if last <= first:
            continue
        if first > position:
            yield RawPiece("unknown", "", raw[position:first])
        yield _build_piece(kind, label, raw[first:last], confidence)
        position = last
    if position < len(raw):
        yield RawPiece("unknown", "", raw[position:])


def _build_piece(kind: PieceKind, label: str, text: str, confidence: float) -> RawPiece:
    if kind != "removed" or len(text) <= LONGEST_REMOVED:
        return RawPiece(kind, label, text, confidence)
    left_out = len(text) - SHOWN_START - SHOWN_END
    return RawPiece(kind, label, text[:SHOWN_START], confidence, left_out, text[-SHOWN_END:])
