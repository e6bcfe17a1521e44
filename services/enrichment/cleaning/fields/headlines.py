"""Which line is the headline.

Above a plain article it is the first line that says something of the article. A page's dump has hundreds of lines
above the article, other articles' headlines among them; there each line is scored by what headlines have in common:
words that recur in the article, a date or a byline or a share bar right below, copies elsewhere on the page, and an
indentation that encloses all between it and the article.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.contracts.dates import MONTH_ABBREVIATION
from services.enrichment.cleaning.fields.article_lines import Draft
from services.enrichment.cleaning.fields.captions import BYLINE, NAME
from services.enrichment.cleaning.lines.line import CLOSERS, Line

LONGEST_HEADLINE_WORDS = 25
LONGEST_HEADLINE = 250
"""Characters."""

LONGEST_SENTENCE = 9
"""Words of a headline with a full stop; with more it is the first sentence of an article that came without one. Of
10,593 titles one is longer; of 566 articles without a title 124 begin with such a line."""

SHORTEST_HEADLINE = 3
"""Words; fewer are a section or a kicker."""

SHORTEST_PAGE_HEADLINE = 2
"""Words of one in a page's dump, where there is more to know it by."""

LOOK_BACK = 60
"""Lines above the first paragraph in which the headline stands, of another text than a page's dump the first ones;
galleries take up to forty."""

OPENING_LINES = 6
"""Paragraphs of the article whose words are compared with the headline's."""

STEM = re.compile(r"\b[\uac00-\ud7a3]{2}|(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{2}|\w{4,}")
"""A word that says something, since shorter ones are in every line; in Hangul and Han, where words are short or not
set apart, what begins one."""

STEM_LETTERS = 5
"""Letters of a word that are compared: enough to tell words apart, few enough to bridge most inflections."""

FUNCTION_WORDS = frozenset(
    """
    about after also been before being between both could does down each every from have having here into just
    like more most much only other over said same says should some such than that their them then there these they
    this those through under very want wants were what when where which while will with would your
    """.split()
)
"""English words of four letters and more that every text has; those of other languages are mostly shorter."""

MOST_SHARED = 3
"""Words shared with the article beyond which more say nothing new."""

META_REACH = 4
"""Lines below a headline, empty items aside, within which its date, byline or share bar begins."""

DEPTH_PLAY = 4
"""Blanks that the article may stand further left than its headline: two levels of nesting."""

TITLED = 4
"""Words of a headline that a summary stands under; of fewer it is a kicker above the headline."""

META_LABELS = frozenset({"timestamp", "relative_time", "reading_time", "sharing", "byline"})

DATE = re.compile(
    r"\b(?:19|20)\d\d\b.{0,40}\d{1,2}:\d\d|\b\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d\b|\b(?:19|20)\d\d-\d\d-\d\d\b"
    r"|\b\d{1,2}:\d\d ?(?:[AaPp]\.?[Mm]\b|[A-Z]{2,4}\b)"
    rf"|\b{MONTH_ABBREVIATION}[a-z]{{0,6}}\.? \d{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)\d\d\b"
)
"""A date with its year, or a time of day: what stands below headlines and not in them."""

CREDIT = re.compile(
    r"\bCredit\b|\bPhoto(?:graph)?s?(?: by\b|:)|\bGetty\b|/AFP|\((?:AP|Reuters|AFP|EPA)\)|\bImage \d+ of \d+"
    r"|\([^()]{1,80}/[^()]{1,80}\)$|\b(?:Reuters|REUTERS|Associated Press|Shutterstock)\.?$|^©"
)
"""What a caption has."""

AGENCY = re.compile(r"\b(?:Associated Press|ASSOCIATED PRESS|Reuters|REUTERS|AFP|UPI|PTI|dpa|wire services)\b")
LONGEST_SIGNATURE = 6
"""Words of a line that an agency signs."""

TRAIL = re.compile(r"[»›>] |^https?://| [»›]$")
"""The marks of a trail of sections and of an address."""

