"""Texts with the topics that they teach, and the loss of answers about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from torch import Tensor
from torch.nn import functional

from services.training.topics.labels import Floats, hash_text, list_topics, read_readings

EACH_WEIGHT: Final = 0.5
"""Weight of the loss of each topic on its own; that of the main topic has 1."""

BELOW_WEIGHT: Final = 4.0
"""Weight of the second level's loss, a mean over more than a hundred topics, of which few are ever right."""


@dataclass(frozen=True, slots=True)
class TopicTexts:
    """Targets of each text: the main topic, each topic, each of the second level (NaN if unknown), and a weight."""

    main: Tensor
    each: Tensor
    below: Tensor
    weights: Tensor


def build_below(texts: Sequence[str]) -> Floats:
    """Return the topics of the second level that a reader gave to texts, NaN for texts that no reader labelled."""
    index = {topic: number for number, topic in enumerate(list_topics(2))}
    readings = read_readings()
    below = np.full((len(texts), len(index)), np.nan, np.float32)
    for number, text in enumerate(texts):
        reading = readings.get(hash_text(text))
        if reading:
            below[number] = 0
            below[number, [index[topic] for topic in reading.below]] = 1
    return below


def compute_topics_loss(logits: Tensor, texts: TopicTexts, batch: Sequence[int] | Tensor) -> Tensor:
    """Return the loss of the logits (rows, answers) of a batch: main topic, each topic, each of the second level."""
    count = texts.main.shape[1]
    weights = texts.weights[batch]
    main = functional.cross_entropy(logits[:, :count], texts.main[batch], reduction="none")
    each = functional.binary_cross_entropy_with_logits(
        logits[:, count : 2 * count], texts.each[batch], reduction="none"
    )
    loss = ((main + EACH_WEIGHT * each.sum(1)) * weights).mean()
    below = texts.below[batch]
    labelled = ~below.isnan().any(1)
    if labelled.any():
        answers = functional.binary_cross_entropy_with_logits(logits[labelled, 2 * count :], below[labelled])
        loss = loss + BELOW_WEIGHT * answers * labelled.float().mean()
    return loss
