"""The training of the network that reads topics from the states of a profile's encoder."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from services.enrichment.encoder import Encoder
from services.enrichment.models import load_encoder
from services.enrichment.options import Profile
from services.evaluation.topics import scan_states
from services.training.manifest import compute_sha256, write_record
from services.training.topics.labels import LABELS, list_topics
from services.training.topics.network import FIRST_OFFSETS, MASKED_SCORE
from services.training.topics.texts import TopicTexts, compute_topics_loss
from services.training.topics.train import RunOptions, prepare_torch, read_lessons, run_epochs

CHECKPOINT: Final = "states.pt"
INPUTS: Final = "states.json"
"""Files of a run: the network with the scale of its input, and what it was trained on."""

QUERIES: Final = 12
"""Means of the states that the hidden layer reads."""

INNER: Final = 128
"""Width of the hidden layer."""

DROPOUT: Final = 0.3
"""Share of the means and of the hidden layer that training leaves out, because the texts are few."""

SCANNED: Final = 256
"""Texts that the encoder reads at once."""

BATCH: Final = 64
SORTED_BATCHES: Final = 20
"""Batches that are made from texts of like length, so that little is padded."""

MEASURED_STATES: Final = 200_000
"""States of which mean and deviation are taken."""

Halves = NDArray[np.float16]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StateOptions(RunOptions):
    """Options of the network over states; `dropped` is the share of states that a reading leaves out."""

    epochs: int = 4
    dropped: float = 0.1


class StatePooling(nn.Module):  # type: ignore[misc, unused-ignore]
    """The network that `services/enrichment/models/topic_states.py` runs in NumPy, for rows of states."""

    def __init__(self, width: int, topics: int, below: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))
        self.queries = nn.Linear(width, QUERIES, bias=False)
        self.inner = nn.Linear(QUERIES * width, INNER)
        self.outer = nn.Linear(INNER, 2 * topics + below)
        self.dropout = nn.Dropout(DROPOUT)
        nn.init.normal_(self.queries.weight, std=0.3 / width**0.5)
        with torch.no_grad():
            sizes = zip((topics, topics, below), FIRST_OFFSETS, strict=True)
            self.outer.bias.copy_(torch.cat([torch.full((size,), first) for size, first in sizes]))

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return logits (rows, answers) of states (rows, pieces, width), of which those in the mask are read."""
        scaled = (states - self.mean) / self.deviation
        shares = self.queries(scaled).masked_fill(~mask[..., None], MASKED_SCORE).softmax(1)
        pooled = (shares.transpose(1, 2) @ scaled).flatten(1)
        logits: Tensor = self.outer(self.dropout(torch.tanh(self.inner(self.dropout(pooled)))))
        return logits


def train_states(data: Path, run: Path, profile: Profile, taught: Path, options: StateOptions, *, threads: int) -> None:
    """Train the network of a profile on labels and teachers' answers, which are in a file of the step `teach`."""
    prepare_torch(options.seed, threads)
    texts, lessons = read_lessons(data, taught)
    encoder = load_encoder(profile=profile)
    states = read_states(encoder, texts)
    network = StatePooling(states[0].shape[1], len(list_topics(1)), len(list_topics(2)))
    _learn(network, states, lessons, options)
    run.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), run / CHECKPOINT)
    inputs: dict[str, Any] = {"data": compute_sha256(data / LABELS), "taught": compute_sha256(taught)}
    identity = {"name": encoder.identity.name, "version": encoder.identity.version}
    inputs |= {"profile": profile, "encoder": identity, "options": asdict(options)}
    write_record(run / INPUTS, {**inputs, "texts": len(texts), "torch": torch.__version__})


def read_states(encoder: Encoder, texts: Sequence[str]) -> list[Halves]:
    """Return the states of the passages of each text, (pieces, width), in half precision to save memory."""
    found: list[Halves] = []
    for batch in _cut_batches(texts, SCANNED):
        found += [np.concatenate(own).astype(np.float16) for own in scan_states(batch, encoder)]
    return found


def _learn(network: StatePooling, states: Sequence[Halves], lessons: TopicTexts, options: StateOptions) -> None:
    sample = np.concatenate(states)[:MEASURED_STATES].astype(np.float32)
    network.mean.copy_(torch.from_numpy(sample.mean(0)))
    network.deviation.copy_(torch.from_numpy(sample.std(0)))
    groups = [{"params": list(network.parameters()), "peak": options.rate}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    epochs = [[*_make_epoch([len(own) for own in states])] for _ in range(options.epochs)]

    def compute_loss(batch: Sequence[int]) -> Tensor:
        rows, mask = lay_out_states([states[index] for index in batch])
        mask[:, 2:] &= torch.rand(mask.shape)[:, 2:] >= options.dropped
        return compute_topics_loss(network(rows, mask), lessons, batch)

    network.train()
    run_epochs(optimiser, epochs, compute_loss)


def _make_epoch(sizes: Sequence[int]) -> Iterator[list[int]]:
    """Yield the batches of an epoch in random order, each with texts of like length."""
    order = random.sample(range(len(sizes)), len(sizes))
    batches = [
        batch
        for part in _cut_batches(order, BATCH * SORTED_BATCHES)
        for batch in _cut_batches(sorted(part, key=sizes.__getitem__), BATCH)
    ]
    yield from random.sample(batches, len(batches))


def _cut_batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    for start in range(0, len(items), size):
        yield [*items[start : start + size]]


def lay_out_states(states: Sequence[Halves]) -> tuple[Tensor, Tensor]:
    """Return states (rows, pieces, width) of texts, and a mask that is false where a row is padded."""
    longest, width = max(map(len, states)), states[0].shape[1]
    rows = torch.zeros(len(states), longest, width)
    mask = torch.zeros(len(states), longest, dtype=torch.bool)
    for number, own in enumerate(states):
        rows[number, : len(own)] = torch.from_numpy(own.astype(np.float32))
        mask[number, : len(own)] = True
    return rows, mask


def open_state_pooling(run: Path) -> StatePooling:
    """Return the trained network of a run. Raises ValueError when the run has none."""
    if not (run / CHECKPOINT).exists():
        raise ValueError(f"{run} has no checkpoint: run the step `topics train-states` first")
    state: dict[str, Any] = torch.load(run / CHECKPOINT, weights_only=True)
    network = StatePooling(len(state["mean"]), len(list_topics(1)), len(list_topics(2)))
    network.load_state_dict(state)
    return network
