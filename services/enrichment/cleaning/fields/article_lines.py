"""The article as it is being put together from lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.contracts.event import Caption
from services.enrichment.cleaning.lines.line import Line


@dataclass(slots=True)
class Names:
    """A byline's names by their places in the view."""

    line: Line
    spans: list[tuple[int, int]]


@dataclass(slots=True)
class CaptionLine:
    """A caption and where its text and credit stand in the view."""

    line: Line
    text_end: int
    caption: Caption


@dataclass(slots=True)
class Draft:
    """What the lines turned out to be. A line in no field and without a label is the body's."""

    lines: Sequence[Line]
    headline: Line | None = None
    subheadline: Line | None = None
    section: Line | None = None
    bylines: list[Names] = field(default_factory=list)
    captions: list[CaptionLine] = field(default_factory=list)

    def body(self) -> list[Line]:
        """The body's lines."""
        taken = {id(line) for line in (self.headline, self.subheadline, self.section)}
        taken.update(id(byline.line) for byline in self.bylines)
        taken.update(id(caption.line) for caption in self.captions)
        return [line for line in self.lines if line.label is None and id(line) not in taken]