TRAILING_TIME = re.compile(
    r"[ \t\u00a0]+(?:[^\W\d]{2,20} ?: ?)?[\[(]?[ ]?(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}(?:[ T]\d{1,2}:\d\d(?::\d\d)?)?"
    r"[ ]?[\])]?$"
)
"""A time stamp at the end of a headline's line, with the word before it that says what time it is."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What speaks for a line of a page's dump, in words shared with the article.

    Set by hand while reading 97 dumps, not learned: of the words of their headlines 0.97 on one half of the sites,
    0.94 on the other.
    """

    shared: float = 1.0
    """Each word that the article has, up to three."""
    unshared: float = -0.15
    """Each word that it has not: a headline paraphrases, a menu has no word of it."""
    meta: float = 2.0
    """A date, a byline or a share bar right below."""
    copied: float = 1.0
    """The same line elsewhere on the page: in the title, in a trail, in a gallery."""
    enclosing: float = 2.0
    """No line between it and the article stands further left, and the article not much."""
    far: float = -0.02
    """Each line between it and the article."""
    sentence: float = -2.0
    """A full stop at the end: a summary, a caption."""
    caption: float = -3.0
    trail: float = -3.0
    dated: float = -3.0
    signed: float = -3.0
    """A byline, or nothing but a name that the article has not."""
    short: float = -1.0
    """Two words."""
    first: float = 2.0
    """The first line of a text that is no page's dump."""
    below_title: float = -2.0
    """Right under a line that is a headline as well: the summary of the article, whose words are the article's."""
    within: float = -1.0
    """Within what was found to be the article, not above it."""
    related: float = -1.5
    """In what a rule takes for a list of other headlines."""


WEIGHTS = Weights()


def find_headline(draft: Draft, title: str | None, extent_start: int | None) -> None:
    """The headline's line: the given title's, else the one above the body that reads like the article's.

    `extent_start` is where the article begins in a page's dump; None in another text.
    """
    candidates = _find_head(draft) if extent_start is None else _find_above(draft, extent_start)
    if title is not None:
        key = " ".join(title.split()).casefold()
        draft.headline = next((line for line in candidates if line.key == key), None)
    else:
        draft.headline = _choose(draft, candidates, extent_start)
    if draft.headline is not None:
        _cut_time(draft, draft.headline)


def _choose(
    draft: Draft, candidates: Sequence[Line], extent_start: int | None, weights: Weights = WEIGHTS
) -> Line | None:
    """The line with the best score; of equals, the nearest to the article. None where nothing can be it."""
    if extent_start is None:
        candidates = [line for line in candidates if line.words <= LONGEST_SENTENCE or not _is_sentence(line)]
    if len(candidates) < 2:
        return next(iter(candidates), None)
    page = _Page(draft, extent_start, weights)
    scores = {id(line): page.rate(line) for line in candidates}
    if extent_start is None:
        scores[id(candidates[0])] += weights.first
    return max(reversed(candidates), key=lambda line: scores[id(line)])


class _Page:
    """What is known of a text for the scores of its lines."""

    def __init__(self, draft: Draft, extent_start: int | None, weights: Weights) -> None:
        self._lines, self._start, self._weights = draft.lines, extent_start, weights
        self._place = {id(line): number for number, line in enumerate(draft.lines)}
        self._copies = Counter(line.bare for line in draft.lines)
        start = extent_start or 0
        opening = [line for line in draft.body() if line.is_prose and line.start >= start][:OPENING_LINES]
        self._stems = Counter(stem for line in opening for stem in _stem(line))
        self._opening = {id(line) for line in opening}
        self._end = next((self._place[id(line)] for line in opening if not _is_question(line)), len(draft.lines))

    def rate(self, line: Line) -> float:
        number, weights = self._place[id(line)], self._weights
        own = _stem(line)
        shared = self._count_shared(line, own)
        between = self._below(number)
        facts = (
            (weights.meta, self._has_meta(number)),
            (weights.copied, self._copies[line.bare] > 1),
            (weights.enclosing, self._encloses(line, between)),
            (weights.sentence, _is_sentence(line)),
            (weights.caption, CREDIT.search(line.text) is not None),
            (weights.trail, TRAIL.search(line.text) is not None),
            (weights.dated, DATE.search(line.text) is not None and TRAILING_TIME.search(line.text) is None),
            (weights.signed, _is_signature(line, shared)),
            (weights.short, line.words < SHORTEST_HEADLINE),
            (weights.below_title, self._is_below_title(number)),
            (weights.within, self._start is not None and line.start >= self._start),
            (weights.related, line.label is not None),
        )
        score = weights.shared * min(shared, MOST_SHARED) + weights.unshared * (len(own) - shared)
        return score + weights.far * len(between) + sum(weight for weight, holds in facts if holds)

    def _below(self, number: int) -> Sequence[Line]:
        """The lines between one and the article, no more than are looked at."""
        return self._lines[number + 1 : min(self._end, number + 1 + LOOK_BACK)]

    def _count_shared(self, line: Line, stems: frozenset[str]) -> int:
        """Of the stems, those that the article has, in another line than this."""
        itself = id(line) in self._opening
        return sum(1 for stem in stems if self._stems[stem] > itself)

    def _encloses(self, line: Line, between: Sequence[Line]) -> bool:
        depth = self._lines[self._end].indent if self._end < len(self._lines) else line.indent
        return line.indent <= depth + DEPTH_PLAY and all(other.indent >= line.indent for other in between)

    def _has_meta(self, number: int) -> bool:
        if TRAILING_TIME.search(self._lines[number].text):
            return True
        below = [line for line in self._below(number) if any(map(str.isalnum, line.text))]
        return any(_is_meta(line) for line in below[:META_REACH])

    def _is_below_title(self, number: int) -> bool:
        line = self._lines[number]
        above = [other for other in self._lines[max(0, number - 2) : number] if other.indent == line.indent]
        return any(
            other.label is None
            and other.key != line.key
            and _can_be_headline(other, TITLED)
            and not other.text.isupper()
            and self._count_shared(other, _stem(other)) > 0
            and not _is_meta(other)
            for other in above
        )


