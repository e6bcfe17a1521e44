"""Dead letters for the tests of their commands."""

from __future__ import annotations

from services.cli.dead_letters.letters import Letter
from services.contracts.headers import Failure
from services.outcomes import Reason, Stage
from services.runtime.kafka.records import build_dead_letter
from tests.support.source_records import Record


def build_letter(
    value: bytes | None = b"{",
    *,
    topic: str = "input",
    offset: int = 0,
    reason: Reason = Reason.INVALID_JSON,
    stage: Stage = Stage.ANNOTATE,
    message: str = "not JSON",
    timestamp: int = 1_700_000_000_000,
    is_replayed: bool = False,
) -> Letter:
    """Build the letter at an offset of the dead-letter topic."""
    original = Record(value, b"k1", (("mine", b"\xff"), ("none", None)), topic, timestamp=timestamp)
    dead = build_dead_letter(original, Failure(reason, stage, "PermanentError", message))
    record = Record(dead.value, dead.key, dead.headers, dead.topic, 0, offset, timestamp)
    return Letter(record, is_replayed)
