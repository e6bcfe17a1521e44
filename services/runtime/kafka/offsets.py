"""Offsets without holes: a jump that the log does not explain is a record lost, and nobody would say so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.runtime.kafka.records import SourceRecord

MARKER_GAP = 1_000
"""Offsets that transactions take without a record to read: a marker for each and, after an abort, its outputs, of which
one partition gets no more than a transaction's records. Retention removes whole segments, which are larger."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The offset that should have come, and the one that came."""

    expected: int
    found: int

    @property
    def is_backwards(self) -> bool:
        """The log was cut or made anew under its consumers."""
        return self.found < self.expected

    def is_explained_by(self, log_start: int) -> bool:
        """Whether retention removed what is missing; `log_start` is the log's first offset now."""
        return self.expected < log_start and not self.is_backwards


class Continuity:
    """Follows the offsets of one partition."""

    def __init__(self, expected: int, *, is_transactional: bool) -> None:
        self.expected = expected
        self.is_transactional = is_transactional

    def follow(self, records: Iterable[SourceRecord]) -> list[Gap]:
        """Take the next records in; returns the gaps that want an explanation."""
        gaps = []
        for record in records:
            missing = record.offset - self.expected
            if missing < 0 or missing > (MARKER_GAP if self.is_transactional else 0):
                gaps.append(Gap(self.expected, record.offset))
            self.expected = record.offset + 1
        return gaps
