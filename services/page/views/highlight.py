"""Text with its names: paragraphs of pieces, each plain or a mention of an entity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.contracts.event import EnrichedArticle, Entity

PARAGRAPH_END = "\n\n"


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A piece of a text; `entity` is None outside mentions."""

    text: str
    entity: Entity | None = None
    number: int = 0
    """Number of the mention among the mentions of its entity, from 1; 0 outside mentions."""


Paragraph = list[TextPiece]


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    entity: Entity
    number: int


def highlight_headline(event: EnrichedArticle) -> Paragraph:
    """Return the headline with its mentions; empty if the article has none."""
    return _cut(event.article.headline or "", _list_spans(event, "headline"))


def highlight_body(event: EnrichedArticle) -> list[Paragraph]:
    """Return the paragraphs of the body with their mentions."""
    paragraphs: list[Paragraph] = [[]]
    for piece in _cut(event.article.body, _list_spans(event, "body")):
        if piece.entity is not None:
            paragraphs[-1].append(piece)
            continue
        for number, part in enumerate(piece.text.split(PARAGRAPH_END)):
            if number:
                paragraphs.append([])
            if part:
                paragraphs[-1].append(TextPiece(part))
    return [paragraph for paragraph in paragraphs if paragraph]


def _list_spans(event: EnrichedArticle, field: str) -> list[_Span]:
    spans = [
        _Span(mention.start, mention.end, entity, number)
        for entity in event.entities or ()
        for number, mention in enumerate(entity.mentions, start=1)
        if mention.field == field
    ]
    return sorted(spans, key=lambda span: (span.start, -span.end))


def _cut(text: str, spans: Iterable[_Span]) -> Paragraph:
    return list(_iterate_pieces(text, spans))


def _iterate_pieces(text: str, spans: Iterable[_Span]) -> Iterator[TextPiece]:
    """Yield the pieces of a text. A span that overlaps an earlier one or is outside the text is left out."""
    position = 0
    for span in spans:
        if not position <= span.start < span.end <= len(text):
            continue
        if span.start > position:
            yield TextPiece(text[position : span.start])
        yield TextPiece(text[span.start : span.end], span.entity, span.number)
        position = span.end
    if position < len(text):
        yield TextPiece(text[position:])
