"""The topics of an article from the states of the encoder, in NumPy: pooling by attention, and one hidden layer.

The encoder reads headline and opening for their sentiment in any case. States of its early layers know more words than
a small network of topics can learn, and cost nothing.
"""

from __future__ import annotations

import io
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from services.enrichment.models.heads import Floats
from services.enrichment.topics import States


class StateArrays(NamedTuple):
    """The weights of the network, in the order of its steps."""

    queries: Floats
    """Scores of a state (width, queries). Each query is a mean of the states, weighted by the softmax of its scores."""
    scales: Floats
    """Factors (width,) of the means, so that all states weigh alike in the hidden layer."""
    inner: NDArray[np.int8]
    """Hidden layer (queries x width, inner), in steps of `inner_steps`, with its offsets."""
    inner_steps: Floats
    inner_offsets: Floats
    outer: Floats
    """Answers (inner, 2 x topics + topics below), as those of the network of words, with their offsets."""
    outer_offsets: Floats


class StateNetwork:
    """A network over the states of one encoder; `calibration` is for the mean of its logits and those of the words."""

    def __init__(self, arrays: StateArrays, calibration: list[list[float]]) -> None:
        self._queries = arrays.queries
        self._scales = arrays.scales
        self._inner = arrays.inner * arrays.inner_steps
        self._inner_offsets = arrays.inner_offsets
        self._outer = arrays.outer.astype(np.float32)
        self._outer_offsets = arrays.outer_offsets
        self.calibration = calibration

    @classmethod
    def from_bytes(cls, content: bytes, calibration: list[list[float]]) -> Self:
        """Read the content of a file of arrays. Raises KeyError or ValueError when it is not one."""
        with np.load(io.BytesIO(content)) as loaded:
            return cls(StateArrays(**{name: loaded[name] for name in StateArrays._fields}), calibration)

    def run(self, states: States) -> Floats:
        """Return the logits of one text from the states of its passages, of which there is at least one."""
        joined = np.concatenate(states)
        scores = joined @ self._queries
        shares = np.exp(scores - scores.max(0))
        shares /= shares.sum(0)
        hidden = np.tanh((shares.T @ joined * self._scales).ravel() @ self._inner + self._inner_offsets)
        logits: Floats = hidden @ self._outer + self._outer_offsets
        return logits
