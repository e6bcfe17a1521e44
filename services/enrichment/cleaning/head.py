"""What stands above the body: headline, subheadline, byline, captions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.contracts.event import Caption
from services.enrichment.cleaning.captions import find_caption, find_names
from services.enrichment.cleaning.draft import CaptionLine, Draft, Names
from services.enrichment.cleaning.lines import CLOSERS, Line
from services.enrichment.cleaning.phrases import SECTIONS

LONGEST_HEADLINE_WORDS = 25
LONGEST_HEADLINE = 250
"""Characters."""

SHORTEST_HEADLINE = 3
"""Words; fewer are a section or a kicker."""

SHORTEST_SUBHEADLINE = 5

BYLINE_REACH = 12
"""Lines behind the headline in which a byline can stand."""

LOOK_BACK = 30
"""Lines before the first paragraph of a page's dump in which its headline stands."""

OPENING_LINES = 6
"""Paragraphs of the article whose words are compared with the headline's."""

WORD = re.compile(r"\w{4,}")
"""Words that say something: shorter ones are in every line."""

UNSHARED = 0.2
"""Of a shared word that one counts which the article has not: a headline paraphrases, a menu has no word of it."""

DISTANCE = 0.05
"""Of a shared word that a line further up counts less."""


def find_captions(draft: Draft) -> None:
    """Lines that end in a picture's credit, and a line that stands twice in a row above the body.

    The second of two equal captions is labelled.
    """
    texts: set[str] = set()
    for line in draft.lines:
        if line.label is not None:
            continue
        found = find_caption(line.text)
        if found is None:
            continue
        if found.text_end == 0:
            line.label, line.confidence = "credit", 0.9
            continue
        text = line.text[: found.text_end]
        if text in texts:
            line.label, line.confidence = "repeated_caption", 0.99
            continue
        texts.add(text)
        caption = Caption(text=text, credit=found.credit)
        draft.captions.append(CaptionLine(line, line.start + found.text_end, caption))
    _label_plain_copies(draft, texts)


def _label_plain_copies(draft: Draft, texts: set[str]) -> None:
    """A caption is often repeated without its credit."""
    captions = {id(found.line) for found in draft.captions}
    for line in draft.lines:
        if line.label is None and line.text in texts and id(line) not in captions:
            line.label, line.confidence = "repeated_caption", 0.99


def find_bylines(draft: Draft, last: int) -> None:
    """Bylines among the first `last` lines."""
    reach = {id(line) for line in draft.lines[:last]}
    for line in draft.body():
        if id(line) not in reach:
            continue
        names = find_names(line.text)
        if names is not None:
            draft.bylines.append(Names(line, [(line.start + start, line.start + end) for start, end in names]))


def find_headline(draft: Draft, title: str | None, extent_start: int | None) -> None:
    """The headline's line: the given title's, else the first above the body that can be one.

    In a page's dump, whose article begins at `extent_start`, the one that the article has most words of.
    """
    candidates = _candidates(draft) if extent_start is None else _candidates_above(draft, extent_start)
    if title is not None:
        key = " ".join(title.split()).casefold()
        draft.headline = next((line for line in candidates if line.key == key), None)
    elif candidates:
        draft.headline = candidates[0] if extent_start is None else _choose_like_body(candidates, draft, extent_start)


def _choose_like_body(candidates: Sequence[Line], draft: Draft, extent_start: int) -> Line:
    """Of a page's lines above the article, the one whose words the article has; of equals, the nearest to it."""
    opening = [line for line in draft.body() if line.is_prose and line.start >= extent_start][:OPENING_LINES]
    words = {word for line in opening for word in WORD.findall(line.key)}

    def score(position: int) -> float:
        own = set(WORD.findall(candidates[position].key))
        return len(own & words) - UNSHARED * len(own - words) - DISTANCE * (len(candidates) - position)

    return candidates[max(range(len(candidates)), key=lambda position: (score(position), position))]


def find_section(draft: Draft) -> None:
    """A section's name right above the headline."""
    if draft.headline is None:
        return
    above = [line for line in draft.body() if line.start < draft.headline.start]
    if above and above[-1].bare in SECTIONS and above[-1].bare == above[-1].key:
        draft.section = above[-1]


def find_subheadline(draft: Draft) -> None:
    """A line right under the headline that is no paragraph."""
    if draft.headline is None:
        return
    body = draft.body()
    below = [line for line in body if line.start > draft.headline.start]
    if len(below) < 2 or below[0].is_prose or below[0].words < SHORTEST_SUBHEADLINE or below[0].bullet:
        return
    if below[1].is_prose and below[0].words <= LONGEST_HEADLINE_WORDS:
        draft.subheadline = below[0]


def label_repeated_headline(draft: Draft, title: str | None) -> None:
    """The headline a second time; never the only line that the body has."""
    key = draft.headline.key if draft.headline else (" ".join(title.split()).casefold() if title else None)
    body = draft.body()
    repeated = [line for line in body if line.key == key]
    for line in repeated if len(repeated) < len(body) else ():
        line.label, line.confidence = "repeated_headline", 0.99


def count_head_lines(lines: Sequence[Line]) -> int:
    """How many lines stand before the first paragraph."""
    return next((index for index, line in enumerate(lines) if line.label is None and line.is_prose), len(lines))


def _candidates(draft: Draft) -> list[Line]:
    body = draft.body()
    if len(body) < 2:
        return []
    head = body[: max(1, count_head_lines(body))]
    return [line for line in head if _can_be_headline(line)]


def _candidates_above(draft: Draft, extent_start: int) -> list[Line]:
    above = [line for line in draft.body() if line.start < extent_start and _can_be_headline(line)]
    return above[-LOOK_BACK:]


def _can_be_headline(line: Line) -> bool:
    if line.bullet or line.words > LONGEST_HEADLINE_WORDS or len(line.text) > LONGEST_HEADLINE:
        return False
    if line.text.rstrip(CLOSERS).endswith((".", "。", ":")) and not line.text.endswith(("..", "U.S.", "U.K.")):
        return False
    return line.words >= SHORTEST_HEADLINE
