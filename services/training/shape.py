"""The size of an encoder, in numbers of layers, neurons and embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Activation = Literal["gelu", "relu"]


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of a BERT: `width` of a hidden state, `intermediate` neurons in the inner layer of each block."""

    layers: int
    width: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    activation: Activation = "gelu"
    """Activation of the inner layer; relu is faster than gelu."""
