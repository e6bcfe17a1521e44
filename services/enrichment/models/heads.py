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
        return words @ self.tag_weight.T + self.tag_bias

    def judge(self, spans: Floats, firsts: Floats) -> Floats:
        """Return polarity logits of span means joined with their sentences' first pieces."""
        joined = np.concatenate([spans, firsts], axis=1)
        inner = np.tanh(joined @ self.sentiment_inner_weight.T + self.sentiment_inner_bias)
        logits: Floats = inner @ self.sentiment_outer_weight.T + self.sentiment_outer_bias
        return logits
