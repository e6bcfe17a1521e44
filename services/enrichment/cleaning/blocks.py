"""Rules for lines in company: menus, lists of other articles, repetitions."""

from __future__ import annotations

from collections.abc import Sequence

from services.enrichment.cleaning.lines import BULLET, Line
from services.enrichment.cleaning.phrases import NAVIGATION, RELATED_HEADERS, SECTIONS
from services.enrichment.cleaning.rules import EDGES

SHORTEST_MENU = 3
"""Section names in a row that make a menu; one or two can be a section line and a subheading."""

MENU_CONFIDENCE = 0.95
RELATED_CONFIDENCE = 0.9
REPEATED_CONFIDENCE = 0.99

SHORTEST_REPEATED = 24
"""Characters from which a second, equal line is a repetition and not a refrain such as "Applause."."""


def label_menus(lines: Sequence[Line]) -> None:
    """Names of sections are navigation when they stand in a row, with or without other navigation."""
    run: list[Line] = []
    for line in [*lines, None]:
        if line is not None and (line.label == "navigation" or _bare(line) in SECTIONS):
            run.append(line)
            continue
        if len(run) >= SHORTEST_MENU:
            for member in run:
                if member.label is None:
                    member.label, member.confidence = "navigation", MENU_CONFIDENCE
        run = []


def label_related(lines: Sequence[Line]) -> None:
    """Behind "People are also reading" stand other articles' headlines, up to the next sentence.

    Only after the first paragraph: before it, "Most read" is an item of the menu. In an indented text the list ends
    where the indentation of its header does.
    """
    is_inside = seen_prose = False
    depth = 0
    for line in lines:
        if is_related_header(line) and (seen_prose or _bare(line) not in NAVIGATION):
            is_inside, depth = True, line.indent
        elif is_inside and (_ends_list(line) or line.indent < depth):
            is_inside = False
        seen_prose = seen_prose or (line.label is None and line.is_prose)
        if is_inside:
            line.label, line.confidence = "related", RELATED_CONFIDENCE


def label_repeated(lines: Sequence[Line]) -> None:
    """What stands there a second time, letter for letter."""
    seen: dict[str, Line] = {}
    for line in lines:
        if line.label is not None or len(line.key) < SHORTEST_REPEATED:
            continue
        if line.key in seen:
            line.label, line.confidence = "repeated", REPEATED_CONFIDENCE
        else:
            seen[line.key] = line


def is_related_header(line: Line) -> bool:
    """Whether the line announces other articles."""
    bare = _bare(line)
    return bare in RELATED_HEADERS or (
        line.words <= 6
        and bare.startswith(("more from ", "more on ", "latest from ", "read more on ", "read more about "))
    )


def _ends_list(line: Line) -> bool:
    return line.label is None and not line.bullet and line.is_prose and line.is_sentence and line.text[-1] != "?"


def _bare(line: Line) -> str:
    return BULLET.sub("", line.key).strip(EDGES)
