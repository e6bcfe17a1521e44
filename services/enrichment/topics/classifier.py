"""The port of a classifier of topics: a text in, IPTC Media Topics out.

The core and the evaluation know this module alone. The adapter is in `models/` and is built by a composition root.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.enrichment.encoder import Identity


@dataclass(frozen=True, slots=True)
class TopicReading:
    """A topic of a text: its id, and the probability, 0 to 1, that the text is about it."""

    id: str
    confidence: float


States = Sequence[NDArray[np.float32]]
"""States of the word pieces of each passage of a text, (pieces, width), as in `encoder.ScanResult`."""


class TopicClassifier(Protocol):
    """A classifier of texts; the answer is a pure function of headline, body and states."""

    @property
    def identity(self) -> Identity:
        """The weights that answer."""

    def classify(self, headline: str, body: str, states: States = ()) -> Sequence[TopicReading]:
        """Return the topics of a text of which the classifier is sure enough, best first; empty if there is none.

        `states` are those that the encoder has of the passages of the text. Without any, the text alone is read.
        The topics of the top level come first; each is followed by the topics below it.
        """
