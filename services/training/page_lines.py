"""Training of the page model, which says for each line that was extracted from a page whether it is the article's.

The rows are those of `cleaning/pages.jsonl` and one half of `cleaning/world-pages.jsonl.gz`, with `html` and `gold`
(the article's body). The other half, whose ids have an odd SHA-256, is held back to measure the model on pages that it
has not seen. Scores come from cross-validation over sites. The same rows and the same seed give
the same model and the same scores.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.enrichment.cleaning.compose import KnownFields
from services.enrichment.cleaning.html.align.placing import place
from services.enrichment.cleaning.html.extract.choice import choose_body
from services.enrichment.cleaning.html.extract.line_features import PAGE_NAMES, measure_page_features
from services.enrichment.cleaning.html.extract.selection import MODEL
from services.enrichment.cleaning.html.metadata.page_metadata import read_metadata
from services.enrichment.cleaning.html.page import clean_html
from services.enrichment.cleaning.html.tree.source import PageSource
from services.enrichment.cleaning.lines.blocks import label_related
from services.enrichment.cleaning.lines.labelling import label_by_rules
from services.enrichment.cleaning.lines.line import split_lines
from services.enrichment.cleaning.lines.line_model import BoostedTrees
from services.evaluation.cleaning import compare
from services.evaluation.rows import read_rows
from services.evaluation.scores import compute_f1
from services.training.boosting import BoostingOptions
from services.training.lines import SCORE_DECIMALS, Sample, fit, label_lines, split_sites, weigh_lines, write_trees

OPTIONS = BoostingOptions(trees=100, depth=3, learning_rate=0.1, l2=20.0, bins=31)

MIN_PAGE_WORDS = 50
"""Minimum number of words by which the weights of a page's lines are divided. A page of ten words therefore does not
weigh as much as an article."""


def read_pages(data: Path) -> list[dict[str, Any]]:
    """Return the pages to learn from, without the half that is held back."""
    pages = read_rows(data / "cleaning" / "pages.jsonl")
    world = read_rows(data / "cleaning" / "world-pages.jsonl.gz")
    own_sites = ({**page, "url": page["url"] or f"https://page-{page['id']}.invalid/"} for page in world)
    return [*(page for page in own_sites if not is_held_back(page["id"])), *pages]


def is_held_back(page_id: object) -> bool:
    """Return whether a page is in the half that is held back from training: the SHA-256 of its id is an odd number."""
    return hashlib.sha256(str(page_id).encode()).digest()[-1] % 2 == 1


def build_sample(number: int, page: dict[str, Any]) -> Sample | None:
    """Return the extracted lines of a page as the model sees them; None if nothing is extracted."""
    source = PageSource(page["html"])
    metadata = read_metadata(source, url=page["url"])
    placed = place(source, choose_body(source, metadata.article, metadata.descriptions), metadata.title)
    lines = split_lines(placed.mapped.text)
    lines = lines[bool(metadata.title) : len(lines) - placed.captions]
    if placed.outline is None or not lines:
        return None
    label_by_rules(lines)
    label_related(lines)
    words = weigh_lines(lines)
    rows = measure_page_features(lines, placed.mapped, placed.outline, metadata.title)
    return Sample(number, rows, label_lines(lines, page["gold"]), words / max(MIN_PAGE_WORDS, float(words.sum())))


def cross_validate(pages: Sequence[dict[str, Any]], samples: Sequence[Sample], seed: int) -> dict[str, float]:
    """Return the mean of the pages' F1; each page is cleaned with a model trained without the pages of its site."""
    scores: list[float] = []
    for held in split_sites(pages, seed):
        trees = fit([sample for sample in samples if sample.page not in held], OPTIONS, PAGE_NAMES)
        scores += [score_page(pages[number], trees) for number in held]
    return {"mean_f1": round(sum(scores) / len(scores), SCORE_DECIMALS)}


def score_page(page: dict[str, Any], trees: BoostedTrees) -> float:
    """Return the F1 of the body of a page that was cleaned with these trees."""
    body = clean_html(page["html"], KnownFields(), page["url"], trees).body
    return compute_f1(*compare(page["gold"], body))


def train(data: Path, out: Path, seeds: Sequence[int] = (1, 2)) -> dict[str, Any]:
    """Write the model into the folder `out` and return its cross-validated scores, by the seed of the folds."""
    pages = read_pages(data)
    samples = [sample for number, page in enumerate(pages) if (sample := build_sample(number, page)) is not None]
    out.mkdir(parents=True, exist_ok=True)
    write_trees(fit(samples, OPTIONS, PAGE_NAMES), out / MODEL)
    return {f"seed {seed}": cross_validate(pages, samples, seed) for seed in seeds}
