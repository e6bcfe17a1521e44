"""The network of topics in torch: vectors of pieces, filters over three neighbours, and two answers for each topic."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from services.enrichment.models.casing import CASINGS
from services.enrichment.models.topic_network import ARRAYS

WIDTH: Final = 96
"""Width of a piece's vector: with int8 the table of all pieces has 3 MB."""

FILTERS: Final = 192
INNER: Final = 128
DROPOUT: Final = 0.3

PADDING: Final = 0
"""Id of the piece that pads a row; no text has it."""

MASKED_SCORE: Final = -1e4

MEAN_SCALE: Final = 0.3
"""Factor of the sums over all pieces, so that the hidden layer does not begin saturated; exported weights have it."""

FIRST_OFFSETS: Final = (0.0, -2.5, -5.0)
"""Offsets with which the answers begin: a main topic, one of the 17 topics, one of more than a hundred below them."""


class TopicNetwork(nn.Module):  # type: ignore[misc, unused-ignore]
    """The network that `services/enrichment/models/topic_network.py` runs in NumPy, for rows of pieces.

    `vectors` (pieces, WIDTH) is the start of the pieces' vectors.
    """

    def __init__(self, vectors: Tensor, topics: int, below: int) -> None:
        super().__init__()
        width = vectors.shape[1]
        self.pieces = nn.Embedding.from_pretrained(vectors.clone(), freeze=False, padding_idx=PADDING)
        self.casings = nn.Embedding.from_pretrained(torch.zeros(CASINGS, width), freeze=False)
        self.filters = nn.Conv1d(width, FILTERS, 3, padding=1)
        self.attention = nn.Linear(width, 1, bias=False)
        self.inner = nn.Linear(2 * FILTERS + width, INNER)
        self.outer = nn.Linear(INNER, 2 * topics + below)
        sizes = (topics, topics, below)
        with torch.no_grad():
            offsets = [torch.full((size,), first) for size, first in zip(sizes, FIRST_OFFSETS, strict=True)]
            self.outer.bias.copy_(torch.cat(offsets))
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, ids: Tensor, casings: Tensor) -> Tensor:
        """Return logits (rows, answers) of ids and casings, both (rows, pieces).

        The answers are the main topic, each topic, and each topic of the second level.
        """
        mask = ids != PADDING
        vectors = (self.pieces(ids) + self.casings(casings)) * mask[..., None]
        answers = torch.relu(self.filters(vectors.transpose(1, 2))) * mask[:, None]
        scores = self.attention(vectors)[..., 0].masked_fill(~mask, MASKED_SCORE)
        weighted = (scores.softmax(-1)[..., None] * vectors).sum(1)
        sizes = mask.sum(-1, keepdim=True).clamp(min=1).sqrt()
        pooled = torch.cat([answers.amax(-1), MEAN_SCALE * answers.sum(-1) / sizes, weighted], dim=-1)
        logits: Tensor = self.outer(self.dropout(torch.tanh(self.inner(self.dropout(pooled)))))
        return logits


def shrink_vectors(words: Tensor, width: int) -> Tensor:
    """Return the main directions of vectors of pieces, (pieces, width), with the scale of a fresh embedding."""
    centred = words - words.mean(0)
    _, _, directions = torch.linalg.svd(centred, full_matrices=False)
    reduced = centred @ directions[:width].T
    return 0.3 * reduced / reduced.std()


def read_exported(folder: Path, topics: int, below: int) -> TopicNetwork:
    """Return the network of exported weights, in float, so that it can learn further."""
    with np.load(folder / ARRAYS) as loaded:
        arrays = {name: torch.from_numpy(loaded[name]).float() for name in loaded.files}
    network = TopicNetwork(arrays["pieces"] * arrays["steps"], topics, below)
    width = network.pieces.embedding_dim
    filters = arrays["filters"].reshape(width, 3, -1).permute(2, 0, 1)
    inner = arrays["inner"].T.clone()
    inner[:, len(filters) : 2 * len(filters)] /= MEAN_SCALE
    network.load_state_dict(
        {
            "pieces.weight": arrays["pieces"] * arrays["steps"],
            "casings.weight": arrays["casings"] if "casings" in arrays else torch.zeros(CASINGS, width),
            "attention.weight": arrays["attention"][None],
            "filters.weight": filters,
            "filters.bias": arrays["filter_offsets"],
            "inner.weight": inner,
            "inner.bias": arrays["inner_offsets"],
            "outer.weight": arrays["outer"].T,
            "outer.bias": arrays["outer_offsets"],
        }
    )
    return network
