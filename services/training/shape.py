"""The size of an encoder."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of a BERT: `width` of a hidden state, `intermediate` of the inner layer of each block."""

    layers: int
    width: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
