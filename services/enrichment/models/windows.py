"""Sentences to windows: what the encoder reads at once.

A window holds neighbouring sentences, each behind its own [CLS] and before its own [SEP], so that a
sentence is read with its context and still has a first piece of its own. A sentence longer than a
window is read in overlapping parts, never cut short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MAX_PIECES: Final = 256
"""Longest window: position embeddings beyond it saw no training here."""

OVERLAP: Final = 48
"""Pieces that two parts of a long sentence share; half of it is context on either side."""

SPECIALS: Final = 2
"""[CLS] and [SEP] around each part."""


@dataclass(frozen=True, slots=True)
class Part:
    """Pieces `start` to `end` (half open) of sentence `sentence`, of which `keep_*` are read out."""

    sentence: int
    start: int
    end: int
    keep_start: int
    keep_end: int

    @property
    def size(self) -> int:
        """Pieces in the window, special ones included."""
        return self.end - self.start + SPECIALS


Window = tuple[Part, ...]


def split_sentence(sentence: int, length: int, max_pieces: int = MAX_PIECES) -> list[Part]:
    """Return the parts of a sentence of `length` pieces; their kept ranges tile it."""
    room = max_pieces - SPECIALS
    if length <= room:
        return [Part(sentence, 0, length, 0, length)]
    parts, start = [], 0
    while True:
        end = min(start + room, length)
        keep_start = start + OVERLAP // 2 if start else 0
        keep_end = end - OVERLAP // 2 if end < length else length
        parts.append(Part(sentence, start, end, keep_start, keep_end))
        if end == length:
            return parts
        start = end - OVERLAP


def pack_windows(lengths: Sequence[int], budget: int) -> list[Window]:
    """Pack neighbouring sentences of `lengths` pieces into windows of at most `budget` pieces.

    A sentence longer than the budget gets a window of its own, one longer than MAX_PIECES several.
    With a budget of 0 every sentence stands alone.
    """
    windows: list[Window] = []
    current: list[Part] = []
    for sentence, length in enumerate(lengths):
        for part in split_sentence(sentence, length):
            if current and sum(other.size for other in current) + part.size > budget:
                windows.append(tuple(current))
                current = []
            current.append(part)
    if current:
        windows.append(tuple(current))
    return windows
