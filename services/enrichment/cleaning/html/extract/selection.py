"""Selection of the lines of an extract that are the article, by the page model: boosted trees over the lines' features.

The extraction chooses parts of a page; what it leaves in them, such as lists of other articles, boxes and labels, is
removed line by line. The model is more careful than the extraction: if it would remove much of a text, nothing is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from services.enrichment.cleaning.html.extract.line_features import measure_page_features
from services.enrichment.cleaning.html.extract.named_boxes import find_boxed
from services.enrichment.cleaning.html.tree.outline import Outline
from services.enrichment.cleaning.lines.line import Line
from services.enrichment.cleaning.lines.line_model import BoostedTrees
from services.enrichment.cleaning.lines.selection import MIN_CONFIDENCE, PAGE_FURNITURE
from services.enrichment.cleaning.offset_map import MappedText
from services.enrichment.log_odds import to_probability

MODEL = "page_model.json"

MAX_SCORE = -0.5
"""Log-odds under which a line is removed: below 0, because a lost line is worse than a kept one."""

SURE_SCORE = 1.5
"""Log-odds from which the model is sure of a line. In an element that is named as a box, other lines are removed."""

MAX_REMOVED = 0.35
"""Maximum share of a text's letters that are removed. Where the model would remove more, the page is unlike those that
it learned from."""


@cache
def load_page_trees() -> BoostedTrees:
    """Return the page model in the package; it is read once."""
    return BoostedTrees.from_package(str(__package__), MODEL)


def label_furniture(
    lines: Sequence[Line],
    mapped: MappedText,
    outline: Outline,
    html: str,
    title: str | None,
    trees: BoostedTrees | None = None,
) -> None:
    """Label as page furniture the lines without a label that are not the article; `outline` is of their page."""
    if not lines:
        return
    scores = (trees or load_page_trees()).score(measure_page_features(lines, mapped, outline, title))
    unlabelled = [(line, score) for line, score in zip(lines, scores.tolist(), strict=True) if line.label is None]
    unsure = [line for line, score in unlabelled if MAX_SCORE <= score < SURE_SCORE]
    sure = [line for line, score in unlabelled if score >= SURE_SCORE]
    boxed = {id(line) for line in find_boxed(unsure, sure, mapped, outline, html)}
    removed = [(line, score) for line, score in unlabelled if score < MAX_SCORE or id(line) in boxed]
    total = sum(len(line.text) for line, _ in unlabelled)
    if sum(len(line.text) for line, _ in removed) > MAX_REMOVED * total:
        return
    for line, score in removed:
        line.label = PAGE_FURNITURE
        line.confidence = max(MIN_CONFIDENCE, round(to_probability(-score), 2))
