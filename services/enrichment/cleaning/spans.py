"""Book-keeping: which stretch of the view goes to which field, and which rule took out the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from services.contracts.event import FieldName, KeptSpan, RemovedSpan
from services.enrichment.cleaning.offset_map import View

WHITESPACE = "whitespace"
CONTROL_CHARACTERS = "control_characters"


@dataclass(slots=True)
class Ledger:
    """Takes in stretches of the view, in any order, and gives out the spans of the raw text."""

    view: View
    _kept: list[KeptSpan] = field(default_factory=list)
    _removed: list[RemovedSpan] = field(default_factory=list)

    def keep(self, name: FieldName, start: int, end: int, *, at: int = 0, index: int = 0) -> None:
        """Note that view[start:end] stands in a field from `at` on."""
        for run in self.view.runs(start, end):
            offset = at + run.start - start
            self._kept.append(
                KeptSpan(
                    field=name,
                    index=index,
                    start=offset,
                    end=offset + run.end - run.start,
                    raw_start=run.raw_start,
                    raw_end=run.raw_start + run.end - run.start,
                )
            )

    def remove(self, rule: str, start: int, end: int, confidence: float = 1.0) -> None:
        """Note that a rule took out view[start:end]."""
        for run in self.view.runs(start, end):
            self._removed.append(_build_removed(run.raw_start, run.raw_start + run.end - run.start, rule, confidence))

    def close(self, raw: str, gap_rule: str) -> tuple[tuple[KeptSpan, ...], tuple[RemovedSpan, ...]]:
        """The spans in the order of the raw text. What nobody spoke for is whitespace, else `gap_rule`'s."""
        self._kept.sort(key=lambda span: span.raw_start)
        taken = sorted(
            [(span.raw_start, span.raw_end) for span in self._kept]
            + [(span.raw_start, span.raw_end) for span in self._removed]
        )
        position = 0
        for start, end in [*taken, (len(raw), len(raw))]:
            if start > position:
                rule = gap_rule if raw[position:start].strip() else WHITESPACE
                self._removed.append(_build_removed(position, start, rule, 1.0))
            position = end
        self._removed.sort(key=lambda span: span.raw_start)
        return tuple(self._kept), tuple(_merge(self._removed, (WHITESPACE, gap_rule)))


def _merge(spans: Iterable[RemovedSpan], gaps: Collection[str]) -> list[RemovedSpan]:
    """Neighbours that one rule took out, with nothing but whitespace or markup between them, become one."""
    merged: list[RemovedSpan] = []
    for span in spans:
        if len(merged) >= 2 and merged[-1].rule in gaps and _continues(merged[-2], merged[-1], span):
            first = merged[-2]
            del merged[-2:]
            merged.append(_build_removed(first.raw_start, span.raw_end, first.rule, first.confidence))
        else:
            merged.append(span)
    return merged


def _continues(first: RemovedSpan, between: RemovedSpan, last: RemovedSpan) -> bool:
    return (
        (first.rule, first.confidence) == (last.rule, last.confidence)
        and first.raw_end == between.raw_start
        and between.raw_end == last.raw_start
    )


def _build_removed(start: int, end: int, rule: str, confidence: float) -> RemovedSpan:
    return RemovedSpan(raw_start=start, raw_end=end, rule=rule, confidence=confidence)
