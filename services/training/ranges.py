"""Ranges of the inputs of the matrices, which static quantisation needs.

The float graph reads training sentences, and a sample of the values of each input is stored, with its extremes. Among
the ranges between percentiles, the one with the smallest loss is chosen when the sample is clipped and rounded to 256
levels (the mean squared error, as in Choukroun and others, 2019, and most toolkits since).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx

from services.enrichment.models.piece_cutter import PieceCutter
from services.enrichment.models.pieces import Pieces
from services.enrichment.models.session import lay_out, open_session, plan_batches, run_layers
from services.enrichment.models.windows import split_into_windows
from services.training.corpus import Example, read_corpus
from services.training.graph import (
    UINT8_MAX,
    Arrays,
    Floats,
    Range,
    Ranges,
    build_article_graph,
    build_embeddings,
    build_graph,
    list_layer_matrices,
    list_matrices,
)
from services.training.shape import Shape

SENTENCES: Final = 768
"""Sentences that are read, the same number from each set; ranges are stable from some 300 on."""

SAMPLE: Final = 4_000
"""Values stored for each input of each batch, besides the extremes."""

TAILS: Final = (0.0, 1e-6, 1e-5, 1e-4, 1e-3)
"""Shares of the values that a range may leave out at each end."""

SMALLEST_HIGH: Final = 1e-6
"""Lower bound of the high end of a range, so that its scale is not 0."""


def observe_ranges(weights: Arrays, shape: Shape, sentences: Sequence[Pieces], seed: int) -> Ranges:
    """Return the range of each input of the encoder's matrices over the sentences, which must not be empty."""
    return _observe(weights, build_graph(weights, shape), list_matrices(shape), sentences, seed)


def observe_article_ranges(weights: Arrays, shape: Shape, texts: Sequence[Pieces], seed: int) -> Ranges:
    """Return the range of each input of the matrices of the sentiment of articles over the texts, at least one."""
    return _observe(weights, build_article_graph(weights, shape), list_layer_matrices(shape), texts, seed)


def _observe(
    weights: Arrays, graph: onnx.ModelProto, names: Sequence[str], sentences: Sequence[Pieces], seed: int
) -> Ranges:
    embeddings = open_session(build_embeddings(weights).SerializeToString())
    layers = open_session(graph.SerializeToString())
    draw = np.random.default_rng(seed)
    kept: dict[str, list[Floats]] = {name: [] for name in names}
    for feeds in _batches(sentences):
        for name, values in zip(names, run_layers(embeddings, layers, names, feeds), strict=True):
            flat = values.reshape(-1)
            kept[name] += [
                draw.choice(flat, min(SAMPLE, flat.size), replace=False),
                flat[[flat.argmin(), flat.argmax()]],
            ]
    return {name: choose_range(np.concatenate(parts)) for name, parts in kept.items()}


def choose_range(values: Floats) -> Range:
    """Return the range, with 0 inside, in which clipping and rounding the values has the smallest loss."""
    ordered = np.sort(values)
    candidates = [_span(ordered, low, high) for low in TAILS for high in TAILS]
    return min(candidates, key=lambda each: measure_loss(values, each))


def measure_loss(values: Floats, limits: Range) -> float:
    """Return the mean squared error of the values when clipped and rounded to a range's 256 levels."""
    levels = np.clip(np.rint(values / limits.scale) + limits.zero, 0, UINT8_MAX)
    return float(np.mean(((levels - limits.zero) * limits.scale - values) ** 2, dtype=np.float64))


def draw_sentences(data: Path, cutter: PieceCutter, seed: int) -> list[Pieces]:
    """Draw sentences from all training sets under the data folder, the same number from each, and cut them."""
    corpus = read_corpus(data)
    rng = random.Random(seed)
    share = -(-SENTENCES // len(corpus))
    drawn = [example for members in corpus.values() for example in rng.sample(members, min(share, len(members)))]
    return [cut_example(example, cutter) for example in drawn]


def cut_example(example: Example, cutter: PieceCutter) -> Pieces:
    """Cut a sentence that has tokens or text into pieces."""
    return cutter.cut_tokens(example.tokens) if example.tokens else cutter.cut(example.text)


def list_limits(ranges: Ranges) -> dict[str, list[float]]:
    """Return the ranges for a manifest: lowest and highest value of each matrix's input."""
    return {name: [round(each.low, 4), round(each.high, 4)] for name, each in ranges.items()}


def _span(ordered: Floats, low: float, high: float) -> Range:
    last = len(ordered) - 1
    return Range(min(0.0, float(ordered[int(low * last)])), max(SMALLEST_HIGH, float(ordered[last - int(high * last)])))


def _batches(sentences: Iterable[Pieces]) -> Iterator[dict[str, Any]]:
    cut = list(sentences)
    parts = [part for index, pieces in enumerate(cut) for part in split_into_windows(index, len(pieces.ids))]
    return (lay_out(batch, cut) for batch in plan_batches(parts))
