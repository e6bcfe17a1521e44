"""A teacher of topics that is tuned from end to end: a pre-trained encoder learns the labels, upper layers most.

It knows more than a small network over fixed sentence embeddings (docs/training.md, Topics).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from services.enrichment.models.piece_cutter import PieceCutter
from services.enrichment.models.pieces import CLS_PIECE, SEP_PIECE
from services.training.article.batches import POOL, CutText, lay_out, make_epoch
from services.training.base import TOKENIZER, WEIGHTS, read_base
from services.training.batches import group_by_length
from services.training.loop import CLIP_NORM
from services.training.manifest import compute_sha256, write_record
from services.training.network import DROPOUT, Network, freeze, load_base
from services.training.topics.labels import (
    LABELS,
    Floats,
    Targets,
    build_targets,
    list_topics,
    read_training,
    write_taught,
)
from services.training.topics.names import NameExchange
from services.training.topics.network import FIRST_OFFSETS
from services.training.topics.teach import READING_BUDGET
from services.training.topics.texts import TopicTexts, build_below, compute_topics_loss
from services.training.topics.train import cut_topics_text, prepare_torch, run_epochs

CHECKPOINT: Final = "tuned.pt"
INPUTS: Final = "tuned.json"
"""Files of a run: the network, and what it was trained on."""

FIXED_LAYERS: Final = 4
"""Lowest layers that stay as they are, with the embeddings of words and positions: the labels are few."""

RATE_DECAY: Final = 0.9
"""Rate of a layer as a share of the rate of the layer above it."""

HEAD_RATE: Final = 1e-3
PIECE_BUDGET: Final = 2600
WRITTEN_WEIGHT: Final = 2.0
"""Weight of a short text that the project wrote; other labelled texts have 1."""


@dataclass(frozen=True, slots=True)
class TuneOptions:
    """Options of a run; `rate` is the peak learning rate of the uppermost layer."""

    seed: int = 7
    epochs: int = 3
    rate: float = 1e-4


class TunedTeacher(nn.Module):  # type: ignore[misc, unused-ignore]
    """An encoder with a linear head over its first state joined with the mean of all states."""

    def __init__(self, base: Path) -> None:
        super().__init__()
        described = read_base(base)
        self.body = Network(described.shape)
        load_base(self.body, base / WEIGHTS)
        counts = len(list_topics(1)), len(list_topics(1)), len(list_topics(2))
        self.head = nn.Linear(2 * described.shape.width, sum(counts))
        self.dropout = nn.Dropout(DROPOUT)
        with torch.no_grad():
            self.head.weight.mul_(0.5)
            firsts = [torch.full((count,), first) for count, first in zip(counts, FIRST_OFFSETS, strict=True)]
            self.head.bias.copy_(torch.cat(firsts))

    def forward(self, ids: Tensor, casings: Tensor, mask: Tensor) -> Tensor:
        """Return logits (rows, answers): the main topic, each topic, each topic of the second level."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self.body(ids, casings, mask)
        hidden = hidden.float()
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        logits: Tensor = self.head(self.dropout(torch.cat([hidden[:, 0], mean], dim=-1)))
        return logits

    def group_parameters(self, rate: float) -> list[dict[str, Any]]:
        """Return the groups of an optimiser: the rate falls from the uppermost layer down."""
        layers = self.body.layers
        lowest = [*self.body.casings.parameters(), *self.body.norm.parameters()]
        groups: list[dict[str, Any]] = [
            {"params": list(self.head.parameters()), "peak": HEAD_RATE},
            {"params": lowest, "peak": rate * RATE_DECAY ** (len(layers) - 1)},
        ]
        for index in range(FIXED_LAYERS, len(layers)):
            peak = rate * RATE_DECAY ** (len(layers) - 1 - index)
            groups.append({"params": list(layers[index].parameters()), "peak": peak})
        return groups


