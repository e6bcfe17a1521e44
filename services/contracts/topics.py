"""The topics, declared once: names, partitions, settings. Nothing else creates a topic; auto-creation is off."""

from __future__ import annotations

from dataclasses import dataclass, field

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

RAW = "news.articles.raw.v1"
ANNOTATED = "news.articles.annotated.v1"
ENRICHED = "news.articles.enriched.v1"
VERDICTS = "news.articles.verdicts.v1"
FEED_STATES = "news.feeds.state.v1"
SHARD_MAP = "news.shards.v1"
MATCH_CHECKPOINTS = "news.match.checkpoints.v1"
SINK_CHECKPOINTS = "news.sink.checkpoints.v1"
ROUTED_PREFIX = "news.routed."
DEAD_LETTER_SUFFIX = ".dlq"

MAX_RECORD_BYTES = 33_554_432
"""What a topic takes: a foreign producer's 20 MB article must reach its dead letter with all its bytes."""

MAX_DEAD_LETTER_BYTES = MAX_RECORD_BYTES + 65_536
"""A dead letter is the original record with some headers more, also when that was as large as a topic takes."""

DEAD_LETTER_RETENTION_BYTES = 2_147_483_648
"""Dead letters go by size and not by age: they carry the timestamp of the original, and by that a broker
would delete one of last month's at once."""

PARTITIONS = 6
"""Of topics keyed by article id; the upper bound of annotate and sink workers."""

SHARDS = {"en": 0, "es": 1, "de": 2, "fr": 3, "und": 5}
OTHER_SHARD = 4
SHARD_COUNT = 6
"""Language to partition of the annotated topic and the verdict log. Near-duplicates share a language, so a
shard sees all that it must compare. Moving a language splits its index, so that Kafka remembers the map and another one
is refused; docs/shards.md has the steps by which a language gets a shard of its own."""

REMEMBERED_MS = 8 * DAY_MS
"""How long match knows an id: a day longer than the raw topic keeps its records, so that reading all of it
again repeats nothing."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is created."""

    name: str
    partitions: int = PARTITIONS
    settings: dict[str, str] = field(default_factory=dict)
    """Topic settings by their Kafka names."""


def shard_of(language_code: str) -> int:
    """The partition of the annotated topic for a BCP 47 code; the primary subtag decides."""
    return SHARDS.get(language_code.split("-")[0].lower(), OTHER_SHARD)


def dead_letter_topic(topic: str) -> str:
    """Where what cannot be processed from `topic` goes."""
    return f"{topic}{DEAD_LETTER_SUFFIX}"


def routed_topic(route: str) -> str:
    """The topic of a route."""
    return f"{ROUTED_PREFIX}{route}.v1"


def _settings(retention_ms: int, **others: str) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(retention_ms),
        "max.message.bytes": str(MAX_RECORD_BYTES),
        "compression.type": "producer",
        # The broker's clock alone: a writer's that is more than an hour fast would have its records refused (KIP-937),
        # and retention counts from the timestamp.
        "message.timestamp.type": "LogAppendTime",
        **{name.replace("_", "."): value for name, value in others.items()},
    }


def route_topic(route: str) -> Topic:
    """The declaration of a route's topic."""
    return Topic(routed_topic(route), settings=_settings(7 * DAY_MS))


def _rewritten() -> dict[str, str]:
    """For a topic whose few keys are written again and again: only a closed segment is compacted, so small ones."""
    settings = _settings(-1, segment_ms=str(HOUR_MS), segment_bytes="67108864")
    return settings | {"cleanup.policy": "compact"}


def _dead_letters(topic: str) -> Topic:
    settings = _settings(-1) | {
        "max.message.bytes": str(MAX_DEAD_LETTER_BYTES),
        "retention.bytes": str(DEAD_LETTER_RETENTION_BYTES),
        # The original's timestamp is part of it.
        "message.timestamp.type": "CreateTime",
    }
    return Topic(dead_letter_topic(topic), partitions=1, settings=settings)


DECLARED: tuple[Topic, ...] = (
    Topic(RAW, settings=_settings(7 * DAY_MS)),
    Topic(ANNOTATED, partitions=SHARD_COUNT, settings=_settings(7 * DAY_MS)),
    Topic(
        VERDICTS,
        partitions=SHARD_COUNT,
        settings=_settings(REMEMBERED_MS + DAY_MS) | {"cleanup.policy": "compact,delete"},
    ),
    Topic(ENRICHED, settings=_settings(7 * DAY_MS)),
    Topic(FEED_STATES, partitions=1, settings=_rewritten()),
    Topic(SHARD_MAP, partitions=1, settings=_settings(-1) | {"cleanup.policy": "compact"}),
    Topic(MATCH_CHECKPOINTS, partitions=SHARD_COUNT, settings=_rewritten()),
    Topic(SINK_CHECKPOINTS, settings=_rewritten()),
    _dead_letters(RAW),
    _dead_letters(ANNOTATED),
    _dead_letters(ENRICHED),
)
"""Every topic but the routes', which the routing rules add."""
