"""Rules for several lines together: menus, lists of other articles, repeated lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, pairwise

from services.enrichment.cleaning.lines.line import Line
from services.enrichment.cleaning.lines.patterns import STAMP_WORD
from services.enrichment.cleaning.lines.phrases import EDGE_NAVIGATION, MENU, NAVIGATION, RELATED_HEADERS
from services.enrichment.cleaning.lines.rules import is_offer

MIN_MENU_LINES = 3
"""Minimum number of section names in a row that make a menu; one or two can be the article's section and a
subheading."""

MENU_CONFIDENCE = 0.95
RELATED_CONFIDENCE = 0.9
REPEATED_CONFIDENCE = 0.99

MIN_ROWS = 3
"""Minimum number of times in a row that are a table. Above an article are at most two: publication and change."""

PICTURE = re.compile(r"\W{0,3}(\d{1,3})[ \u00a0]?/[ \u00a0]?(\d{1,3})(?!\d|/)")
"""The number of a picture and the number of all pictures, at the start of a line."""

MIN_PICTURES = 3
"""Minimum number of counted lines of a gallery."""

MAX_GALLERY_STEP = 4
"""Maximum number of lines from one number to the next; a picture has a headline, a text and a credit."""

MIN_STORY_WORDS = 150
"""Minimum number of words of the paragraphs outside of a gallery; with fewer, the gallery is the article."""

GALLERY_CONFIDENCE = 0.95

HEADER_BEGINNINGS = ("more from ", "more on ", "latest from ", "read more on ", "read more about ")
"""Beginnings of lines that announce other articles and name a subject or a site."""

MAX_HEADER_WORDS = 6
"""Maximum number of words of a line that announces other articles."""

MIN_REPEATED_CHARACTERS = 24
"""Minimum number of characters of a repeated line in a page's dump; a shorter one can be a refrain such as
"Applause."."""

MIN_REPEATED_PARAGRAPH_CHARACTERS = 80
"""Minimum number of characters of a repeated line in a text that is not a page's dump."""


def label_menus(lines: Sequence[Line]) -> None:
    """Label section names in a row, and words of navigation above and below the text, as navigation."""
    run: list[Line] = []
    for line in [*lines, None]:
        if line is not None and (line.label == "navigation" or line.bare in MENU):
            run.append(line)
            continue
        if len(run) >= MIN_MENU_LINES:
            _label_navigation(run)
        run = []
    prose = [index for index, line in enumerate(lines) if line.label is None and line.is_prose]
    first, last = (prose[0], prose[-1]) if prose else (len(lines), len(lines))
    _label_navigation([line for line in (*lines[:first], *lines[last:]) if line.bare in EDGE_NAVIGATION])


def _label_navigation(lines: Sequence[Line]) -> None:
    for line in lines:
        if line.label is None:
            line.label, line.confidence = "navigation", MENU_CONFIDENCE


def unlabel_dates_in_body(lines: Sequence[Line]) -> None:
    """Remove the label from dates alone after the first paragraph: each is the heading of a part of the story."""
    seen_prose = False
    for line in lines:
        seen_prose = seen_prose or (line.label is None and line.is_prose)
        if seen_prose and line.label == "timestamp" and not STAMP_WORD.search(line.key):
            line.label, line.confidence = None, 1.0


def unlabel_rows_of_times(lines: Sequence[Line]) -> None:
    """Remove the label from times that follow each other: they are the rows of a table or of a program's output."""
    for is_time, group in groupby(lines, key=lambda line: line.label == "timestamp"):
        run = list(group)
        if is_time and len(run) >= MIN_ROWS:
            for line in run:
                line.label, line.confidence = None, 1.0


