"""The steps `train-article` and `label-article`: a network for the sentiment of articles, and its teachers.

A student learns the labels and, on many more texts, the mean of its teachers' probabilities (Hinton, Vinyals and Dean
2015, arXiv:1503.02531).
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from services.enrichment.labels import POLARITIES
from services.enrichment.models.piece_cutter import PieceCutter
from services.evaluation.sentiment import score_classes
from services.training.article.batches import POOL, CutText, cut_text, lay_out, make_epoch
from services.training.article.composed import compose_headlines
from services.training.article.leads import (
    ARTICLES,
    ECONOMY,
    FINANCE,
    HEADLINES,
    LEADS,
    POLITICS,
    Lead,
    Target,
    build_target,
    read_leads,
    read_taught,
    read_unlabelled,
    write_taught,
)
from services.training.article.network import ArticleNetwork
from services.training.article.topic_lessons import TopicLessons
from services.training.article.weights import COMPOSED_WEIGHT, LABELLED_WEIGHT, TAUGHT_WEIGHT, WRITTEN_WEIGHT
from services.training.article.written import read_written
from services.training.base import TOKENIZER
from services.training.batches import group_by_length
from services.training.loop import CLIP_NORM, group_parameters, open_network
from services.training.manifest import compute_sha256, read_record, write_record
from services.training.network import Network
from services.training.shape import Shape
from services.training.train import open_start

ARTICLE_CHECKPOINT: Final = "article.pt"
ARTICLE_INPUTS: Final = "article.json"
"""Files of a run: the network after the last whole epoch, and what it was trained on."""

WARMUP_STEPS: Final = 60

READING_BUDGET: Final = 6000
"""Pieces that a network reads at once when it labels or is scored."""


_Lesson = tuple[Callable[[list[int]], Tensor], list[int]]
"""A batch, as indexes of texts, and the function of its loss."""


@dataclass(frozen=True, slots=True)
class ArticleOptions:
    """Options that decide a run.

    `taught_share` is the weight of teachers on labelled texts. With `composed` the run also reads composed headlines,
    and an epoch reads the written texts `written_repeats` times. The lowest `fixed_layers` do not change: other
    networks may read their states. A run from an earlier run ends with the mean of both networks, in which the earlier
    one has the weight `earlier_share`: it learns the new texts and loses less on others (Wortsman and others 2022,
    arXiv:2109.01903).
    """

    seed: int = 20261130
    epochs: int = 4
    piece_budget: int = 2200
    encoder_rate: float = 1e-4
    head_rate: float = 5e-4
    taught_share: float = 0.5
    labelled_repeats: int = 1
    composed: bool = False
    written_repeats: int = 0
    fixed_layers: int = 0
    earlier_share: float = 0.0


def train_article(
    data: Path,
    run: Path,
    options: ArticleOptions,
    *,
    source: Path | None,
    labels: Path | None,
    threads: int,
    earlier: Path | None = None,
    topics: Path | None = None,
) -> dict[str, Any]:
    """Train the network of `run` on the labelled leads under `data`, and return its scores after each epoch.

    With `source`, a trained run, the network starts from that run's encoder and keeps its embeddings; with `earlier`,
    a run of this step, it starts from that run's network and keeps its embeddings; without both, it starts from the
    base weights of `run`. With `labels`, a file that the step `label-article` wrote, it learns from teachers too, and
    with `topics`, a file that the step `topics teach` wrote, it also learns topics. A run that was killed continues
    after its last whole epoch.
    """
    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(options.seed)
    network, start = _open_article_start(run, source, earlier)
    network.fix_layers(options.fixed_layers)
    tokenizer, own_tokenizer = (folder / "base" / TOKENIZER for folder in (source or earlier or run, run))
    cutter = PieceCutter.from_file(tokenizer)
    leads = build_leads(data, read_taught(labels) if labels else {}, options)
    inputs = {
        **start,
        "shape": asdict(network.body.shape),
        "data": {name: compute_sha256(data / name) for name in (LEADS,)},
        "texts": len(leads),
        "labels": read_record(labels.with_suffix(".record.json")) if labels else None,
        "topics": compute_sha256(topics) if topics else None,
        "options": asdict(options),
        "torch": torch.__version__,
    }
    own_tokenizer.parent.mkdir(parents=True, exist_ok=True)
    write_record(run / ARTICLE_INPUTS, inputs)
    if tokenizer != own_tokenizer:
        own_tokenizer.write_bytes(tokenizer.read_bytes())
    lessons = TopicLessons(data, topics, cutter, network.body.shape.width) if topics else None
    held_back = [*read_leads(data, "dev", agreed_only=True)]
    return _ArticleTrainer(network, cutter, leads, held_back, options, run, lessons=lessons).run()


def _open_article_start(run: Path, source: Path | None, earlier: Path | None) -> tuple[ArticleNetwork, dict[str, Any]]:
    """Return the network from which a run starts, and the part of the run's record that says so."""
    if earlier:
        before = read_record(earlier / ARTICLE_INPUTS)
        network = open_article_network(earlier)
        return network, {"start": before["start"], "earlier": before}
    body, origin = (open_network(source), read_record(source / "inputs.json")) if source else open_start(run)
    return ArticleNetwork(body, share_embeddings=source is not None), {"start": origin}


