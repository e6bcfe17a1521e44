"""The lines around the headline: section, subheadline, and copies of the headline."""

from __future__ import annotations

from services.enrichment.cleaning.fields.article_lines import ArticleLines
from services.enrichment.cleaning.fields.headline_score import DATE, MAX_HEADLINE_WORDS
from services.enrichment.cleaning.lines.phrases import SECTIONS

MIN_SUBHEADLINE_WORDS = 5

REPEATED_CONFIDENCE = 0.99


def find_section(article: ArticleLines) -> None:
    """Find a section's name in the line right above the headline."""
    if article.headline is None:
        return
    above = [line for line in article.body_lines() if line.start < article.headline.start]
    if above and above[-1].bare in SECTIONS and above[-1].bare == above[-1].key:
        article.section = above[-1]


def find_subheadline(article: ArticleLines) -> None:
    """Find the subheadline: a line right below the headline that is no paragraph and is followed by a paragraph."""
    if article.headline is None:
        return
    below = [line for line in article.body_lines() if line.start > article.headline.start]
    if len(below) <= 1:
        return
    candidate, following = below[0], below[1]
    if candidate.is_prose or candidate.is_item or DATE.search(candidate.text):
        return
    if following.is_prose and MIN_SUBHEADLINE_WORDS <= candidate.words <= MAX_HEADLINE_WORDS:
        article.subheadline = candidate


def label_repeated_headline(article: ArticleLines, title: str | None) -> None:
    """Label the body lines that repeat the headline, unless all lines of the body do.

    If no line of the text was found to be the headline, label the lines that repeat `title`, which the sender or the
    page gave.
    """
    key = article.headline.key if article.headline else (" ".join(title.split()).casefold() if title else None)
    body = article.body_lines()
    repeated = [line for line in body if line.key == key]
    for line in repeated if len(repeated) < len(body) else ():
        line.label, line.confidence = "repeated_headline", REPEATED_CONFIDENCE
