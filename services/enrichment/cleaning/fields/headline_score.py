"""Scores of the lines of a text as its headline."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.contracts.times.dates import MONTH_ABBREVIATION
from services.enrichment.cleaning.fields.article_lines import ArticleLines
from services.enrichment.cleaning.fields.bylines import BYLINE, NAME
from services.enrichment.cleaning.lines.line import CLOSERS, Line

MAX_HEADLINE_WORDS = 25
MAX_HEADLINE_CHARACTERS = 250

MIN_HEADLINE_WORDS = 3
"""Minimum number of words of a headline; a line with fewer is a section or a kicker."""

MIN_TITLE_WORDS = 4
"""Minimum number of words of a headline that has a summary below it; a line with fewer is a kicker above the
headline."""

MAX_LINES_ABOVE = 60
"""Maximum number of lines before the first paragraph in which the headline is searched: the last ones of a page's dump,
the first ones of another text. Galleries of pictures have up to forty lines."""

MAX_OPENING_LINES = 6
"""Maximum number of paragraphs at the start of the article whose words are compared with the headline's."""

STEM = re.compile(r"\b[\uac00-\ud7a3]{2}|(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{2}|\w{4,}")
"""Pattern for a word that is compared: four letters or more, because shorter words are in every line. In Hangul and
Han, where words are short or not separated, the pattern matches the first two characters."""

MAX_STEM_LETTERS = 5
"""Number of letters of a word that are compared: enough to distinguish words, few enough to match most inflected
forms."""

FUNCTION_WORDS = frozenset(
    """
    about after also been before being between both could does down each every from have having here into just
    like more most much only other over said same says should some such than that their them then there these they
    this those through under very want wants were what when where which while will with would your
    """.split()
)
"""English words of four letters or more that every text has. Such words of other languages are mostly shorter."""

MAX_SHARED_WORDS = 3
"""Maximum number of shared words that count; further ones prove nothing more."""

META_LINES = 4
"""Number of lines below a headline, not counting empty items, that are searched for its date, byline or share bar."""

TITLE_LINES = 2
"""Number of lines above a line that are searched for a headline; if one is there, the line is its summary."""

MAX_OUTDENT = 4
"""Maximum number of columns by which the article may be further left than its headline: two levels of nesting."""

META_LABELS = frozenset({"timestamp", "relative_time", "reading_time", "sharing", "byline"})

BYLINE_WORDS = frozenset({"by", "von", "par", "por"})
"""Lines, in small letters, that announce a byline in the next line."""

DATE = re.compile(
    r"\b(?:19|20)\d\d\b.{0,40}\d{1,2}:\d\d|\b\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d\b|\b(?:19|20)\d\d-\d\d-\d\d\b"
    r"|\b\d{1,2}:\d\d ?(?:[AaPp]\.?[Mm]\b|[A-Z]{2,4}\b)"
    rf"|\b{MONTH_ABBREVIATION}[a-z]{{0,6}}\.? \d{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)\d\d\b"
)
"""A date with its year, or a time of day, as lines below headlines have them and headlines do not."""

CREDIT = re.compile(
    r"\bCredit\b|\bPhoto(?:graph)?s?(?: by\b|:)|\bGetty\b|/AFP|\((?:AP|Reuters|AFP|EPA)\)|\bImage \d+ of \d+"
    r"|\([^()]{1,80}/[^()]{1,80}\)$|\b(?:Reuters|REUTERS|Associated Press|Shutterstock)\.?$|^©"
)
"""A part of a caption with its credit."""

AGENCY = re.compile(r"\b(?:Associated Press|ASSOCIATED PRESS|Reuters|REUTERS|AFP|UPI|PTI|dpa|wire services)\b")
MAX_AGENCY_WORDS = 6
"""Maximum number of words of a line that is the signature of an agency."""

TRAIL = re.compile(r"[»›>] |^https?://| [»›]$")
"""The marks of a trail of sections ("Home » News") and of an address."""

TRAILING_TIME = re.compile(
    r"[ \t\u00a0]+(?:[^\W\d]{2,20} ?: ?)?[\[(]?[ ]?(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}(?:[ T]\d{1,2}:\d\d(?::\d\d)?)?"
    r"[ ]?[\])]?$"
)
"""A time stamp at the end of a headline's line, with the word before it that says which time it is."""


@dataclass(frozen=True, slots=True)
class HeadlineWeights:
    """Points for and against a line as the headline; one word shared with the article has 1 point.

    The weights were not learned; they were set by hand while reading 97 dumps of pages.
    """

    shared: float = 1.0
    """Points for each word that the article has, too, up to `MAX_SHARED_WORDS`."""
    unshared: float = -0.15
    """Points for each word that the article does not have: a headline paraphrases, but a menu shares no word."""
    meta: float = 2.0
    """Points for a date, a byline or a share bar right below."""
    copied: float = 1.0
    """Points for the same line elsewhere on the page: in the title, in a trail, in a gallery."""
    enclosing: float = 2.0
    """Points if no line between it and the article is further left, and the article not by more than `MAX_OUTDENT`."""
    far: float = -0.02
    """Points for each line between it and the article."""
    sentence: float = -2.0
    """Points for a full stop at the end, which summaries and captions have."""
    caption: float = -3.0
    """Points for a picture's credit."""
    trail: float = -3.0
    """Points for the marks of a trail of sections."""
    dated: float = -3.0
    """Points for a date or a time of day that is not at the end."""
    signed: float = -3.0
    """Points for a byline, or for a line that is only a name and shares no word with the article."""
    short: float = -1.0
    """Points for a line of fewer than `MIN_HEADLINE_WORDS` words."""
    first: float = 2.0
    """Points for the first line of a text that is no page's dump."""
    below_title: float = -2.0
    """Points for a line right below another possible headline: it is the summary, which shares the article's words."""
    within: float = -1.0
    """Points for a line within the article's extent and not above it."""
    related: float = -1.5
    """Points for a line that a rule labelled as one of a list of other headlines."""