def label_article(data: Path, teachers: Sequence[Path], out: Path, *, threads: int) -> int:
    """Write the teachers' mean probabilities for the training leads and for texts without labels; return the count."""
    if threads:
        torch.set_num_threads(threads)
    texts = [row["text"] for row in read_leads(data, "train")] + read_unlabelled(data)
    sums: NDArray[np.float64] = np.zeros((len(texts), len(POLARITIES)))
    for run in teachers:
        network, cutter = open_article_network(run), PieceCutter.from_file(run / "base" / TOKENIZER)
        logits = read_logits(network, [cut_text(cutter, text) for text in texts])
        sums += torch.from_numpy(logits).softmax(-1).double().numpy()
    count = write_taught(out, zip(texts, map(tuple, (sums / len(teachers)).tolist()), strict=True))
    record = {
        "teachers": [read_record(run / ARTICLE_INPUTS) for run in teachers],
        "data": {
            name: compute_sha256(data / name) for name in (LEADS, ARTICLES, HEADLINES, ECONOMY, FINANCE, POLITICS)
        },
        "texts": count,
    }
    write_record(out.with_suffix(".record.json"), record)
    return count


def build_leads(data: Path, taught: dict[str, Target], options: ArticleOptions) -> list[Lead]:
    """Return the texts of one epoch: the labelled ones, and those that only teachers labelled."""
    base, per_sure = LABELLED_WEIGHT
    rows = [*read_leads(data, "train")]
    labelled = [
        Lead(
            row["text"],
            build_target(row["polarity"], taught.get(row["text"]), options.taught_share),
            base + per_sure * row["sure"],
        )
        for row in rows
    ]
    known = {row["text"] for row in rows}
    others = [Lead(text, target, TAUGHT_WEIGHT) for text, target in taught.items() if text not in known]
    composed = compose_headlines(options.seed) if options.composed else []
    sure = [Lead(text, build_target(polarity, None, 0.0), COMPOSED_WEIGHT) for text, polarity in composed]
    written = [Lead(text, build_target(polarity, None, 0.0), WRITTEN_WEIGHT) for text, polarity in read_written()]
    return labelled * options.labelled_repeats + others + sure + written * options.written_repeats


def open_article_network(run: Path) -> ArticleNetwork:
    """Return the trained network of a run, ready to read."""
    shape = Shape(**read_record(run / ARTICLE_INPUTS)["shape"])
    network = ArticleNetwork(Network(shape), share_embeddings=True)
    network.load_state_dict(load_article_state(run))
    network.eval()
    return network


def load_article_state(run: Path) -> dict[str, torch.Tensor]:
    """Return the weights of a run after its last whole epoch. Raises ValueError when the run has none."""
    path = run / ARTICLE_CHECKPOINT
    if not path.exists():
        raise ValueError(f"{run} has no checkpoint: run the step `train-article` first")
    state: dict[str, torch.Tensor] = torch.load(path, weights_only=True)["network"]
    return state


@torch.no_grad()  # type: ignore[misc, unused-ignore, untyped-decorator]
def read_logits(network: ArticleNetwork, texts: Sequence[CutText]) -> NDArray[np.float32]:
    """Return polarity logits (texts, polarities)."""
    network.eval()
    logits = np.zeros((len(texts), len(POLARITIES)), np.float32)
    sizes = [len(text.ids) for text in texts]
    order = sorted(range(len(texts)), key=sizes.__getitem__)
    for batch in group_by_length(sizes, order, READING_BUDGET, POOL):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rows = network(*lay_out(texts, batch))
        logits[batch] = rows.float().numpy()
    return logits


