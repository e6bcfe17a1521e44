"""Training of the line model: which lines of a page are its article, learned from pages with their gold body.

Rows are those of `cleaning/pages.jsonl`: `url`, `text`, `gold`. Scores are by cross-validation over sites, the
rules alone and rules with model on the same folds. Everything is a function of the rows and the seed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from services.enrichment.cleaning.compose import KnownFields
from services.enrichment.cleaning.lines.features import FEATURE_NAMES, MAX_WORDS, measure_features
from services.enrichment.cleaning.lines.line import Line
from services.enrichment.cleaning.lines.line_model import MODEL, BoostedTrees
from services.enrichment.cleaning.text import clean_text, read_lines
from services.evaluation.cleaning import WORD, compare
from services.training.boosting import Growth, grow

FOLDS = 5

FLAT_WEIGHT = 0.3
"""Of a page's text without its indentation beside the text itself: other scrapers keep none."""

GROWTH = Growth()


@dataclass(frozen=True, slots=True)
class Sample:
    """The lines of a page as the model sees them."""

    page: int
    rows: npt.NDArray[np.float64]
    labels: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    """Of all samples of equal importance the lines of the article have 1 together, as the score counts pages."""


def build_samples(pages: Sequence[dict[str, Any]]) -> list[Sample]:
    """The pages as lines, each once as it is and once without its indentation."""
    samples: list[Sample] = []
    for number, page in enumerate(pages):
        flat = "\n".join(line.strip() for line in page["text"].split("\n"))
        samples += [
            _build_sample(number, read_lines(text), page["gold"], weight)
            for text, weight in ((page["text"], 1.0), (flat, FLAT_WEIGHT))
        ]
    return samples


def fit(samples: Sequence[Sample], growth: Growth = GROWTH) -> BoostedTrees:
    """Trees for the samples."""
    weights = np.concatenate([sample.weights for sample in samples])
    return grow(
        np.concatenate([sample.rows for sample in samples]),
        np.concatenate([sample.labels for sample in samples]),
        weights / weights.mean(),
        FEATURE_NAMES,
        growth,
    )


def split_sites(pages: Sequence[dict[str, Any]], seed: int, folds: int = FOLDS) -> list[list[int]]:
    """The numbers of the pages of each fold; a site's pages are in one."""
    hosts = [urlsplit(page["url"]).hostname or "" for page in pages]
    sites = sorted(set(hosts))
    random.Random(seed).shuffle(sites)
    fold_of = {site: number % folds for number, site in enumerate(sites)}
    return [[page for page, host in enumerate(hosts) if fold_of[host] == fold] for fold in range(folds)]


def label_lines(lines: Sequence[Line], gold: str) -> npt.NDArray[np.float64]:
    """1 for a line of which at least half of the words are aligned with the gold body's, in its order; else 0."""
    words = [(word, number) for number, line in enumerate(lines) for word in WORD.findall(line.text)]
    found = np.zeros(len(lines))
    matcher = SequenceMatcher(None, [word for word, _ in words], WORD.findall(gold), autojunk=False)
    for block in matcher.get_matching_blocks():
        for _, number in words[block.a : block.a + block.size]:
            found[number] += 1
    total = np.bincount(np.array([number for _, number in words], dtype=np.int64), minlength=len(lines))
    return np.asarray(found >= 0.5 * np.maximum(1, total), dtype=np.float64)


def cross_validate(pages: Sequence[dict[str, Any]], samples: Sequence[Sample], seed: int) -> dict[str, Any]:
    """F1 over all pages, each cleaned with a model that saw no page of its site; and of each fold, and of the rules."""
    scores: dict[int, tuple[float, float]] = {}
    folds = split_sites(pages, seed)
    for held in folds:
        trees = fit([sample for sample in samples if sample.page not in held])
        scores.update((page, score_page(pages[page], trees)) for page in held)
    rules = build_baseline()
    alone = [score_page(page, rules) for page in pages]
    return {
        "rules": _f1(alone),
        "rules_and_model": _f1(scores.values()),
        "folds": [
            {"rules": _f1([alone[page] for page in held]), "rules_and_model": _f1([scores[page] for page in held])}
            for held in folds
        ],
    }


def score_page(page: dict[str, Any], trees: BoostedTrees) -> tuple[float, float]:
    """Precision and recall of a page's body as it comes out with these trees."""
    return compare(page["gold"], clean_text(page["text"], KnownFields(), trees).body)


def build_baseline() -> BoostedTrees:
    """No model: a line is in the rules' extent or not."""
    index = FEATURE_NAMES.index("in_extent")
    leaves = np.array([[-UNDOUBTED, UNDOUBTED]])
    return BoostedTrees(FEATURE_NAMES, 0.0, np.array([[index]]), np.array([[0.5]]), leaves)


def train(data: Path, out: Path, seeds: Iterable[int] = (1, 2)) -> dict[str, Any]:
    """Write the model into the folder `out` and return its scores, by the seed of the folds."""
    with (data / "cleaning" / "pages.jsonl").open(encoding="utf-8") as lines:
        pages = [json.loads(line) for line in lines]
    samples = build_samples(pages)
    out.mkdir(parents=True, exist_ok=True)
    write_trees(fit(samples), out / MODEL)
    return {f"seed {seed}": cross_validate(pages, samples, seed) for seed in seeds}


def write_trees(trees: BoostedTrees, path: Path) -> None:
    """Write a model, a tree a line, as it is reviewed."""
    value = trees.to_json()
    rows = ",\n".join(f"    {json.dumps(tree)}" for tree in value["trees"])
    names = json.dumps(value["names"])
    path.write_text(
        f'{{\n  "base": {value["base"]},\n  "names": {names},\n  "trees": [\n{rows}\n  ]\n}}\n', encoding="utf-8"
    )


UNDOUBTED = 3.0
"""Log-odds of the rules where no model is asked."""


def _f1(scores: Iterable[tuple[float, float]]) -> float:
    pairs = list(scores)
    precision, recall = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
    return round(float(2 * precision * recall / (precision + recall)), 4)


def _build_sample(number: int, lines: Sequence[Line], gold: str, importance: float) -> Sample:
    labels = label_lines(lines, gold)
    weights = np.array([min(line.words, MAX_WORDS) + 1.0 for line in lines])
    return Sample(number, measure_features(lines), labels, importance * weights / max(1.0, float(weights @ labels)))
