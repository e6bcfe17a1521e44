"""The lines of a text, and the fields that some of them are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.contracts.event import Caption
from services.enrichment.cleaning.lines.line import Line


@dataclass(slots=True)
class BylineLine:
    """A line with a byline, and the places of its names in the text."""

    line: Line
    names: list[tuple[int, int]]


@dataclass(slots=True)
class CaptionLine:
    """A line with a caption, and the place in the text where the caption ends and its credit begins."""

    line: Line
    text_end: int
    caption: Caption


@dataclass(slots=True)
class ArticleLines:
    """All lines of a text, with those that are fields; a line without a label that is no field belongs to the body."""

    lines: Sequence[Line]
    headline: Line | None = None
    subheadline: Line | None = None
    section: Line | None = None
    bylines: list[BylineLine] = field(default_factory=list)
    captions: list[CaptionLine] = field(default_factory=list)

    def body_lines(self) -> list[Line]:
        """Return the lines of the body."""
        in_fields = {id(line) for line in (self.headline, self.subheadline, self.section)}
        in_fields.update(id(byline.line) for byline in self.bylines)
        in_fields.update(id(caption.line) for caption in self.captions)
        return [line for line in self.lines if line.label is None and id(line) not in in_fields]
