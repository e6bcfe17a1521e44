"""The training of the network of topics, on labels and on teachers' probabilities."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from services.enrichment.models.casing import OTHER
from services.enrichment.models.piece_cutter import PieceCutter
from services.enrichment.models.topic_network import PIECES
from services.training.article.batches import CutText, lay_out, make_epoch
from services.training.base import TOKENIZER, WEIGHTS
from services.training.manifest import compute_sha256, write_record
from services.training.topics.labels import (
    LABELS,
    Floats,
    Targets,
    build_targets,
    list_topics,
    read_taught,
    read_training,
)
from services.training.topics.names import NameExchange
from services.training.topics.network import PADDING, WIDTH, TopicNetwork, read_exported, shrink_vectors
from services.training.topics.texts import TopicTexts, build_below, compute_topics_loss

CHECKPOINT: Final = "topics.pt"
INPUTS: Final = "topics.json"
"""Files of a run: the network, and what it was trained on."""

UNKNOWN_PIECE: Final = 100
"""Id of BERT's piece for unknown words, which is the only piece of a text without pieces."""

BATCH_PIECES: Final = 4000
WARMUP_STEPS: Final = 100
TAUGHT_WEIGHT: Final = 0.7
"""Weight of a text that only teachers labelled."""

TEACHERS_SHARE: Final = 0.5
"""Share of the teachers' probabilities in the target of a labelled text."""

LABELLED_WEIGHT: Final = 2.0
WRITTEN_WEIGHT: Final = 4.0
"""Weights of a labelled text, and of a short text with topics that the project wrote: these are few."""

FURTHER_RATE: Final = 0.5
"""Share of the rate with which exported weights learn further."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options that decide a run; `dropped` is the share of pieces that a reading leaves out."""

    seed: int = 20261130
    epochs: int = 5
    rate: float = 2e-3
    dropped: float = 0.15


@dataclass(frozen=True, slots=True)
class TopicOptions(RunOptions):
    """Options of the network of words."""

    pieces_share: float = 0.5
    """Rate of the vectors of pieces as a share of `rate`. They stay close to their start, so that the filters also fit
    pieces that few texts have."""


@dataclass(frozen=True, slots=True)
class _Corpus:
    """The cut texts, their names, and what they teach."""

    cut: list[CutText]
    names: NameExchange
    texts: TopicTexts


def train_topics(
    data: Path, run: Path, base: Path, taught: Path, options: TopicOptions, *, weights: Path | None, threads: int
) -> None:
    """Train the network of `run` from the word vectors of the base weights in `base`, or from exported `weights`.

    `taught` is a file that the step `teach` wrote.
    """
    prepare_torch(options.seed, threads)
    counts = len(list_topics(1)), len(list_topics(2))
    if weights is None:
        network = TopicNetwork(shrink_vectors(_read_word_vectors(base), WIDTH), *counts)
    else:
        network = read_exported(weights, *counts)
        options = replace(options, rate=options.rate * FURTHER_RATE)
    corpus = _read_corpus(data, taught, PieceCutter.from_file(base / TOKENIZER))
    _learn(network, corpus, options)
    run.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), run / CHECKPOINT)
    (run / TOKENIZER).write_bytes((base / TOKENIZER).read_bytes())
    inputs = {"data": compute_sha256(data / LABELS), "taught": compute_sha256(taught), "options": asdict(options)}
    write_record(run / INPUTS, {**inputs, "texts": len(corpus.cut), "torch": torch.__version__})


def cut_topics_text(cutter: PieceCutter, text: str) -> CutText:
    """Return the pieces of a text that are read at run time."""
    ids, casings = cutter.cut_cased(text)
    return CutText(ids[:PIECES].tolist() or [UNKNOWN_PIECE], casings[:PIECES].tolist() or [OTHER])


def _read_word_vectors(base: Path) -> Tensor:
    arrays = load_file(base / WEIGHTS)
    (words,) = [tensor for name, tensor in arrays.items() if name.endswith("word_embeddings.weight")]
    return words.float()


def _read_corpus(data: Path, taught: Path, cutter: PieceCutter) -> _Corpus:
    texts, lessons = read_lessons(data, taught)
    cut = [cut_topics_text(cutter, text) for text in texts]
    return _Corpus(cut, NameExchange(cutter, cut), lessons)


