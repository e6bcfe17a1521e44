"""What the encoder reads at once: one sentence, and of a very long one parts that overlap; none is cut short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_PIECES: Final = 256
"""Longest part: position embeddings beyond it saw no training here."""

OVERLAP: Final = 48
"""Pieces that two parts of a long sentence share; half of it is context on either side."""

SPECIALS: Final = 2
"""[CLS] and [SEP] around each part."""


@dataclass(frozen=True, slots=True)
class Window:
    """Pieces `start` to `end` (half open) of sentence `sentence`, of which `keep_*` are read out."""

    sentence: int
    start: int
    end: int
    keep_start: int
    keep_end: int

    @property
    def size(self) -> int:
        """Pieces that are read, special ones included."""
        return self.end - self.start + SPECIALS


def split_into_windows(sentence: int, length: int, max_pieces: int = MAX_PIECES) -> list[Window]:
    """Return the parts of a sentence of `length` pieces; their kept ranges tile it."""
    room = max_pieces - SPECIALS
    if length <= room:
        return [Window(sentence, 0, length, 0, length)]
    parts, start = [], 0
    while True:
        end = min(start + room, length)
        keep_start = start + OVERLAP // 2 if start else 0
        keep_end = end - OVERLAP // 2 if end < length else length
        parts.append(Window(sentence, start, end, keep_start, keep_end))
        if end == length:
            return parts
        start = end - OVERLAP