def tune(data: Path, run: Path, base: Path, options: TuneOptions, *, threads: int) -> None:
    """Train a teacher on all labels and written texts, sometimes with names of other texts."""
    prepare_torch(options.seed, threads)
    rows, _ = read_training(data)
    texts = [row["text"] for row in rows]
    cutter = PieceCutter.from_file(base / TOKENIZER)
    cut = [cut_topics_text(cutter, text) for text in texts]
    names, rng = NameExchange(cutter, cut), random.Random(options.seed)
    targets = build_targets(rows)
    weights = np.array([WRITTEN_WEIGHT if "written" in row else 1.0 for row in rows], np.float32)
    lessons = TopicTexts(*map(torch.from_numpy, (targets.main, targets.each, build_below(texts), weights)))
    teacher = TunedTeacher(base)
    freeze(
        teacher.body,
        ("words.", "positions.", "tag_head", "sentiment_", *(f"layers.{index}." for index in range(FIXED_LAYERS))),
    )
    optimiser = torch.optim.AdamW(
        teacher.group_parameters(options.rate), betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    epochs = [make_epoch([*map(_frame, cut)], PIECE_BUDGET, rng) for _ in range(options.epochs)]

    def compute_loss(batch: Sequence[int]) -> Tensor:
        varied = [_frame(names.vary(cut[index], index, rng)) for index in batch]
        return compute_topics_loss(teacher(*lay_out(varied, range(len(varied)))), lessons, batch)

    teacher.train()
    run_epochs(optimiser, epochs, compute_loss, clip_norm=CLIP_NORM)
    run.mkdir(parents=True, exist_ok=True)
    torch.save(teacher.state_dict(), run / CHECKPOINT)
    inputs = {"data": compute_sha256(data / LABELS), "base": read_base(base).name, "options": asdict(options)}
    write_record(run / INPUTS, {**inputs, "texts": len(texts), "torch": torch.__version__})


def label(data: Path, run: Path, base: Path, out: Path, *, texts: int, threads: int) -> int:
    """Write the probabilities of a tuned teacher for the labelled texts and for some without labels.

    `texts` is the number of texts without labels. Returns the number of all. Raises ValueError when the run has no
    checkpoint.
    """
    if not (run / CHECKPOINT).exists():
        raise ValueError(f"{run} has no checkpoint: run the step `topics tune` first")
    if threads:
        torch.set_num_threads(threads)
    teacher = TunedTeacher(base)
    teacher.load_state_dict(torch.load(run / CHECKPOINT, weights_only=True))
    rows, rest = read_training(data)
    chosen = random.Random(0).sample(rest, min(texts, len(rest)))
    read = [row["text"] for row in rows] + chosen
    cutter = PieceCutter.from_file(base / TOKENIZER)
    return write_taught(out, read, answer(teacher, [_frame(cut_topics_text(cutter, text)) for text in read]))


@torch.no_grad()  # type: ignore[misc, unused-ignore, untyped-decorator]
def answer(teacher: TunedTeacher, texts: Sequence[CutText]) -> Targets:
    """Return a teacher's probabilities for cut texts."""
    teacher.eval()
    count = len(list_topics(1))
    logits: Floats = np.zeros((len(texts), teacher.head.out_features), np.float32)
    sizes = [len(text.ids) for text in texts]
    order = sorted(range(len(texts)), key=sizes.__getitem__)
    for batch in group_by_length(sizes, order, READING_BUDGET, POOL):
        logits[batch] = teacher(*lay_out(texts, batch)).numpy()
    rows = torch.from_numpy(logits)
    parts = rows[:, :count].softmax(-1), rows[:, count : 2 * count].sigmoid(), rows[:, 2 * count :].sigmoid()
    return Targets(*(part.numpy() for part in parts))


def _frame(text: CutText) -> CutText:
    return CutText([CLS_PIECE, *text.ids, SEP_PIECE], [0, *text.casings, 0])
