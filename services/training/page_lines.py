"""Training of the page model, which says for each line that was extracted from a page whether it is the article's.

The rows are those of `cleaning/pages.jsonl` and one half of `cleaning/world-pages.jsonl.gz`, with `html` and `gold`
(the article's body). The other half, whose ids have an odd SHA-256, is never learned from: it shows what the model is
worth on pages that it has not seen. Scores come from cross-validation over sites. The same rows and the same seed give
the same model and the same scores.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from services.enrichment.cleaning.compose import KnownFields
from services.enrichment.cleaning.html.align.placing import place
from services.enrichment.cleaning.html.extract.choice import choose_body
from services.enrichment.cleaning.html.extract.line_features import PAGE_NAMES, measure_page_features
from services.enrichment.cleaning.html.extract.selection import MODEL
from services.enrichment.cleaning.html.metadata.page_metadata import read_metadata
from services.enrichment.cleaning.html.page import clean_html
from services.enrichment.cleaning.html.tree.source import PageSource
from services.enrichment.cleaning.lines.blocks import label_related, unlabel_sentences_in_prose
from services.enrichment.cleaning.lines.features import MAX_WORDS
from services.enrichment.cleaning.lines.line import Line, split_lines
from services.enrichment.cleaning.lines.line_model import BoostedTrees
from services.enrichment.cleaning.lines.press_release import label_press_release
from services.enrichment.cleaning.lines.rules import label_line
from services.evaluation.cleaning import compare
from services.training.boosting import BoostingOptions, export_trees, grow_trees, round_trees
from services.training.lines import SCORE_DECIMALS, Sample, label_lines, split_sites, write_trees

OPTIONS = BoostingOptions(trees=100, depth=3, learning_rate=0.1, l2=20.0, bins=31)

MIN_PAGE_WORDS = 50
"""Words that a page counts as at least, so that the lines of a page of ten words do not weigh as much as an article."""


def read_pages(data: Path) -> list[dict[str, Any]]:
    """Return the pages to learn from, without the half that is held back."""
    with (data / "cleaning" / "pages.jsonl").open(encoding="utf-8") as lines:
        pages = [json.loads(line) for line in lines]
    with gzip.open(data / "cleaning" / "world-pages.jsonl.gz", "rt", encoding="utf-8") as lines:
        world = [json.loads(line) for line in lines]
    own_sites = ({**page, "url": page["url"] or f"https://page-{page['id']}.invalid/"} for page in world)
    return [*(page for page in own_sites if not is_held_back(page["id"])), *pages]


def is_held_back(page_id: object) -> bool:
    """Return whether a page is in the half that nothing is chosen on: the SHA-256 of its id is an odd number."""
    return hashlib.sha256(str(page_id).encode()).digest()[-1] % 2 == 1


def build_sample(number: int, page: dict[str, Any]) -> Sample | None:
    """Return the extracted lines of a page as the model sees them; None if nothing is extracted."""
    source = PageSource(page["html"])
    metadata = read_metadata(source, url=page["url"])
    placed = place(source, choose_body(source, metadata.article), metadata.title)
    lines: list[Line] = split_lines(placed.mapped.text)
    lines = lines[bool(metadata.title) : len(lines) - placed.captions]
    if placed.outline is None or not lines:
        return None
    for line in lines:
        label_line(line)
    unlabel_sentences_in_prose(lines)
    label_press_release(lines)
    label_related(lines)
    words = np.array([min(line.words, MAX_WORDS) + 1.0 for line in lines])
    rows = measure_page_features(lines, placed.mapped, placed.outline, metadata.title)
    return Sample(number, rows, label_lines(lines, page["gold"]), words / max(MIN_PAGE_WORDS, float(words.sum())))


def fit(samples: Sequence[Sample]) -> BoostedTrees:
    """Return trees that are trained on all lines of the samples, rounded as in the file."""
    weights = np.concatenate([sample.weights for sample in samples])
    booster = grow_trees(
        np.concatenate([sample.rows for sample in samples]),
        np.concatenate([sample.labels for sample in samples]),
        weights / weights.mean(),
        OPTIONS,
    )
    return round_trees(export_trees(booster, PAGE_NAMES, OPTIONS.depth))


def cross_validate(pages: Sequence[dict[str, Any]], samples: Sequence[Sample], seed: int) -> dict[str, float]:
    """Return the mean of the pages' F1; each page is cleaned with a model trained without the pages of its site."""
    scores: list[float] = []
    for held in split_sites(pages, seed):
        trees = fit([sample for sample in samples if sample.page not in held])
        scores += [score_page(pages[number], trees) for number in held]
    return {"mean_f1": round(sum(scores) / len(scores), SCORE_DECIMALS)}


def score_page(page: dict[str, Any], trees: BoostedTrees) -> float:
    """Return F1 of the body of a page that was cleaned with these trees."""
    body = clean_html(page["html"], KnownFields(), page["url"], trees).body
    precision, recall = compare(page["gold"], body)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def train(data: Path, out: Path, seeds: Sequence[int] = (1, 2)) -> dict[str, Any]:
    """Write the model into the folder `out` and return its cross-validated scores, by the seed of the folds."""
    pages = read_pages(data)
    samples = [sample for number, page in enumerate(pages) if (sample := build_sample(number, page)) is not None]
    out.mkdir(parents=True, exist_ok=True)
    write_trees(fit(samples), out / MODEL)
    return {f"seed {seed}": cross_validate(pages, samples, seed) for seed in seeds}