WEIGHTS = HeadlineWeights()


class HeadlineScorer:
    """Scorer of the lines of one text as its headline."""

    def __init__(self, article: ArticleLines, extent_start: int | None, weights: HeadlineWeights = WEIGHTS) -> None:
        self._lines, self._extent_start, self._weights = article.lines, extent_start, weights
        self._number = {id(line): number for number, line in enumerate(article.lines)}
        self._copies = Counter(line.bare for line in article.lines)
        prose = [line for line in article.body_lines() if line.is_prose and line.start >= (extent_start or 0)]
        opening = prose[:MAX_OPENING_LINES]
        self._stems = Counter(stem for line in opening for stem in find_stems(line))
        self._opening = {id(line) for line in opening}
        self._end = next((self._number[id(line)] for line in opening if not is_question(line)), len(article.lines))

    def score(self, line: Line) -> float:
        """Return the points of a line; the line with the most points is the headline."""
        number, weights = self._number[id(line)], self._weights
        stems = find_stems(line)
        shared = self._count_shared(line, stems)
        between = self._lines_below(number)
        facts = (
            (weights.meta, self._has_meta_below(number)),
            (weights.copied, self._copies[line.bare] > 1),
            (weights.enclosing, self._encloses_article(line, between)),
            (weights.sentence, is_sentence(line)),
            (weights.caption, CREDIT.search(line.text) is not None),
            (weights.trail, TRAIL.search(line.text) is not None),
            (weights.dated, DATE.search(line.text) is not None and TRAILING_TIME.search(line.text) is None),
            (weights.signed, _is_signature(line, shared)),
            (weights.short, line.words < MIN_HEADLINE_WORDS),
            (weights.below_title, self._is_below_title(number)),
            (weights.within, self._extent_start is not None and line.start >= self._extent_start),
            (weights.related, line.label is not None),
        )
        score = weights.shared * min(shared, MAX_SHARED_WORDS) + weights.unshared * (len(stems) - shared)
        return score + weights.far * len(between) + sum(weight for weight, holds in facts if holds)

    def _lines_below(self, number: int) -> Sequence[Line]:
        """Return the lines between a line and the article, at most `MAX_LINES_ABOVE`."""
        return self._lines[number + 1 : min(self._end, number + 1 + MAX_LINES_ABOVE)]

    def _count_shared(self, line: Line, stems: frozenset[str]) -> int:
        """Return how many of a line's stems are in other lines of the article's opening."""
        own_count = id(line) in self._opening
        return sum(1 for stem in stems if self._stems[stem] > own_count)

    def _encloses_article(self, line: Line, between: Sequence[Line]) -> bool:
        depth = self._lines[self._end].indent if self._end < len(self._lines) else line.indent
        return line.indent <= depth + MAX_OUTDENT and all(other.indent >= line.indent for other in between)

    def _has_meta_below(self, number: int) -> bool:
        if TRAILING_TIME.search(self._lines[number].text):
            return True
        below = [line for line in self._lines_below(number) if any(map(str.isalnum, line.text))]
        return any(_is_meta(line) for line in below[:META_LINES])

    def _is_below_title(self, number: int) -> bool:
        line = self._lines[number]
        above = [other for other in self._lines[max(0, number - TITLE_LINES) : number] if other.indent == line.indent]
        return any(
            other.label is None
            and other.key != line.key
            and can_be_headline(other, MIN_TITLE_WORDS)
            and not other.text.isupper()
            and self._count_shared(other, find_stems(other)) > 0
            and not _is_meta(other)
            for other in above
        )


def find_stems(line: Line) -> frozenset[str]:
    """Return the beginnings of the words of a line that say something."""
    return frozenset(word[:MAX_STEM_LETTERS] for word in STEM.findall(line.key) if word not in FUNCTION_WORDS)


def can_be_headline(line: Line, min_words: int) -> bool:
    """Return whether a line has the length and the form of a headline."""
    if line.is_item or line.words > MAX_HEADLINE_WORDS or len(line.text) > MAX_HEADLINE_CHARACTERS:
        return False
    return line.words >= min_words and not line.text.rstrip(CLOSERS).endswith(":")


def is_sentence(line: Line) -> bool:
    """Return whether a line ends with a full stop."""
    return line.text.rstrip(CLOSERS).endswith((".", "。")) and not line.text.endswith("..")


def is_question(line: Line) -> bool:
    """Return whether a line ends with a question or exclamation mark and is short enough for a headline."""
    return line.words <= MAX_HEADLINE_WORDS and line.text.rstrip(CLOSERS)[-1:] in {"?", "!", "？", "！", "؟"}


def _is_meta(line: Line) -> bool:
    """Return whether a line is a date, a byline, a share bar or an agency's signature."""
    return (
        line.label in META_LABELS
        or (line.words <= MAX_HEADLINE_WORDS and BYLINE.match(line.text.lstrip("*•- ")) is not None)
        or line.key in BYLINE_WORDS
        or (line.words <= MAX_AGENCY_WORDS and AGENCY.search(line.text) is not None)
        or (not line.is_prose and DATE.search(line.text) is not None)
    )


def _is_signature(line: Line, shared: int) -> bool:
    return BYLINE.match(line.text) is not None or (shared == 0 and NAME.fullmatch(line.text) is not None)
