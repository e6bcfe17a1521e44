"""Rules for lines in company: menus, lists of other articles, repetitions."""

from __future__ import annotations

from collections.abc import Sequence

from services.enrichment.cleaning.lines.line import Line
from services.enrichment.cleaning.lines.patterns import STAMP_WORD
from services.enrichment.cleaning.lines.phrases import EDGE_NAVIGATION, MENU, NAVIGATION, RELATED_HEADERS

SHORTEST_MENU = 3
"""Section names in a row that make a menu; one or two can be a section line and a subheading."""

MENU_CONFIDENCE = 0.95
RELATED_CONFIDENCE = 0.9
REPEATED_CONFIDENCE = 0.99

HEADER_BEGINNINGS = ("more from ", "more on ", "latest from ", "read more on ", "read more about ")
"""Of lines that announce other articles and name a subject or a site."""

SHORTEST_REPEATED = 24
"""Characters from which a second, equal line is a repetition and not a refrain such as "Applause."."""

SHORTEST_COPY = 80
"""The same outside a page's dump."""


def label_menus(lines: Sequence[Line]) -> None:
    """Names of sections are navigation when they stand in a row; and some words above and below the text are."""
    run: list[Line] = []
    for line in [*lines, None]:
        if line is not None and (line.label == "navigation" or line.bare in MENU):
            run.append(line)
            continue
        if len(run) >= SHORTEST_MENU:
            for member in run:
                if member.label is None:
                    member.label, member.confidence = "navigation", MENU_CONFIDENCE
        run = []
    prose = [index for index, line in enumerate(lines) if line.label is None and line.is_prose]
    first, last = (prose[0], prose[-1]) if prose else (len(lines), len(lines))
    for line in (*lines[:first], *lines[last:]):
        if line.label is None and line.bare in EDGE_NAVIGATION:
            line.label, line.confidence = "navigation", MENU_CONFIDENCE


def release_dates(lines: Sequence[Line]) -> None:
    """A date alone below the first paragraph heads a part of the story."""
    seen_prose = False
    for line in lines:
        seen_prose = seen_prose or (line.label is None and line.is_prose)
        if seen_prose and line.label == "timestamp" and not STAMP_WORD.search(line.key):
            line.label, line.confidence = None, 1.0


def label_related(lines: Sequence[Line]) -> None:
    """Behind "People are also reading" stand other articles' headlines, up to the next sentence.

    Only after the first paragraph: before it, "Most read" is an item of the menu. In an indented text the list ends
    where the indentation of its header does.
    """
    is_inside = seen_prose = False
    depth = 0
    for line in lines:
        if is_related_header(line) and (seen_prose or line.bare not in NAVIGATION):
            is_inside, depth = True, line.indent
        elif is_inside and (_ends_list(line) or line.indent < depth):
            is_inside = False
        seen_prose = seen_prose or (line.label is None and line.is_prose)
        if is_inside:
            line.label, line.confidence = "related", RELATED_CONFIDENCE


def label_repeated(lines: Sequence[Line], *, is_dump: bool) -> None:
    """What stands there a second time, letter for letter.

    Outside a page's dump only whole paragraphs: the items of a list may well be alike.
    """
    seen: dict[str, Line] = {}
    for line in lines:
        if line.label is not None or len(line.key) < (SHORTEST_REPEATED if is_dump else SHORTEST_COPY):
            continue
        if line.key in seen:
            line.label, line.confidence = "repeated", REPEATED_CONFIDENCE
        else:
            seen[line.key] = line


def is_related_header(line: Line) -> bool:
    """Whether the line announces other articles."""
    return line.bare in RELATED_HEADERS or (line.words <= 6 and line.bare.startswith(HEADER_BEGINNINGS))


def _ends_list(line: Line) -> bool:
    return line.label is None and not line.bullet and line.is_prose and line.is_sentence and line.text[-1] != "?"
