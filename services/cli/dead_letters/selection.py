"""The choice of dead letters by place, topic, reason, stage and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.cli.dead_letters.letters import Letter, LetterPlace
from services.contracts.topics import DEAD_LETTER_SUFFIX, DEFAULT_LAYOUT, NAMES, TopicLayout, dead_letter_topic


@dataclass(frozen=True, slots=True)
class Selection:
    """A choice of dead letters. An empty field chooses all."""

    places: frozenset[LetterPlace] = frozenset()
    topics: frozenset[str] = frozenset()
    """Names of dead-letter topics or of their source topics."""
    reasons: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    since: datetime | None = None
    """The earliest time of the original record."""
    until: datetime | None = None
    """The time before which the original record was written."""

    @property
    def is_empty(self) -> bool:
        """True if every dead letter is chosen."""
        return self == Selection()

    def has_topic(self, name: str, layout: TopicLayout = DEFAULT_LAYOUT) -> bool:
        """Return whether letters of this topic can be chosen.

        It is False for every topic without dead letters, and for those of a deployment with another prefix.
        """
        plain = layout.strip(name)
        if not (name.endswith(DEAD_LETTER_SUFFIX) and name.startswith(layout.prefix) and plain.startswith(NAMES)):
            return False
        if self.places and all(place.topic != name for place in self.places):
            return False
        return not self.topics or any(
            given in (topic, dead_letter_topic(topic)) for topic in self.topics for given in (name, plain)
        )

    def list_offsets(self, topic: str, partition: int) -> list[int] | None:
        """Return the chosen offsets of a partition, in order, or None if the choice names no places."""
        if not self.places:
            return None
        return sorted(place.offset for place in self.places if (place.topic, place.partition) == (topic, partition))

    def has(self, letter: Letter) -> bool:
        """Return whether the letter is chosen. Its topic must be one for which `has_topic` returns True."""
        return (
            (not self.places or letter.place in self.places)
            and (not self.reasons or letter.reason in self.reasons)
            and (not self.stages or letter.stage in self.stages)
            and (self.since is None or letter.time >= self.since)
            and (self.until is None or letter.time < self.until)
        )