def label_gallery(lines: Sequence[Line]) -> None:
    """Label the texts of a gallery of pictures: lines that count the pictures, "1/20" to "20/20", and those between.

    A text that has little else is a gallery itself and is not changed.
    """
    places = _find_counted(lines)
    if len(places) < MIN_PICTURES:
        return
    inside = {place for a, b in pairwise(places) if b - a <= MAX_GALLERY_STEP for place in range(a, b)} | {*places}
    story = sum(
        line.words for place, line in enumerate(lines) if place not in inside and line.label is None and line.is_prose
    )
    if story >= MIN_STORY_WORDS:
        for place in inside:
            if lines[place].label is None:
                lines[place].label, lines[place].confidence = "gallery", GALLERY_CONFIDENCE


def _find_counted(lines: Sequence[Line]) -> list[int]:
    """Return the numbers of the lines that count pictures one by one, all with the same total."""
    places: list[int] = []
    expected: tuple[int, int] | None = None
    for place, line in enumerate(lines):
        match = PICTURE.match(line.text)
        if match is None:
            continue
        number, total = int(match[1]), int(match[2])
        if (number, total) == expected or (expected is None and number == 1):
            places.append(place)
            expected = (number + 1, total)
    return places


def unlabel_sentences_in_prose(lines: Sequence[Line]) -> None:
    """Remove the label from a sentence between two paragraphs of running text.

    Such a sentence can be the story's although it has the words of a rule. A line that the page added is short, is at
    an end of the text, is next to another such line, or is an offer (`is_offer`).
    """
    between = zip(lines, lines[1:], lines[2:], strict=False)
    sentences = [line for before, line, after in between if _is_sentence(line) and _is_text(before) and _is_text(after)]
    for line in sentences:
        line.label, line.confidence = None, 1.0


def _is_sentence(line: Line) -> bool:
    """Return whether a line was labelled for its words alone, and is a whole sentence."""
    return line.label is not None and _is_paragraph(line) and not is_offer(line)


def _is_text(line: Line) -> bool:
    """Return whether a line is a paragraph without a label."""
    return line.label is None and _is_paragraph(line)


def _is_paragraph(line: Line) -> bool:
    return line.is_prose and line.is_sentence and not line.is_item


def label_related(lines: Sequence[Line]) -> None:
    """Label lists of other articles' headlines: from a header such as "People are also reading" to the next sentence.

    Before the first paragraph, a header that can be an item of a menu, such as "Most read", begins no list. In an
    indented text the list ends before a line that is indented less than its header.
    """
    is_inside = seen_prose = False
    header_indent = 0
    for line in lines:
        if is_related_header(line) and (seen_prose or line.bare not in NAVIGATION):
            is_inside, header_indent = True, line.indent
        elif is_inside and (_ends_list(line) or line.indent < header_indent):
            is_inside = False
        seen_prose = seen_prose or (line.label is None and line.is_prose)
        if is_inside:
            line.label, line.confidence = "related", RELATED_CONFIDENCE


def label_repeated(lines: Sequence[Line], *, is_dump: bool) -> None:
    """Label each line that repeats an earlier one.

    Short lines are labelled in the dump of a whole page only: elsewhere, the items of a list may repeat on purpose.
    """
    min_characters = MIN_REPEATED_CHARACTERS if is_dump else MIN_REPEATED_PARAGRAPH_CHARACTERS
    seen: set[str] = set()
    for line in lines:
        if line.label is not None or len(line.key) < min_characters:
            continue
        if line.key in seen:
            line.label, line.confidence = "repeated", REPEATED_CONFIDENCE
        seen.add(line.key)


def is_related_header(line: Line) -> bool:
    """Return whether a line announces other articles."""
    return line.bare in RELATED_HEADERS or (line.words <= MAX_HEADER_WORDS and line.bare.startswith(HEADER_BEGINNINGS))


def _ends_list(line: Line) -> bool:
    """Return whether a line is a sentence of the article after a list of headlines."""
    return line.label is None and not line.is_item and line.is_prose and line.is_sentence and line.text[-1] != "?"
