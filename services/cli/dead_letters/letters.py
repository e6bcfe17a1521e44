"""A dead letter as the commands use it, and the place that identifies it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from services.contracts.dead_letter import DeadLetter
from services.contracts.headers import ERROR_PREFIX, OMITTED_HEADER, REASON_HEADER, STAGE_HEADER
from services.contracts.topics import DEAD_LETTER_SUFFIX
from services.errors import PermanentError
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.kafka.state_log import RecordFingerprint

UNKNOWN = "unknown"
"""Reason and stage of a record that no stage of Copydesk has written."""


def make_printable(text: str) -> str:
    """Return the text with escapes for control characters, which would change the state of a terminal."""
    return text if text.isprintable() else "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


@dataclass(frozen=True, slots=True, order=True)
class LetterPlace:
    """The place of a dead letter: its topic, partition and offset. Written as TOPIC/PARTITION/OFFSET."""

    topic: str
    partition: int
    offset: int

    @classmethod
    def parse(cls, text: str) -> LetterPlace:
        """Read a place. Raises ValueError if the text is not a place."""
        topic, partition, offset = text.split("/")
        if not topic.endswith(DEAD_LETTER_SUFFIX) or int(partition) < 0 or int(offset) < 0:
            raise ValueError(f"{text!r} is not the place of a dead letter")
        return cls(topic, int(partition), int(offset))

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True)
class Letter:
    """A record of a dead-letter topic. Its failure is read from the headers when it is asked for."""

    record: ConsumedRecord
    is_replayed: bool = False
    """True if it was sent back to its source topic."""

    @cached_property
    def place(self) -> LetterPlace:
        """The place of the letter."""
        return LetterPlace(self.record.topic, self.record.partition, self.record.offset)

    @cached_property
    def facts(self) -> dict[str, str]:
        """The headers by name. Of several with one name, the last one counts: the newest failure has written it."""
        headers = self.record.headers
        return {name: make_printable(value.decode(errors="replace")) for name, value in headers if value is not None}

    @property
    def reason(self) -> str:
        """The reason of the failure."""
        return self.facts.get(REASON_HEADER, UNKNOWN)

    @property
    def stage(self) -> str:
        """The stage that failed."""
        return self.facts.get(STAGE_HEADER, UNKNOWN)

    @property
    def source(self) -> str:
        """The place of the original record, as topic, partition and offset."""
        return "/".join(self.facts.get(f"{ERROR_PREFIX}{name}", "?") for name in ("topic", "partition", "offset"))

    @property
    def error(self) -> str:
        """The class and the message of the exception."""
        return ": ".join(self.facts.get(f"{ERROR_PREFIX}{name}", "?") for name in ("exception", "message"))

    @property
    def omitted(self) -> str | None:
        """Text that says what is missing, if the original bytes were too large to be kept."""
        return self.facts.get(OMITTED_HEADER)

    @property
    def time(self) -> datetime:
        """The time of the original record."""
        return datetime.fromtimestamp(max(0, self.record.timestamp) / 1000, UTC)

    @property
    def digest(self) -> str:
        """The digest of offset, key and value."""
        return RecordFingerprint.of(self.record.offset, self.record.key, self.record.value).digest

    def decode(self) -> DeadLetter:
        """Return the letter as a contract. Raises PermanentError if a header is missing or has no valid value."""
        record = self.record
        try:
            return DeadLetter.from_record(
                record.headers, record.key, record.value, self.time, letter_id=str(self.place)
            )
        except (KeyError, ValueError) as error:
            raise PermanentError(f"it does not have the headers of a dead letter: {error}") from error
