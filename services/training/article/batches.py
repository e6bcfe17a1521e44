"""Batches of whole texts: one row a text, cut after the number of pieces that is read at run time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from services.enrichment.models.passages import PASSAGE_PIECES
from services.enrichment.models.piece_cutter import PieceCutter
from services.enrichment.models.pieces import CLS_PIECE, PAD_PIECE, SEP_PIECE
from services.training.batches import group_by_length

POOL: Final = 800
"""Texts that are sorted by length together, for little padding in batches that are still mixed."""


@dataclass(frozen=True, slots=True)
class CutText:
    """Ids and casings of one text, special pieces included."""

    ids: list[int]
    casings: list[int]


def cut_text(cutter: PieceCutter, text: str) -> CutText:
    """Cut a text into pieces and keep those that are read at run time."""
    pieces = cutter.cut(text)
    ids, casings = pieces.ids[:PASSAGE_PIECES], pieces.casings[:PASSAGE_PIECES]
    return CutText([CLS_PIECE, *ids, SEP_PIECE], [0, *casings, 0])


def make_epoch(texts: Sequence[CutText], budget: int, rng: random.Random) -> list[list[int]]:
    """Return the batches of one epoch over all texts, in random order."""
    order = [*range(len(texts))]
    rng.shuffle(order)
    batches = [*group_by_length([len(text.ids) for text in texts], order, budget, POOL)]
    rng.shuffle(batches)
    return batches


def lay_out(texts: Sequence[CutText], batch: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids, casings and the mask of a batch, each (rows, pieces)."""
    width = max(len(texts[index].ids) for index in batch)
    ids = torch.full((len(batch), width), PAD_PIECE)
    casings = torch.zeros_like(ids)
    mask = torch.zeros(ids.shape, dtype=torch.bool)
    for row, index in enumerate(batch):
        length = len(texts[index].ids)
        ids[row, :length] = torch.tensor(texts[index].ids)
        casings[row, :length] = torch.tensor(texts[index].casings)
        mask[row, :length] = True
    return ids, casings, mask
