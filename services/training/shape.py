"""The size of an encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Activation = Literal["gelu", "relu"]


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of a BERT: `width` of a hidden state, `intermediate` of the inner layer of each block."""

    layers: int
    width: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    activation: Activation = "gelu"
    """Of the inner layer; relu reads some 5 % more words a second."""
