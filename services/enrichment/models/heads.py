"""The encoder's two heads, in numpy: small enough that float32 costs nothing and keeps them exact."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.errors import ConfigurationError

Floats = NDArray[np.float32]

HEAD_ARRAYS: Final = (
    "tag_weight",
    "tag_bias",
    "sentiment_inner_weight",
    "sentiment_inner_bias",
    "sentiment_outer_weight",
    "sentiment_outer_bias",
)
"""Names in `heads.npz`; weights are (outputs, inputs)."""


SERIAL_PRODUCT: Final = 200_000
"""Multiplications in one matrix product: from some 260,000 on OpenBLAS wakes a thread for every core, which
then spins through the next call of the encoder and takes two fifths of the time."""

BLOCK_OUTPUTS: Final = 32
"""Outputs computed together; with the widest head that leaves eight rows to a product."""


@dataclass(frozen=True, slots=True)
class Heads:
    """Linear tagger over first pieces; a small perceptron over spans."""

    tag_weight: Floats
    tag_bias: Floats
    sentiment_inner_weight: Floats
    sentiment_inner_bias: Floats
    sentiment_outer_weight: Floats
    sentiment_outer_bias: Floats

    @classmethod
    def from_bytes(cls, content: bytes) -> Heads:
        """Read `heads.npz`. Raises ConfigurationError when it is none or an array is missing."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return cls(*(arrays[name] for name in HEAD_ARRAYS))
        except (OSError, ValueError, KeyError) as error:
            raise ConfigurationError(f"cannot read the encoder's heads: {error}") from error

    def tag(self, words: Floats) -> Floats:
        """Return tag logits (words, tags) of hidden states (words, width)."""
        return multiply(words, self.tag_weight) + self.tag_bias

    def judge(self, spans: Floats, firsts: Floats) -> Floats:
        """Return polarity logits of span means joined with their sentences' first pieces."""
        joined = np.concatenate([spans, firsts], axis=1)
        inner = np.tanh(multiply(joined, self.sentiment_inner_weight) + self.sentiment_inner_bias)
        logits: Floats = multiply(inner, self.sentiment_outer_weight) + self.sentiment_outer_bias
        return logits


def multiply(rows: Floats, weight: Floats) -> Floats:
    """Return `rows` (count, inputs) times `weight` (outputs, inputs), transposed, on this thread alone."""
    count, inputs = rows.shape
    product = np.empty((count, len(weight)), np.float32)
    block = max(1, SERIAL_PRODUCT // (inputs * min(BLOCK_OUTPUTS, len(weight))))
    for output in range(0, len(weight), BLOCK_OUTPUTS):
        columns = slice(output, output + BLOCK_OUTPUTS)
        for row in range(0, count, block):
            product[row : row + block, columns] = rows[row : row + block] @ weight[columns].T
    return product
