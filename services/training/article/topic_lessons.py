"""Texts with topics from which the network of articles learns beside sentiment, so that its last states tell both."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from services.enrichment.models.piece_cutter import PieceCutter
from services.evaluation.topics import split_headline
from services.training.article.batches import POOL, CutText, cut_text, lay_out
from services.training.article.network import ArticleNetwork
from services.training.batches import group_by_length
from services.training.topics.labels import list_topics
from services.training.topics.states import StatePooling
from services.training.topics.texts import compute_topics_loss
from services.training.topics.train import read_lessons

PASSAGES: Final = 2
"""Passages of a text, each a row of the network: the headline and the beginning of the body."""

TOPICS_WEIGHT: Final = 0.5
"""Weight of the loss of topics; that of sentiment has 1."""

HEAD_RATE: Final = 1e-3
"""Peak learning rate of the head, which starts untrained."""


class TopicLessons:
    """Texts with topics, and the head that learns them.

    The head is not kept: the step `topics train-states` trains one on the states of the exported weights.
    """

    def __init__(self, data: Path, taught: Path, cutter: PieceCutter, width: int) -> None:
        texts, self._lessons = read_lessons(data, taught)
        self._passages = [[cut_text(cutter, part) for part in split_headline(text) if part.strip()] for text in texts]
        self._head = StatePooling(width, len(list_topics(1)), len(list_topics(2)))

    def group_parameters(self) -> dict[str, Any]:
        """Return the group of the head's parameters for an optimiser."""
        return {"params": [*self._head.parameters()], "peak": HEAD_RATE}

    def make_epoch(self, budget: int, rng: random.Random) -> list[list[int]]:
        """Return the batches of one epoch over all texts, in random order."""
        sizes = [sum(len(passage.ids) for passage in own) for own in self._passages]
        order = [*range(len(sizes))]
        rng.shuffle(order)
        batches = [*group_by_length(sizes, order, budget, POOL)]
        rng.shuffle(batches)
        return batches

    def compute_loss(self, network: ArticleNetwork, batch: list[int]) -> Tensor:
        """Return the loss of what the head reads from the states of all passages of each text."""
        rows: list[CutText] = []
        places: list[int] = []
        for number, index in enumerate(batch):
            for slot, passage in enumerate(self._passages[index]):
                rows.append(passage)
                places.append(number * PASSAGES + slot)
        ids, casings, mask = lay_out(rows, range(len(rows)))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = network.read(ids, casings, mask)
        read, present = join_passages(states, leave_out_last(mask), torch.tensor(places), len(batch))
        logits: Tensor = self._head(read, present)
        return TOPICS_WEIGHT * compute_topics_loss(logits, self._lessons, batch)


def leave_out_last(mask: Tensor) -> Tensor:
    """Return the mask without [SEP], the last piece of each row, whose state is not read at run time."""
    return nn.functional.pad(mask[:, 1:], (0, 1))


def join_passages(states: Tensor, mask: Tensor, places: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return states (texts, pieces of all passages, width) and their mask, from rows of one passage each."""
    _, pieces, width = states.shape
    joined = states.new_zeros(count * PASSAGES, pieces, width).index_copy(0, places, states)
    present = mask.new_zeros(count * PASSAGES, pieces).index_copy(0, places, mask)
    return joined.view(count, PASSAGES * pieces, width), present.view(count, PASSAGES * pieces)
