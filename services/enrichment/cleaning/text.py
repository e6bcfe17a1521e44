"""Plain scraped text: which of its lines are the article."""

from __future__ import annotations

from services.enrichment.cleaning.article import CleanArticle
from services.enrichment.cleaning.compose import Known, compose
from services.enrichment.cleaning.fields.article_lines import Draft
from services.enrichment.cleaning.fields.header import (
    find_bylines,
    find_captions,
    find_section,
    find_subheadline,
    label_repeated_headline,
)
from services.enrichment.cleaning.fields.headlines import count_head_lines, find_headline
from services.enrichment.cleaning.lines.blocks import label_menus, label_related, label_repeated, release_dates
from services.enrichment.cleaning.lines.extent import is_page_dump
from services.enrichment.cleaning.lines.line import Line, split_lines
from services.enrichment.cleaning.lines.line_model import BoostedTrees, load_trees
from services.enrichment.cleaning.lines.rules import label
from services.enrichment.cleaning.lines.selection import FURNITURE, choose, label_rest
from services.enrichment.cleaning.offset_map import View, view_text
from services.enrichment.cleaning.spans import CONTROL_CHARACTERS

OUTSIDE_CONFIDENCE = 0.85
"""That a line outside the article's extent in a page's dump is none of it."""


def clean_text(raw: str, known: Known, trees: BoostedTrees | None = None) -> CleanArticle:
    """The article in a plain text; what the page around it added is taken out.

    `trees` instead of the model in the package are for those who measure a model.
    """
    return clean_view(raw, view_text(raw), known, CONTROL_CHARACTERS, trees)


def clean_view(raw: str, view: View, known: Known, gap_rule: str, trees: BoostedTrees | None = None) -> CleanArticle:
    """The article in a view of a text; what of the raw text is not in the view, `gap_rule` took out."""
    lines = read_lines(view.text)
    is_dump = is_page_dump(lines)
    extent_start = _cut_to_article(lines, trees or load_trees()) if is_dump else None
    if not is_dump:
        release_dates(lines)
    draft = Draft(lines)
    find_captions(draft)
    head = count_head_lines(lines)
    find_bylines(draft, head + 2)
    find_headline(draft, known.title, extent_start)
    label_repeated_headline(draft, known.title)
    label_repeated(draft.body(), is_dump=is_dump)
    find_section(draft)
    find_subheadline(draft)
    if extent_start is not None:
        _label_outside(draft, extent_start)
    return compose(raw, view, draft, known, gap_rule)


def read_lines(text: str) -> list[Line]:
    """The lines of a text, labelled by the rules that look at lines alone and in company."""
    lines = split_lines(text)
    for line in lines:
        label(line)
    label_menus(lines)
    label_related(lines)
    return lines


def _cut_to_article(lines: list[Line], trees: BoostedTrees) -> int:
    """Take out what is not the article from its first line on; what lies before it may yet hold the headline."""
    kept, probabilities = choose(lines, trees)
    first = kept.index(True) if any(kept) else 0
    label_rest(lines[first:], kept[first:], probabilities[first:])
    return lines[first].start


def _label_outside(draft: Draft, first: int) -> None:
    for line in draft.body():
        if line.start < first:
            line.label, line.confidence = FURNITURE, OUTSIDE_CONFIDENCE
