"""Events of a file or of a topic, by article."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from services.cli.diff.features import Features, read_features
from services.cli.kafka.whole_topic import read_whole_topic
from services.contracts.headers import RETRACTED_TYPE, has_type
from services.contracts.topics import DEFAULT_LAYOUT, TopicLayout
from services.errors import ConfigurationError
from services.runtime.service.settings import KafkaSettings

STANDARD_INPUT = "-"


@dataclass(slots=True)
class Events:
    """The first and the last event of each article."""

    first: dict[str, Features] = field(default_factory=dict)
    last: dict[str, Features] = field(default_factory=dict)

    def add(self, value: bytes, place: str) -> None:
        """Add an event. Raises ConfigurationError, which names the place, if the bytes are no event."""
        try:
            features = read_features(json.loads(value))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            way_out = "copydesk enrich FILE > EVENTS writes the events of articles"
            raise ConfigurationError(f"{place} is not an enriched event ({error}); {way_out}") from error
        self.first.setdefault(features.id, features)
        self.last[features.id] = features


async def read_events(name: str, kafka: KafkaSettings, layout: TopicLayout = DEFAULT_LAYOUT) -> Events:
    """Read a file of JSON Lines (also gzip, or - for standard input), or else the topic with this name.

    Raises ConfigurationError if there is neither, or if a line or a record is no event.
    """
    events = Events()
    if _is_file(name):
        for number, line in enumerate(_read_lines(name), start=1):
            if line.strip():
                events.add(line, f"{name}:{number}")
        return events
    async for value, place in _read_topic(layout.qualify(name), kafka):
        events.add(value, place)
    return events


def _is_file(name: str) -> bool:
    return name == STANDARD_INPUT or Path(name).is_file()


def _read_lines(name: str) -> Iterator[bytes]:
    if name == STANDARD_INPUT:
        yield from sys.stdin.buffer
        return
    path = Path(name)
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield from file
    except (OSError, EOFError) as error:
        raise ConfigurationError(f"cannot read {name}: {error}") from error


async def _read_topic(name: str, kafka: KafkaSettings) -> AsyncIterator[tuple[bytes, str]]:
    """Yield the events that the topic has now, with their places."""
    async for record in read_whole_topic(kafka, name, absent="there is neither a file nor a topic"):
        if record.value is not None and not has_type(record.headers, RETRACTED_TYPE):
            yield record.value, f"{name}/{record.partition}/{record.offset}"
