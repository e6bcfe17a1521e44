"""A classifier of topics without weights: a text about a council is about politics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.enrichment.encoder import Identity
from services.enrichment.topics import States, TopicReading

POLITICS: Final = "medtop:11000000"


class FakeTopicClassifier:
    """A classifier of topics that looks for one word."""

    @property
    def identity(self) -> Identity:
        """The weights that answer."""
        return Identity("fake-topics", "1.0.0", "0" * 64)

    def classify(self, headline: str, body: str, states: States = ()) -> Sequence[TopicReading]:
        """Return the topic of politics for a text with the word council."""
        return [TopicReading(POLITICS, 0.9)] if "council" in f"{headline} {body}".lower() else []