class _ArticleTrainer:
    """The training of one run: its network, optimiser and texts."""

    def __init__(
        self,
        network: ArticleNetwork,
        cutter: PieceCutter,
        leads: Sequence[Lead],
        held_back: Sequence[dict[str, Any]],
        options: ArticleOptions,
        folder: Path,
        *,
        lessons: TopicLessons | None,
    ) -> None:
        self._network = network
        self._lessons = lessons
        self._options = options
        self._folder = folder
        self._texts = [cut_text(cutter, lead.text) for lead in leads]
        self._targets = torch.tensor([lead.target for lead in leads])
        self._weights = torch.tensor([lead.weight for lead in leads])
        self._held_back = ([cut_text(cutter, row["text"]) for row in held_back], [row["polarity"] for row in held_back])
        groups = group_parameters(network, "article_", options.encoder_rate, options.head_rate)
        if lessons:
            groups.append(lessons.group_parameters())
        self._optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)
        if options.earlier_share:
            self._first = {name: tensor.clone() for name, tensor in network.state_dict().items()}

    def run(self) -> dict[str, Any]:
        scores = self._resume()
        epochs = [
            self._make_epoch(random.Random(f"{self._options.seed}/{epoch}")) for epoch in range(self._options.epochs)
        ]
        total = sum(map(len, epochs))
        step = sum(map(len, epochs[: len(scores)]))
        for batches in epochs[len(scores) :]:
            self._network.train()
            for compute_loss, batch in batches:
                self._step(compute_loss(batch), min(1.0, (step + 1) / WARMUP_STEPS) * (1 - step / total))
                step += 1
            if len(scores) + 1 == len(epochs) and self._options.earlier_share:
                self._mix_with_first()
            scores.append(self._score())
            print(json.dumps({"epoch": len(scores), "steps": step, **scores[-1]}), flush=True)
            state = {"network": self._network.state_dict(), "optimiser": self._optimiser.state_dict(), "scores": scores}
            partial = self._folder / f"{ARTICLE_CHECKPOINT}.partial"
            torch.save(state, partial)
            partial.replace(self._folder / ARTICLE_CHECKPOINT)
        return {"epochs": scores}

    def _mix_with_first(self) -> None:
        """Replace each weight by its mean with the first one. A weight that has not changed stays exactly as it is."""
        share, state = self._options.earlier_share, self._network.state_dict()
        self._network.load_state_dict({name: state[name].lerp(self._first[name], share) for name in state})

    def _resume(self) -> list[dict[str, float]]:
        path = self._folder / ARTICLE_CHECKPOINT
        if not path.exists():
            return []
        state = torch.load(path, weights_only=True)
        self._network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])
        scores: list[dict[str, float]] = state["scores"]
        return scores

    def _make_epoch(self, rng: random.Random) -> list[_Lesson]:
        """Return the batches of one epoch over all texts, each with the function of its loss."""
        budget = self._options.piece_budget
        batches: list[_Lesson] = [
            (self._compute_polarity_loss, batch) for batch in make_epoch(self._texts, budget, rng)
        ]
        if self._lessons:
            compute_topics_loss = partial(self._lessons.compute_loss, self._network)
            batches += [(compute_topics_loss, batch) for batch in self._lessons.make_epoch(budget, rng)]
            rng.shuffle(batches)
        return batches

    def _compute_polarity_loss(self, batch: list[int]) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = self._network(*lay_out(self._texts, batch))
        losses = functional.cross_entropy(logits.float(), self._targets[batch], reduction="none")
        return (losses * self._weights[batch]).mean()

    def _step(self, loss: Tensor, factor: float) -> None:
        for group in self._optimiser.param_groups:
            group["lr"] = group["peak"] * factor
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._network.parameters(), CLIP_NORM)
        self._optimiser.step()

    def _score(self) -> dict[str, float]:
        texts, gold = self._held_back
        if not texts:
            return {}
        return score_logits(read_logits(self._network, texts), gold)


def score_logits(logits: NDArray[np.float32], gold: Sequence[str]) -> dict[str, float]:
    """Return macro-F1 and accuracy of polarity logits."""
    predicted = [POLARITIES[index] for index in logits.argmax(1)]
    report = score_classes(Counter(zip(gold, predicted, strict=True)))
    return {"macro_f1": report["macro_f1"], "accuracy": report["accuracy"]}
