"""The taxonomy of IPTC Media Topics (https://iptc.org/standards/media-topics/), and the search for a topic by name.

The taxonomy is a tree of subjects in up to six levels. Events name topics of the first levels only; `PUBLISHED_LEVELS`
says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from services.contracts.text.folding import fold
from services.contracts.text.spelling import find_similar

TAXONOMY: Final = Path(__file__).with_name("taxonomy.tsv")
"""One topic a line: id, level, id of the parent, and its name in each language; parents come before children."""

PREFIX: Final = "medtop:"
"""Beginning of each id: the alias of the taxonomy in QCodes of NewsML-G2 and ninjs."""

PUBLISHED_LEVELS: Final = 2
"""Levels of the taxonomy that events name: the 17 topics at the top and the topics directly below them."""

_JOINTS = re.compile(r"\s*[,،、/]\s*|\s+(?:and|und|et|y|e)\s+|\s+و(?=\w)|[和与]")
"""Joints of a name that lists several subjects, in the languages of the taxonomy."""


@dataclass(frozen=True, slots=True)
class MediaTopic:
    """One topic: its QCode, its level from 1, the QCode of its parent, and its names, the English one first."""

    id: str
    level: int
    parent: str | None
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """The English name."""
        return self.names[0]


@cache
def read_topics() -> Mapping[str, MediaTopic]:
    """Return every topic that is not retired, by its id, parents before children."""
    topics: dict[str, MediaTopic] = {}
    for line in TAXONOMY.read_text(encoding="utf-8").splitlines():
        if not line.startswith(PREFIX):
            continue
        topic, level, parent, *names = line.split("\t")
        topics[topic] = MediaTopic(topic, int(level), parent or None, tuple(filter(None, names)))
    return topics


@cache
def list_published() -> tuple[MediaTopic, ...]:
    """Return the topics that events can name."""
    return tuple(topic for topic in read_topics().values() if topic.level <= PUBLISHED_LEVELS)


@cache
def list_top() -> tuple[MediaTopic, ...]:
    """Return the topics of the first level."""
    return tuple(topic for topic in read_topics().values() if topic.level == 1)


def find_topics(written: str) -> frozenset[str] | None:
    """Return the ids that a topic of a rule matches in an event: its own and those below it.

    None if events never name such a topic.
    A topic is written as its id or as its name in one of the languages of the taxonomy. The names at the top win: each
    of them also has the names of its parts, so that `economy` means "economy, business and finance".
    """
    topic = _look_up(written)
    if topic is None or topic.level > PUBLISHED_LEVELS:
        return None
    below = (other.id for other in list_published() if other.parent == topic.id)
    return frozenset({topic.id, *below})


def suggest_topic(written: str) -> str | None:
    """Return the topic that the writer of a text that `find_topics` does not know may mean; None without an idea."""
    topics = read_topics()
    topic = _look_up(written)
    while topic and topic.level > PUBLISHED_LEVELS and topic.parent:
        topic = topics[topic.parent]
    if topic:
        return topic.name if topic.level == 1 else f"{topic.id} ({topic.name})"
    known = {name: topic for name, topic in _index_names().items() if topic.level <= PUBLISHED_LEVELS}
    return find_similar(_fold(written), known)


def _look_up(written: str) -> MediaTopic | None:
    topics = read_topics()
    code = written.strip().lower()
    found = topics.get(code) or topics.get(f"{PREFIX}{code}")
    return found or _index_names().get(_fold(written))


@cache
def _index_names() -> Mapping[str, MediaTopic]:
    """Return the topic of each folded name. The topics at the top come first, then their parts, then each level."""
    topics = read_topics().values()
    index: dict[str, MediaTopic] = {}
    _add(index, ((name, topic) for topic in list_top() for name in topic.names))
    _add(index, ((part, topic) for topic in list_top() for name in topic.names for part in _JOINTS.split(name)))
    _add(index, ((name, topic) for topic in sorted(topics, key=lambda one: one.level) for name in topic.names))
    return index


def _add(index: dict[str, MediaTopic], names: Iterable[tuple[str, MediaTopic]]) -> None:
    for name, topic in names:
        if folded := _fold(name):
            index.setdefault(folded, topic)


def _fold(name: str) -> str:
    return " ".join(fold(name).split())
