"""The last layers of the sentiment head, in numpy: they are small and need the spans that were found."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.errors import ConfigurationError

Floats = NDArray[np.float32]

HEAD_ARRAYS: Final = ("sentiment_inner_bias", "sentiment_outer_weight", "sentiment_outer_bias")
"""Names of the arrays in `heads.npz`; the weight is (outputs, inputs). All other weights are in the graph."""

BLOCK: Final = 16
"""Number of rows of one matrix product. The number is constant, so that the library computes each row in the same way
whatever the other rows are. It is small, because a large product wakes a thread for every core, which then spins during
the encoder's next run."""


@dataclass(frozen=True, slots=True)
class Heads:
    """The perceptron over spans, from its inner layer on."""

    sentiment_inner_bias: Floats
    sentiment_outer_weight: Floats
    sentiment_outer_bias: Floats

    @classmethod
    def from_bytes(cls, content: bytes) -> Heads:
        """Read the content of `heads.npz`. Raises ConfigurationError when it is no such file or lacks an array."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return cls(*(arrays[name] for name in HEAD_ARRAYS))
        except (OSError, ValueError, KeyError) as error:
            raise ConfigurationError(f"cannot read heads.npz: {error}; install the weights again") from error

    def judge(self, inner: Floats) -> Floats:
        """Return polarity logits (spans, polarities) from the inner layer before its bias (spans, inner)."""
        logits: Floats = multiply(np.tanh(inner + self.sentiment_inner_bias), self.sentiment_outer_weight)
        return logits + self.sentiment_outer_bias


def multiply(rows: Floats, weight: Floats) -> Floats:
    """Return `rows` (count, inputs) times the transpose of `weight` (outputs, inputs).

    Each row of the result is exactly the same whatever the other rows are.
    """
    count, inputs = rows.shape
    padded = np.zeros((-(-count // BLOCK), BLOCK, inputs), np.float32)
    padded.reshape(-1, inputs)[:count] = rows
    product = np.empty((*padded.shape[:2], len(weight)), np.float32)
    for block, target in zip(padded, product, strict=True):
        np.matmul(block, weight.T, out=target)
    return product.reshape(-1, len(weight))[:count]
