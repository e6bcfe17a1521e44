"""The fields around the headline (section, subheadline, bylines), and the captions."""

from __future__ import annotations

from services.contracts.event import Caption
from services.enrichment.cleaning.fields.article_lines import ArticleLines, BylineLine, CaptionLine
from services.enrichment.cleaning.fields.bylines import find_names
from services.enrichment.cleaning.fields.captions import find_caption
from services.enrichment.cleaning.fields.headline_score import DATE, MAX_HEADLINE_WORDS
from services.enrichment.cleaning.lines.phrases import SECTIONS

MIN_SUBHEADLINE_WORDS = 5

CREDIT_CONFIDENCE = 0.9
REPEATED_CONFIDENCE = 0.99


def find_captions(article: ArticleLines) -> None:
    """Find the lines that end with a picture's credit.

    Such a line is a caption of the article. A line with a credit alone is labelled as a credit, and each copy of a
    caption as a repeated caption.
    """
    texts: set[str] = set()
    for line in article.lines:
        if line.label is not None:
            continue
        found = find_caption(line.text)
        if found is None:
            continue
        if found.text_end == 0:
            line.label, line.confidence = "credit", CREDIT_CONFIDENCE
            continue
        text = line.text[: found.text_end]
        if text in texts:
            line.label, line.confidence = "repeated_caption", REPEATED_CONFIDENCE
            continue
        texts.add(text)
        caption = Caption(text=text, credit=found.credit)
        article.captions.append(CaptionLine(line, line.start + found.text_end, caption))
    _label_copies_without_credit(article, texts)


def _label_copies_without_credit(article: ArticleLines, texts: set[str]) -> None:
    """Label the lines that repeat a caption's text without its credit, as pages often do."""
    captions = {id(found.line) for found in article.captions}
    for line in article.lines:
        if line.label is None and line.text in texts and id(line) not in captions:
            line.label, line.confidence = "repeated_caption", REPEATED_CONFIDENCE


def find_bylines(article: ArticleLines, count: int) -> None:
    """Find the bylines among the first `count` lines of the text."""
    first_lines = {id(line) for line in article.lines[:count]}
    for line in article.body_lines():
        if id(line) not in first_lines:
            continue
        names = find_names(line.text)
        if names is not None:
            article.bylines.append(BylineLine(line, [(line.start + start, line.start + end) for start, end in names]))


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
