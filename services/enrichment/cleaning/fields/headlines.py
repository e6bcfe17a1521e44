"""The headline: which line of a text it is.

Above a plain article, the headline is the first line that says something about the article. A page's dump has hundreds
of lines above the article, and other articles' headlines among them. There, `headline_score` gives each line points for
what headlines have in common: words that recur in the article, a date, a byline or a share bar right below, copies
elsewhere on the page, and an indentation that encloses all lines between the headline and the article.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.enrichment.cleaning.fields.article_lines import ArticleLines
from services.enrichment.cleaning.fields.headline_score import (
    MAX_LINES_ABOVE,
    MIN_HEADLINE_WORDS,
    TRAILING_TIME,
    WEIGHTS,
    HeadlineScorer,
    HeadlineWeights,
    can_be_headline,
    is_question,
    is_sentence,
)
from services.enrichment.cleaning.lines.line import Line

MAX_SENTENCE_WORDS = 9
"""Maximum number of words of a headline with a full stop. A longer line is the first sentence of an article without a
headline: of 10,593 titles one is longer, and of 566 articles without a title 124 begin with a longer line."""

MIN_PAGE_HEADLINE_WORDS = 2
"""Minimum number of words of a headline in the text of a whole page with its menus, where indentation and blank lines
say more about each line than in a plain article."""

MIN_CHARACTERS_BEFORE_TIME = 10
"""Minimum number of characters of a headline before a time stamp in its line; a line with fewer is a time stamp
alone."""


def find_headline(article: ArticleLines, title: str | None, extent_start: int | None) -> None:
    """Find the headline: the line with the given title, or else the line that is most like a headline of the article.

    `extent_start` is the offset where the article begins in a page's dump; None for any other text.
    """
    candidates = _find_at_start(article) if extent_start is None else _find_above(article, extent_start)
    if title is not None:
        key = " ".join(title.split()).casefold()
        article.headline = next((line for line in candidates if line.key == key), None)
    else:
        article.headline = _choose(article, candidates, extent_start)
    if article.headline is not None:
        _cut_time(article, article.headline)


def _choose(
    article: ArticleLines, candidates: Sequence[Line], extent_start: int | None, weights: HeadlineWeights = WEIGHTS
) -> Line | None:
    """Return the candidate with the best score, or None if there is none; among equals, the nearest to the article."""
    if extent_start is None:
        candidates = [line for line in candidates if line.words <= MAX_SENTENCE_WORDS or not is_sentence(line)]
    if len(candidates) <= 1:
        return next(iter(candidates), None)
    scorer = HeadlineScorer(article, extent_start, weights)
    scores = {id(line): scorer.score(line) for line in candidates}
    if extent_start is None:
        scores[id(candidates[0])] += weights.first
    return max(reversed(candidates), key=lambda line: scores[id(line)])


def _find_at_start(article: ArticleLines) -> list[Line]:
    """Return the lines before the first paragraph that can be the headline, or the first line if it is a paragraph."""
    body = article.body_lines()
    if len(body) <= 1:
        return []
    head = body[: min(MAX_LINES_ABOVE, max(1, count_lines_before_prose(body)))]
    return [line for line in head if can_be_headline(line, MIN_HEADLINE_WORDS)]


def _find_above(article: ArticleLines, extent_start: int) -> list[Line]:
    """Return the lines of a dump up to the article's first paragraph that can be the headline.

    The article's extent may begin with its headline, and the headline may be in a list of other articles' headlines.
    """
    body = article.body_lines()
    prose = (line for line in body if line.is_prose and line.start >= extent_start and not is_question(line))
    end = next((line.start for line in prose), extent_start)
    in_body = {id(line) for line in body}
    above = [line for line in article.lines if line.start < end][-MAX_LINES_ABOVE:]
    return [
        line
        for line in above
        if (id(line) in in_body or line.label == "related") and can_be_headline(line, MIN_PAGE_HEADLINE_WORDS)
    ]


def count_lines_before_prose(lines: Sequence[Line]) -> int:
    """Return how many lines are before the first paragraph."""
    return next((index for index, line in enumerate(lines) if line.label is None and line.is_prose), len(lines))


def _cut_time(article: ArticleLines, headline: Line) -> None:
    """Cut a time stamp off the end of the headline's line and make it a line of its own."""
    match = TRAILING_TIME.search(headline.text)
    headline.label = None
    if match is None or match.start() < MIN_CHARACTERS_BEFORE_TIME:
        return
    article.headline = _cut(headline, 0, match.start())
    rest = replace(_cut(headline, match.end() - len(match.group().lstrip()), len(headline.text)), label="timestamp")
    article.lines = [
        part for line in article.lines for part in ((article.headline, rest) if line is headline else (line,))
    ]


def _cut(line: Line, start: int, end: int) -> Line:
    """Return a part of a line as a line."""
    text = line.text[start:end]
    return replace(
        line,
        start=line.start + start,
        end=line.start + end,
        text=text,
        key=text.casefold(),
        bare=text.casefold(),
        words=text.count(" ") + 1,
    )
