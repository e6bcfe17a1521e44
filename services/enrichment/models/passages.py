"""The sentiment of passages: texts that are judged as a whole, such as a headline or a lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from services.enrichment.encoder import NEUTRAL, Probabilities
from services.enrichment.labels import POLARITIES
from services.enrichment.models.heads import Floats
from services.enrichment.models.piece_cutter import PieceCutter
from services.enrichment.models.session import lay_out, plan_batches, run_layers
from services.enrichment.models.tag_decoding import softmax
from services.enrichment.models.windows import Window

PASSAGE_PIECES: Final = 62
"""Word pieces of a passage that are read, special pieces not included: a headline, or the first two or three sentences
of an article, which say what it reports."""

FEWEST_ROWS: Final = 2
"""Rows of one run. ONNX Runtime multiplies a single row with a matrix in float by another kernel than several rows, and
adds up in another order: a passage that is read alone would have slightly other probabilities than in a batch."""

POLARITY_LOGITS: Final = "polarities"
"""Output of the graph: polarity logits of each passage."""


class PassageReader:
    """A reader of whole passages with a graph of its own, above the embeddings that it shares with the encoder.

    `temperature`, above 0, divides the logits.
    """

    def __init__(self, embeddings: Any, layers: Any, cutter: PieceCutter, temperature: float) -> None:
        self._embeddings = embeddings
        self._layers = layers
        self._cutter = cutter
        self._temperature = temperature

    def judge(self, passages: Sequence[str]) -> list[Probabilities]:
        """Return the sentiment of each passage from its first PASSAGE_PIECES pieces; NEUTRAL when it has none.

        The result for a passage is the same whatever the others are.
        """
        cut = self._cutter.cut_many(passages)
        ends = [min(len(row.ids), PASSAGE_PIECES) for row in cut]
        windows = [Window(index, 0, end, 0, end) for index, end in enumerate(ends) if end]
        logits: Floats = np.zeros((len(cut), len(POLARITIES)), np.float32)
        for batch in plan_batches(windows):
            read = batch if len(batch) >= FEWEST_ROWS else batch * FEWEST_ROWS
            (rows,) = run_layers(self._embeddings, self._layers, (POLARITY_LOGITS,), lay_out(read, cut))
            logits[[window.sentence for window in batch]] = rows[: len(batch)]
        judged = softmax(logits, self._temperature).tolist()
        return [Probabilities(*row) if end else NEUTRAL for row, end in zip(judged, ends, strict=True)]