def _is_meta(line: Line) -> bool:
    return (
        line.label in META_LABELS
        or (line.words <= LONGEST_HEADLINE_WORDS and BYLINE.match(line.text.lstrip("*•- ")) is not None)
        or line.key in {"by", "von", "par", "por"}
        or (line.words <= LONGEST_SIGNATURE and AGENCY.search(line.text) is not None)
        or (not line.is_prose and DATE.search(line.text) is not None)
    )


def _is_signature(line: Line, shared: int) -> bool:
    return BYLINE.match(line.text) is not None or (shared == 0 and NAME.fullmatch(line.text) is not None)


def _is_sentence(line: Line) -> bool:
    """Whether a full stop ends it."""
    return line.text.rstrip(CLOSERS).endswith((".", "。")) and not line.text.endswith("..")


def _is_question(line: Line) -> bool:
    """Whether a line that reads like a paragraph can be a headline that asks or exclaims."""
    return line.words <= LONGEST_HEADLINE_WORDS and line.text.rstrip(CLOSERS)[-1:] in {"?", "!", "？", "！", "؟"}


def _stem(line: Line) -> frozenset[str]:
    return frozenset(word[:STEM_LETTERS] for word in STEM.findall(line.key) if word not in FUNCTION_WORDS)


def _find_head(draft: Draft) -> list[Line]:
    body = draft.body()
    if len(body) < 2:
        return []
    head = body[: min(LOOK_BACK, max(1, count_head_lines(body)))]
    return [line for line in head if _can_be_headline(line, SHORTEST_HEADLINE)]


def _find_above(draft: Draft, extent_start: int) -> list[Line]:
    """The lines of a dump up to the article's first paragraph; the article may begin with its headline."""
    body = draft.body()
    prose = (line for line in body if line.is_prose and line.start >= extent_start and not _is_question(line))
    end = next((line.start for line in prose), extent_start)
    free = {id(line) for line in body}
    above = [line for line in draft.lines if line.start < end][-LOOK_BACK:]
    return [
        line
        for line in above
        if (id(line) in free or line.label == "related") and _can_be_headline(line, SHORTEST_PAGE_HEADLINE)
    ]


def count_head_lines(lines: Sequence[Line]) -> int:
    """How many lines stand before the first paragraph."""
    return next((index for index, line in enumerate(lines) if line.label is None and line.is_prose), len(lines))


def _can_be_headline(line: Line, least: int) -> bool:
    if line.bullet or line.words > LONGEST_HEADLINE_WORDS or len(line.text) > LONGEST_HEADLINE:
        return False
    return line.words >= least and not line.text.rstrip(CLOSERS).endswith(":")


def _cut_time(draft: Draft, headline: Line) -> None:
    """Take the time stamp at the end of the headline's line for a line of its own."""
    match = TRAILING_TIME.search(headline.text)
    headline.label = None
    if match is None or match.start() < LEAST_BEFORE_TIME:
        return
    draft.headline = _cut(headline, 0, match.start())
    rest = replace(_cut(headline, match.end() - len(match.group().lstrip()), len(headline.text)), label="timestamp")
    draft.lines = [part for line in draft.lines for part in ((draft.headline, rest) if line is headline else (line,))]


LEAST_BEFORE_TIME = 10
"""Characters; a time stamp alone is no headline's."""


def _cut(line: Line, start: int, end: int) -> Line:
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
