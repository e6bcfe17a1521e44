"""The network of the sentiment of articles: an encoder that reads one text, and a head over all of it."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from services.enrichment.labels import POLARITIES
from services.training.network import DROPOUT, EMBEDDING_NAMES, Network, freeze

ARTICLE_WIDTH: Final = 128
"""Width of the head's hidden layer."""


class ArticleNetwork(nn.Module):  # type: ignore[misc, unused-ignore]
    """The encoder of `body` with a perceptron over its first state joined with the mean of all states.

    The other heads of `body` are not used. The embeddings of words and positions do not change, because the labelled
    texts are too few to improve them. With `share_embeddings` all embeddings stay those of `body`, so that the network
    that it was copied from can share them.
    """

    def __init__(self, body: Network, *, share_embeddings: bool) -> None:
        super().__init__()
        self.body = body
        self.article_inner = nn.Linear(2 * body.shape.width, ARTICLE_WIDTH)
        self.article_outer = nn.Linear(ARTICLE_WIDTH, len(POLARITIES))
        self.dropout = nn.Dropout(DROPOUT)
        freeze(body, ("words.", "positions.", "tag_head", "sentiment_"))
        if share_embeddings:
            freeze(body, EMBEDDING_NAMES)

    def fix_layers(self, count: int) -> None:
        """Leave the lowest `count` layers as they are in training."""
        freeze(self.body, tuple(f"layers.{index}." for index in range(count)))

    def forward(self, ids: Tensor, casings: Tensor, mask: Tensor) -> Tensor:
        """Return polarity logits (rows, polarities) of `ids`, `casings` and a boolean `mask`, all (rows, pieces)."""
        hidden = self.read(ids, casings, mask)
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        joined = self.dropout(torch.cat([hidden[:, 0], mean], dim=-1))
        logits: Tensor = self.article_outer(self.dropout(torch.tanh(self.article_inner(joined))))
        return logits

    def read(self, ids: Tensor, casings: Tensor, mask: Tensor) -> Tensor:
        """Return the states (rows, pieces, width) after the last layer, from which sentiment and topics are read."""
        states: Tensor = self.body(ids, casings, mask).float()
        return states
