"""The record of spans: which stretches of the text go to which field, and which rule removed the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from services.contracts.event import FieldName, KeptSpan, RemovedSpan
from services.enrichment.cleaning.offset_map import MappedText

WHITESPACE = "whitespace"
MARKUP = "markup"
CONTROL_CHARACTERS = "control_characters"
"""Rules that removed the parts of the raw text that the text does not have; character references are markup, too."""


class _Removed(NamedTuple):
    """A removed stretch of the raw text; those that are neighbours are joined before they become spans."""

    raw_start: int
    raw_end: int
    rule: str
    confidence: float


@dataclass(slots=True)
class SpanRecorder:
    """Recorder of kept and removed stretches of a text, in any order; it gives their spans in the raw text."""

    text: MappedText
    _kept: list[KeptSpan] = field(default_factory=list)
    _removed: list[_Removed] = field(default_factory=list)

    def keep(self, name: FieldName, start: int, end: int, *, at: int = 0, index: int = 0) -> None:
        """Record that text[start:end] is in a field, from the field's offset `at` on."""
        for segment in self.text.find_segments(start, end):
            self._kept.append(
                KeptSpan(
                    field=name,
                    index=index,
                    start=at + segment.start - start,
                    end=at + segment.end - start,
                    raw_start=segment.raw_start,
                    raw_end=segment.raw_end,
                )
            )

    def remove(self, rule: str, start: int, end: int, confidence: float = 1.0) -> None:
        """Record that a rule removed text[start:end]."""
        for segment in self.text.find_segments(start, end):
            self._removed.append(_Removed(segment.raw_start, segment.raw_end, rule, confidence))

    def build_spans(self, raw: str, gap_rule: str) -> tuple[tuple[KeptSpan, ...], tuple[RemovedSpan, ...]]:
        """Return the kept and the removed spans in the order of the raw text.

        A stretch that was not recorded counts as removed: as whitespace, or by `gap_rule` if it has other characters.
        """
        self._kept.sort(key=lambda span: span.raw_start)
        recorded = sorted(
            [(span.raw_start, span.raw_end) for span in self._kept]
            + [(span.raw_start, span.raw_end) for span in self._removed]
        )
        position = 0
        for start, end in [*recorded, (len(raw), len(raw))]:
            if start > position:
                rule = gap_rule if raw[position:start].strip() else WHITESPACE
                self._removed.append(_Removed(position, start, rule, 1.0))
            position = end
        removed = _merge(sorted(self._removed), (WHITESPACE, gap_rule))
        return tuple(self._kept), tuple(
            RemovedSpan(raw_start=span.raw_start, raw_end=span.raw_end, rule=span.rule, confidence=span.confidence)
            for span in removed
        )


def _merge(spans: Iterable[_Removed], gap_rules: Collection[str]) -> list[_Removed]:
    """Merge neighbours that the same rule removed and that only a gap (whitespace or markup) separates."""
    merged: list[_Removed] = []
    for span in spans:
        if len(merged) > 1 and merged[-1].rule in gap_rules and _continues(merged[-2], merged[-1], span):
            first = merged[-2]
            del merged[-2:]
            merged.append(_Removed(first.raw_start, span.raw_end, first.rule, first.confidence))
        else:
            merged.append(span)
    return merged


def _continues(first: _Removed, gap: _Removed, last: _Removed) -> bool:
    """Return whether `last` follows `first` after the gap and was removed by the same rule."""
    return (
        (first.rule, first.confidence) == (last.rule, last.confidence)
        and first.raw_end == gap.raw_start
        and gap.raw_end == last.raw_start
    )
