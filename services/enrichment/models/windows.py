"""Windows of the encoder: a whole sentence, or overlapping parts of a very long one; nothing is truncated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_PIECES: Final = 256
"""Maximum number of pieces of a window: position embeddings beyond it were not trained here."""

OVERLAP: Final = 48
"""Number of pieces that two neighbouring windows share. For each window, half of these pieces are context only."""

SPECIALS: Final = 2
"""Number of special pieces around each window: [CLS] and [SEP]."""


@dataclass(frozen=True, slots=True)
class Window:
    """Pieces `start` to `end` (half open) of sentence number `sentence`; only those from `keep_*` are used."""

    sentence: int
    start: int
    end: int
    keep_start: int
    keep_end: int

    @property
    def size(self) -> int:
        """Number of pieces that are read, special pieces included."""
        return self.end - self.start + SPECIALS


def split_into_windows(sentence: int, length: int, max_pieces: int = MAX_PIECES) -> list[Window]:
    """Return the windows of a sentence of `length` pieces; their kept ranges cover it without overlap."""
    room = max_pieces - SPECIALS
    if length <= room:
        return [Window(sentence, 0, length, 0, length)]
    windows, start = [], 0
    while True:
        end = min(start + room, length)
        keep_start = start + OVERLAP // 2 if start else 0
        keep_end = end - OVERLAP // 2 if end < length else length
        windows.append(Window(sentence, start, end, keep_start, keep_end))
        if end == length:
            return windows
        start = end - OVERLAP