def read_lessons(data: Path, taught: Path) -> tuple[list[str], TopicTexts]:
    """Return the texts of a file that the step `teach` wrote, and what they teach. Raises ValueError for another file.

    The labels of `data` are mixed into the teachers' answers.
    """
    rows, _ = read_training(data)
    texts, teachers = read_taught(taught)
    if texts[: len(rows)] != [row["text"] for row in rows]:
        raise ValueError(f"{taught} was written for other labels: run the step `teach` again")
    targets = _mix(build_targets(rows), teachers)
    below = build_below(texts)
    if teachers.below is not None:
        below = np.where(np.isnan(below), teachers.below, below)
    weights = np.full(len(texts), TAUGHT_WEIGHT, np.float32)
    weights[: len(rows)] = [WRITTEN_WEIGHT if "written" in row and row["topics"] else LABELLED_WEIGHT for row in rows]
    arrays = (targets.main, targets.each, below, weights)
    return texts, TopicTexts(*map(torch.from_numpy, arrays))


def _mix(labels: Targets, teachers: Targets) -> Targets:
    """Return the teachers' targets, mixed with the labels for the texts at the beginning that have some."""
    mixed = Targets(teachers.main.copy(), teachers.each.copy())
    for part, own in ((mixed.main, labels.main), (mixed.each, labels.each)):
        part[: len(own)] = TEACHERS_SHARE * part[: len(own)] + (1 - TEACHERS_SHARE) * own
    return mixed


def _learn(network: TopicNetwork, corpus: _Corpus, options: TopicOptions) -> None:
    others = [own for name, own in network.named_parameters() if not name.startswith("pieces.")]
    groups = [
        {"params": list(network.pieces.parameters()), "peak": options.rate * options.pieces_share},
        {"params": others, "peak": options.rate},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    rng = random.Random(options.seed)
    epochs = [make_epoch(corpus.cut, BATCH_PIECES, rng) for _ in range(options.epochs)]

    def compute_loss(batch: Sequence[int]) -> Tensor:
        varied = [corpus.names.vary(corpus.cut[index], index, rng) for index in batch]
        return compute_topics_loss(network(*_lay_out(varied, options.dropped)), corpus.texts, batch)

    network.train()
    run_epochs(optimiser, epochs, compute_loss)


def prepare_torch(seed: int, threads: int) -> None:
    """Seed all random numbers, and limit torch to a number of threads; 0 leaves the number to torch."""
    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(seed)
    random.seed(seed)


def run_epochs(
    optimiser: torch.optim.Optimizer,
    epochs: Sequence[Sequence[Sequence[int]]],
    compute_loss: Callable[[Sequence[int]], Tensor],
    clip_norm: float | None = None,
) -> None:
    """Fit a network to the batches of each epoch, and print the mean loss of each.

    The rate of each group of parameters rises to its `peak` in WARMUP_STEPS batches, and falls evenly to 0. With
    `clip_norm` the gradient is cut to this norm.
    """
    total, step = sum(map(len, epochs)), 0
    parameters = [own for group in optimiser.param_groups for own in group["params"]]
    for epoch, batches in enumerate(epochs):
        losses = []
        for batch in batches:
            factor = min(1.0, (step + 1) / WARMUP_STEPS) * (1 - step / total)
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * factor
            loss = compute_loss(batch)
            optimiser.zero_grad()
            loss.backward()
            if clip_norm is not None:
                nn.utils.clip_grad_norm_(parameters, clip_norm)
            optimiser.step()
            losses.append(loss.item())
            step += 1
        print(json.dumps({"epoch": epoch + 1, "loss": round(float(np.mean(losses)), 4)}), flush=True)


def _lay_out(texts: Sequence[CutText], dropped: float) -> tuple[Tensor, Tensor]:
    """Return ids and casings of a batch, both (rows, pieces); a dropped piece becomes padding."""
    ids, casings, mask = lay_out(texts, range(len(texts)))
    lost = (torch.rand(ids.shape) < dropped) & mask
    lost[:, 0] = False
    return ids.masked_fill(lost, PADDING), casings


@torch.no_grad()  # type: ignore[misc, unused-ignore, untyped-decorator]
def read_topic_logits(network: TopicNetwork, texts: Sequence[CutText]) -> Floats:
    """Return the logits (texts, answers) of cut texts."""
    network.eval()
    rows = ((torch.tensor([text.ids]), torch.tensor([text.casings])) for text in texts)
    return np.concatenate([network(*row).numpy() for row in rows])


def open_topic_network(run: Path) -> TopicNetwork:
    """Return the trained network of a run. Raises ValueError when the run has none."""
    if not (run / CHECKPOINT).exists():
        raise ValueError(f"{run} has no checkpoint: run the step `topics train` first")
    state: dict[str, Any] = torch.load(run / CHECKPOINT, weights_only=True)
    network = TopicNetwork(state["pieces.weight"], len(list_topics(1)), len(list_topics(2)))
    network.load_state_dict(state)
    return network
