"""The reading of passages: texts that are judged as a whole, such as a headline or a lead."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any, Final, NamedTuple

import numpy as np

from services.enrichment.encoder import NEUTRAL, Probabilities
from services.enrichment.models.heads import Floats
from services.enrichment.models.piece_cutter import PieceCutter
from services.enrichment.models.session import add_output, lay_out, open_session, plan_batches, run_layers
from services.enrichment.models.tag_decoding import softmax
from services.enrichment.models.weights import EncoderWeights
from services.enrichment.models.windows import Window

PASSAGE_PIECES: Final = 62
"""Word pieces of a passage that are read, special pieces not included: a headline, or the first two or three sentences
of an article, which say what it reports."""

FEWEST_ROWS: Final = 2
"""Rows of one run. ONNX Runtime multiplies a single row with a matrix in float by another kernel than several rows, and
adds up in another order: a passage that is read alone would have slightly other probabilities than in a batch."""

POLARITY_LOGITS: Final = "polarities"
"""Output of the graph: polarity logits of each passage."""


SECOND_LAYER: Final = 1
"""Index of the second layer."""


class PassageReading(NamedTuple):
    """The sentiment of a passage, and the states of [CLS] and its pieces after two layers, (pieces + 1, 2 x width)."""

    sentiment: Probabilities
    states: Floats


NOTHING_READ: Final = PassageReading(NEUTRAL, np.zeros((0, 0), np.float32))
"""Reading of a passage without a piece."""


class PassageReader:
    """A reader of whole passages with a graph of its own, above the embeddings that it shares with the encoder.

    The states are those after the second layer, which knows words, and after the last one, which learned sentiment and
    topics.
    """

    def __init__(self, embeddings: Any, weights: EncoderWeights, cutter: PieceCutter) -> None:
        self._embeddings = embeddings
        self._states = [f"layers.{layer}.out" for layer in (SECOND_LAYER, weights.article_layers - 1)]
        self._layers = open_session(reduce(add_output, self._states, weights.article))
        self._cutter = cutter
        self._temperature = weights.article_temperature

    def read(self, passages: Sequence[str]) -> list[PassageReading]:
        """Return the reading of each passage from its first PASSAGE_PIECES pieces; NOTHING_READ when it has none.

        The result for a passage is the same whatever the others are.
        """
        cut = self._cutter.cut_many(passages)
        ends = [min(len(row.ids), PASSAGE_PIECES) for row in cut]
        windows = [Window(index, 0, end, 0, end) for index, end in enumerate(ends) if end]
        readings = [NOTHING_READ] * len(cut)
        for batch in plan_batches(windows):
            read = batch if len(batch) >= FEWEST_ROWS else batch * FEWEST_ROWS
            outputs = (POLARITY_LOGITS, *self._states)
            logits, *states = run_layers(self._embeddings, self._layers, outputs, lay_out(read, cut))
            judged = softmax(logits, self._temperature).tolist()
            # A passage that is read alone has two rows.
            for window, row, own in zip(batch, judged, np.concatenate(states, axis=-1), strict=False):
                readings[window.sentence] = PassageReading(Probabilities(*row), own[:-1])
        return readings
