"""Bylines: the names of the authors of an article."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.contracts.text.author_names import ROLE
from services.enrichment.cleaning.fields.article_lines import ArticleLines, BylineLine
from services.enrichment.cleaning.lines.line import Line
from services.enrichment.cleaning.lines.names import count_plain_words

NAME_WORD = r"[A-Z\u00c0-\u00de][\w\u00c0-\u024f.’'-]{0,30}"
NO_NAME = "AND |Updated |Published |Posted "
"""Words after an author's name that are not part of the name, although they begin with a capital."""

NAME = re.compile(
    rf"{NAME_WORD}(?:[ \u00a0](?!{NO_NAME})(?:{NAME_WORD}|de|da|di|del|della|van|von|der|den|bin|al|el|la|le)){{1,4}}"
)
BYLINE = re.compile(
    r"(?:By|BY|by|Written by|Reported by|Story by|Words by|Von|Par|Por|De|Di)[ \u00a0:]+(?=[A-Z\u00c0-\u00de])"
)
NAME_SEPARATOR = re.compile(r", |; | \| | & | (?:and|AND|und|et|y|e) ")
ALONE = frozenset({"by", "by:", "von", "par", "por", "di", "door"})
"""Lines that introduce a name in the next line, in small letters."""

MAX_BYLINE_WORDS = 16

MAX_TITLE_WORDS = 6
"""Maximum number of words of a job title behind a name."""

MAX_WORDS_BESIDE_NAMES = 2
"""Maximum number of words beside the names in a line that repeats a byline, such as "Von" and a place."""

BYLINE_CONFIDENCE = 0.95

MAX_PLAIN_WORDS = 4
"""Maximum number of words of a byline that are no names; a line that ends like a sentence has none."""


def find_bylines(article: ArticleLines, count: int) -> None:
    """Find the bylines among the first `count` lines of the text."""
    first_lines = {id(line) for line in article.lines[:count]}
    before: Line | None = None
    for line in article.body_lines():
        if id(line) not in first_lines:
            continue
        names = find_names(line.text) or find_signature(line, before)
        if names is not None:
            article.bylines.append(BylineLine(line, [(line.start + start, line.start + end) for start, end in names]))
            if before is not None and before.key in ALONE:
                article.bylines.append(BylineLine(before, []))
        before = line


def label_repeated_bylines(article: ArticleLines, names: Sequence[str]) -> None:
    """Label the body lines that are only a byline of one of the article's `names`.

    Such a line has at most two other words, begins like a byline ("By Ann Lee in Oslo"), or has a job title.
    """
    folded = [name.casefold() for name in names]
    for line in article.body_lines():
        present = [name for name in folded if name in line.key]
        if not present or line.words > MAX_BYLINE_WORDS:
            continue
        rest = line.key
        for name in present:
            rest = rest.replace(name, " ")
        is_short = sum(any(map(str.isalpha, word)) for word in rest.split()) <= MAX_WORDS_BESIDE_NAMES
        if is_short or find_names(line.text) or find_signature(line):
            line.label, line.confidence = "byline", BYLINE_CONFIDENCE


def find_signature(line: Line, before: Line | None = None) -> list[tuple[int, int]] | None:
    """Return the place of a name that is alone below a line "By", or before a job title: "Ann Lee, Staff Writer"."""
    match = NAME.match(line.text)
    if match is None or ROLE.search(match.group()):
        return None
    rest = line.text[match.end() :]
    is_below = before is not None and before.key in ALONE and not rest
    is_titled = rest.startswith((", ", " | ", " - ")) and ROLE.search(rest) and len(rest.split()) <= MAX_TITLE_WORDS
    return [(match.start(), match.end())] if is_below or (is_titled and not line.is_sentence) else None


def find_names(text: str) -> list[tuple[int, int]] | None:
    """Return the places of the names in "By Ann Lee and Bo Ek, Staff Writer"; None if the text is no byline."""
    match = BYLINE.match(text)
    if match is None or len(text.split()) > MAX_BYLINE_WORDS or text[-1:] in "!?;":
        return None
    if count_plain_words(text[match.end() :]) > (0 if text.endswith(".") else MAX_PLAIN_WORDS):
        return None
    names = [
        (found.start(), found.end())
        for start in _find_name_starts(text, match.end())
        if (found := NAME.match(text, start)) and not ROLE.search(found.group())
    ]
    return names or None


def _find_name_starts(text: str, start: int) -> list[int]:
    """Return the positions from `start` on at which a name can begin."""
    return [start, *(found.end() for found in NAME_SEPARATOR.finditer(text, start))]
