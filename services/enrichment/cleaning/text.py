"""Cleaning of scraped plain text: which of its lines are the article."""

from __future__ import annotations

from dataclasses import replace

from services.enrichment.cleaning.article import CleanArticle
from services.enrichment.cleaning.compose import KnownFields, compose
from services.enrichment.cleaning.confidence import CLEAN_TEXT, estimate_text
from services.enrichment.cleaning.fields.around_headline import (
    find_section,
    find_subheadline,
    label_repeated_headline,
)
from services.enrichment.cleaning.fields.article_lines import ArticleLines
from services.enrichment.cleaning.fields.bylines import find_bylines
from services.enrichment.cleaning.fields.captions import find_captions, return_captions
from services.enrichment.cleaning.fields.headlines import count_lines_before_prose, find_headline
from services.enrichment.cleaning.lines.blocks import (
    label_menus,
    label_related,
    label_repeated,
    unlabel_dates_in_body,
)
from services.enrichment.cleaning.lines.extent import is_page_dump
from services.enrichment.cleaning.lines.fragments import join_fragments
from services.enrichment.cleaning.lines.labelling import label_by_rules
from services.enrichment.cleaning.lines.line import Line, split_lines
from services.enrichment.cleaning.lines.line_model import BoostedTrees, load_trees
from services.enrichment.cleaning.lines.selection import PAGE_FURNITURE, label_unselected, select_lines
from services.enrichment.cleaning.offset_map import MappedText, has_references, map_text
from services.enrichment.cleaning.spans import CONTROL_CHARACTERS, MARKUP

OUTSIDE_CONFIDENCE = 0.85
"""Confidence that a line of a page's dump before the article's first line is not part of the article."""

BYLINE_REACH = 2
"""Number of lines from the first paragraph on that may still contain a byline: it can follow the summary of an
article."""


def clean_text(raw: str, known: KnownFields, trees: BoostedTrees | None = None) -> CleanArticle:
    """Return the article in a plain text without the text that the page around it added.

    `trees` replaces the line model in the package, so that another model can be scored.
    """
    is_encoded = has_references(raw)
    mapped = join_fragments(map_text(raw, is_encoded=is_encoded))
    return clean_mapped_text(raw, mapped, known, MARKUP if is_encoded else CONTROL_CHARACTERS, trees)


def clean_mapped_text(
    raw: str,
    mapped: MappedText,
    known: KnownFields,
    gap_rule: str,
    trees: BoostedTrees | None = None,
    *,
    is_wrapped: bool = True,
) -> CleanArticle:
    """Return the article in a text made from the raw text; `gap_rule` removed the rest of the raw text.

    `is_wrapped` says whether a paragraph can have several lines.
    """
    lines = read_lines(mapped.text)
    is_dump = is_page_dump(lines)
    extent_start, confidence = _cut_to_article(lines, trees or load_trees()) if is_dump else (None, CLEAN_TEXT)
    if not is_dump:
        unlabel_dates_in_body(lines)
    article = ArticleLines(lines)
    find_captions(article)
    find_bylines(article, count_lines_before_prose(lines) + BYLINE_REACH)
    find_headline(article, known.title, extent_start)
    label_repeated_headline(article, known.title)
    label_repeated(article.body_lines(), is_dump=is_dump)
    find_section(article)
    find_subheadline(article)
    if not is_dump:
        return_captions(article)
    if extent_start is not None:
        _label_before(article, extent_start)
    composed = compose(raw, mapped, article, known, gap_rule, is_wrapped=is_wrapped)
    return replace(composed, confidence=confidence if composed.body else 0.0)


def read_lines(text: str) -> list[Line]:
    """Return the lines of a text, labelled by the rules for single lines and the rules for several lines."""
    lines = split_lines(text)
    label_by_rules(lines)
    label_menus(lines)
    label_related(lines)
    return lines


def _cut_to_article(lines: list[Line], trees: BoostedTrees) -> tuple[int, float]:
    """Label the lines that are not the article; return the offset of the article's first line and the confidence.

    Lines before the first line of the article stay as they are, because the headline may be among them.
    """
    is_selected, probabilities = select_lines(lines, trees)
    first = is_selected.index(True) if any(is_selected) else 0
    label_unselected(lines[first:], is_selected[first:], probabilities[first:])
    return lines[first].start, estimate_text(lines, is_selected, probabilities)


def _label_before(article: ArticleLines, start: int) -> None:
    """Label the body lines before an offset as page furniture."""
    for line in article.body_lines():
        if line.start < start:
            line.label, line.confidence = PAGE_FURNITURE, OUTSIDE_CONFIDENCE
