"""Training of the line model, which says for each line of a page whether it belongs to the article.

The rows are those of `cleaning/pages.jsonl`, with `url`, `text` and `gold` (the article's body). Scores come from
cross-validation over sites, for the rules alone and for the rules with the model, on the same folds. The same rows and
the same seed give the same model and the same scores.

The model in the package was grown by an earlier trainer of ours with the same options; the next training replaces it.
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
from services.training.boosting import BoostingOptions, export_trees, grow_trees, round_trees

FOLDS = 5

FLAT_WEIGHT = 0.3
"""Weight of a page's text without indentation, where the text itself has 1: some scrapers drop the indentation."""

ARTICLE_SHARE = 0.5
"""Minimum share of a line's words that the gold body must have for the line to count as the article's."""

SCORE_DECIMALS = 4
"""Decimals of a score: a hundred pages do not measure it more exactly."""

OPTIONS = BoostingOptions()


@dataclass(frozen=True, slots=True)
class Sample:
    """Lines of one page as the model is trained on them."""

    page: int
    rows: npt.NDArray[np.float64]
    labels: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    """Weight of each line. The weights of the article's lines add up to the importance of the sample, because the
    score counts each page once."""


def build_samples(pages: Sequence[dict[str, Any]]) -> list[Sample]:
    """Return two samples per page: the text as it is, and the text without its indentation."""
    samples: list[Sample] = []
    for number, page in enumerate(pages):
        flat = "\n".join(line.strip() for line in page["text"].split("\n"))
        samples += [
            _build_sample(number, read_lines(text), page["gold"], weight)
            for text, weight in ((page["text"], 1.0), (flat, FLAT_WEIGHT))
        ]
    return samples


def fit(
    samples: Sequence[Sample], options: BoostingOptions = OPTIONS, names: tuple[str, ...] = FEATURE_NAMES
) -> BoostedTrees:
    """Return trees that are trained on all lines of the samples, rounded as in the file.

    `names` are the names of the samples' columns.
    """
    weights = np.concatenate([sample.weights for sample in samples])
    booster = grow_trees(
        np.concatenate([sample.rows for sample in samples]),
        np.concatenate([sample.labels for sample in samples]),
        weights / weights.mean(),
        options,
    )
    return round_trees(export_trees(booster, names, options.depth))


def split_sites(pages: Sequence[dict[str, Any]], seed: int, folds: int = FOLDS) -> list[list[int]]:
    """Return the page numbers of each fold; all pages of a site are in the same fold."""
    hosts = [urlsplit(page["url"]).hostname or "" for page in pages]
    sites = sorted(set(hosts))
    random.Random(seed).shuffle(sites)
    fold_of = {site: number % folds for number, site in enumerate(sites)}
    return [[page for page, host in enumerate(hosts) if fold_of[host] == fold] for fold in range(folds)]


def label_lines(lines: Sequence[Line], gold: str) -> npt.NDArray[np.float64]:
    """Return 1 for each line with at least half of its words aligned, in order, with the gold body's words; else 0."""
    words = [(word, number) for number, line in enumerate(lines) for word in WORD.findall(line.text)]
    aligned = np.zeros(len(lines))
    matcher = SequenceMatcher(None, [word for word, _ in words], WORD.findall(gold), autojunk=False)
    for block in matcher.get_matching_blocks():
        for _, number in words[block.a : block.a + block.size]:
            aligned[number] += 1
    total = np.bincount(np.array([number for _, number in words], dtype=np.int64), minlength=len(lines))
    return np.asarray(aligned >= ARTICLE_SHARE * np.maximum(1, total), dtype=np.float64)


def weigh_lines(lines: Sequence[Line]) -> npt.NDArray[np.float64]:
    """Return the weight of each line: the number of its words, up to `MAX_WORDS`, and 1."""
    return np.array([min(line.words, MAX_WORDS) + 1.0 for line in lines])


def cross_validate(pages: Sequence[dict[str, Any]], samples: Sequence[Sample], seed: int) -> dict[str, Any]:
    """Return F1 of the body over all pages and over each fold, for the rules alone and for the rules with the model.

    Each page is cleaned with a model that was trained without the pages of its site.
    """
    scores: dict[int, tuple[float, float]] = {}
    folds = split_sites(pages, seed)
    for held in folds:
        trees = fit([sample for sample in samples if sample.page not in held])
        scores.update((page, score_page(pages[page], trees)) for page in held)
    baseline = build_baseline()
    alone = [score_page(page, baseline) for page in pages]
    return {
        "rules": _f1(alone),
        "rules_and_model": _f1(scores.values()),
        "folds": [
            {"rules": _f1([alone[page] for page in held]), "rules_and_model": _f1([scores[page] for page in held])}
            for held in folds
        ],
    }


def score_page(page: dict[str, Any], trees: BoostedTrees) -> tuple[float, float]:
    """Return precision and recall of the body of a page that was cleaned with these trees."""
    return compare(page["gold"], clean_text(page["text"], KnownFields(), trees).body)


def build_baseline() -> BoostedTrees:
    """Return one tree that repeats the rules: a line is the article's if it is in the extent that the rules find."""
    index = FEATURE_NAMES.index("in_extent")
    leaves = np.array([[-CERTAIN_LOG_ODDS, CERTAIN_LOG_ODDS]])
    return BoostedTrees(FEATURE_NAMES, 0.0, np.array([[index]]), np.array([[0.5]]), leaves)


def train(data: Path, out: Path, seeds: Iterable[int] = (1, 2)) -> dict[str, Any]:
    """Write the model into the folder `out` and return its cross-validated scores, by the seed of the folds."""
    with (data / "cleaning" / "pages.jsonl").open(encoding="utf-8") as lines:
        pages = [json.loads(line) for line in lines]
    samples = build_samples(pages)
    out.mkdir(parents=True, exist_ok=True)
    write_trees(fit(samples), out / MODEL)
    return {f"seed {seed}": cross_validate(pages, samples, seed) for seed in seeds}


def write_trees(trees: BoostedTrees, path: Path) -> None:
    """Write a model as JSON with one tree per line, so that a reviewer can read and compare it."""
    value = trees.to_json()
    rows = ",\n".join(f"    {json.dumps(tree)}" for tree in value["trees"])
    names = json.dumps(value["names"])
    path.write_text(
        f'{{\n  "base": {value["base"]},\n  "names": {names},\n  "trees": [\n{rows}\n  ]\n}}\n', encoding="utf-8"
    )


CERTAIN_LOG_ODDS = 3.0
"""Log-odds of a line where the rules decide alone."""


def _f1(scores: Iterable[tuple[float, float]]) -> float:
    pairs = list(scores)
    precision, recall = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
    return round(float(2 * precision * recall / (precision + recall)), SCORE_DECIMALS)


def _build_sample(number: int, lines: Sequence[Line], gold: str, importance: float) -> Sample:
    labels = label_lines(lines, gold)
    weights = weigh_lines(lines)
    return Sample(number, measure_features(lines), labels, importance * weights / max(1.0, float(weights @ labels)))
