"""The teachers of topics: small networks over sentence embeddings of pre-trained encoders.

A student learns the teachers' probabilities on many more texts than there are labels for (Hinton, Vinyals and Dean
2015, arXiv:1503.02531). For a labelled text they come from a teacher that did not learn this text.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from services.enrichment.models.piece_cutter import PieceCutter
from services.enrichment.models.pieces import CLS_PIECE, SEP_PIECE
from services.enrichment.models.topic_network import PIECES
from services.training.article.batches import POOL, CutText, lay_out
from services.training.base import TOKENIZER, WEIGHTS, read_base
from services.training.batches import group_by_length
from services.training.network import Network, load_base
from services.training.topics.labels import (
    Floats,
    Targets,
    build_targets,
    list_topics,
    read_training,
    write_taught,
)
from services.training.topics.texts import TopicTexts, build_below, compute_topics_loss

READING_BUDGET: Final = 6000
"""Pieces that a network reads at once."""

FOLDS: Final = 5
TEACHERS: Final = 3
"""Teachers of the texts without labels, each with another seed; their probabilities are averaged."""

INNER: Final = 384
DROPOUT: Final = 0.5
EPOCHS: Final = 20
BATCH: Final = 128
RATE: Final = 2e-3
DECAY: Final = 0.05
SCALE: Final = 10.0
"""Factor of the embeddings, whose elements are far below 1."""

NOISE: Final = 0.3
"""Deviation of the noise that is added to scaled embeddings, so that few labels are not learned by heart."""

FIRST_STATE: Final = frozenset({"bge-small-en-v1.5"})
"""Base networks whose embedding is the state of the first piece; that of the others is the mean of all states."""


def teach(data: Path, bases: Sequence[Path], out: Path, *, threads: int) -> int:
    """Write the teachers' probabilities for the labelled training texts and for the pool; return the number of texts.

    `bases` are folders with base weights, as the step `fetch` writes them.
    """
    if threads:
        torch.set_num_threads(threads)
    rows, rest = read_training(data)
    texts = [row["text"] for row in rows] + rest
    states = np.concatenate([embed(base, texts) for base in bases], axis=1)
    targets = build_targets(rows)
    return write_taught(out, texts, answer_all(states, targets, build_below(texts[: len(rows)])))


def answer_all(states: Floats, targets: Targets, below: Floats) -> Targets:
    """Return the teachers' probabilities for texts with these embeddings, of which the first ones have targets."""
    count = len(targets.main)
    folds = np.random.default_rng(0).integers(0, FOLDS, count)
    answers = np.zeros((len(states), 2 * targets.main.shape[1] + below.shape[1]), np.float32)
    for fold in range(FOLDS):
        learned, left = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        part = Targets(targets.main[learned], targets.each[learned])
        answers[left] = answer(fit(states[learned], part, below[learned], seed=fold), states[left])
    for seed in range(TEACHERS):
        answers[count:] += answer(fit(states[:count], targets, below, seed=seed), states[count:]) / TEACHERS
    main, each, under = np.split(answers, [targets.main.shape[1], 2 * targets.main.shape[1]], axis=1)
    return Targets(main, each, under)


@torch.no_grad()  # type: ignore[misc, unused-ignore, untyped-decorator]
def embed(base: Path, texts: Sequence[str]) -> Floats:
    """Return the embedding of each text by base weights, of length 1."""
    described = read_base(base)
    network = Network(described.shape)
    load_base(network, base / WEIGHTS)
    network.eval()
    cutter = PieceCutter.from_file(base / TOKENIZER)
    cut = [_cut(cutter, text) for text in texts]
    sizes = [len(text.ids) for text in cut]
    states = np.zeros((len(texts), described.shape.width), np.float32)
    order = sorted(range(len(cut)), key=sizes.__getitem__)
    for batch in group_by_length(sizes, order, READING_BUDGET, POOL):
        ids, casings, mask = lay_out(cut, batch)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = network(ids, torch.zeros_like(casings), mask).float()
        weights = mask[..., None].float()
        if described.name in FIRST_STATE:
            weights = torch.zeros_like(weights)
            weights[:, 0] = 1
        states[batch] = functional.normalize((hidden * weights).sum(1), dim=-1).numpy()
    return states


def fit(states: Floats, targets: Targets, below: Floats, *, seed: int) -> nn.Module:
    """Return a network from embeddings to logits: the main topic, each topic, each topic of the second level."""
    torch.manual_seed(seed)
    answers = 2 * len(list_topics(1)) + len(list_topics(2))
    network = nn.Sequential(
        nn.Linear(states.shape[1], INNER), nn.GELU(), nn.Dropout(DROPOUT), nn.Linear(INNER, answers)
    )
    arrays = (targets.main, targets.each, below, np.ones(len(states), np.float32))
    texts = TopicTexts(*map(torch.from_numpy, arrays))
    inputs = SCALE * torch.from_numpy(states)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, EPOCHS * -(-len(states) // BATCH))
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(states)).split(BATCH):
            noisy = inputs[batch] + NOISE * torch.randn(len(batch), states.shape[1])
            loss = compute_topics_loss(network(noisy), texts, batch)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return network.eval()


@torch.no_grad()  # type: ignore[misc, unused-ignore, untyped-decorator]
def answer(network: nn.Module, states: Floats) -> Floats:
    """Return probabilities (texts, answers) of a teacher for texts with these embeddings."""
    logits: Tensor = network(SCALE * torch.from_numpy(states))
    count = len(list_topics(1))
    parts = (logits[:, :count].softmax(-1), logits[:, count:].sigmoid())
    probabilities: Floats = torch.cat(parts, dim=1).numpy()
    return probabilities


def _cut(cutter: PieceCutter, text: str) -> CutText:
    pieces = cutter.cut(text)
    ids = [CLS_PIECE, *pieces.ids[:PIECES], SEP_PIECE]
    return CutText(ids, [0] * len(ids))
