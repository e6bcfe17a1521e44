"""Topics: names, partitions and settings. Only topics that are declared here exist; auto-creation is off."""

from __future__ import annotations

from dataclasses import dataclass, field

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

NAMES = "news."
"""Beginning of the plain name of every topic."""
RAW = "news.articles.raw.v1"
ANNOTATED = "news.articles.annotated.v1"
ENRICHED = "news.articles.enriched.v1"
VERDICTS = "news.articles.verdicts.v1"
STORIES = "news.stories.v1"
MENTIONS = "news.mentions.v1"
FEED_STATES = "news.feeds.state.v1"
SHARD_MAP = "news.shards.v1"
MATCH_CHECKPOINTS = "news.match.checkpoints.v1"
SINK_CHECKPOINTS = "news.sink.checkpoints.v1"
REPLAYED = "news.dead-letters.replayed.v1"
RETRACTION_REQUESTS = "news.retractions.requested.v1"
RETRACTIONS = "news.retractions.v1"
REPLAYS = "news.replays.v1"
ROUTED_PREFIX = "news.routed."
ROUTED_SUFFIX = ".v1"
DEAD_LETTER_SUFFIX = ".dlq"

MAX_RECORD_BYTES = 33_554_432
"""Largest record of a topic, 32 MiB. An article of 20 MB from a foreign producer must reach the dead-letter topic with
all its bytes."""

MAX_DEAD_LETTER_BYTES = MAX_RECORD_BYTES + 65_536
"""Largest record of a dead-letter topic: the largest original record, and its added headers."""

DEAD_LETTER_RETENTION_BYTES = 2_147_483_648
"""Size of a dead-letter topic, beyond which the oldest dead letters are deleted. They are not deleted by age: a dead
letter has the timestamp of the original record, so that a broker would immediately delete the dead letter of a record
from last month."""

PARTITIONS = 6
"""Number of partitions of the topics whose key is the article id. Additional annotate or sink processes beyond this
number have no work."""

SHARDS = {"en": 0, "es": 1, "de": 2, "fr": 3, "und": 5}
OTHER_SHARD = 4
SHARD_COUNT = 6
"""Partitions of the annotated topic and of the verdict log by language; `OTHER_SHARD` is for all other languages.
Near-duplicates have the same language, so a shard sees every article that it must compare. Moving a language would
split its index. Therefore the map is stored on Kafka, and a process with a different map does not start. docs/shards.md
describes how a language gets its own shard."""

REMEMBERED_MS = 8 * DAY_MS
"""Time for which match remembers an id, in milliseconds. An article that arrives again within it is known."""

RAW_RETENTION_MS = REMEMBERED_MS
"""Retention of the raw topic in milliseconds: at least as long as ids are remembered, so that every article that match
knows can be annotated again."""

REQUEST_RETENTION_MS = 30 * DAY_MS
"""Retention of the requests to retract articles, in milliseconds: longer than match may be down."""

VERDICT_RETENTION_MS = REMEMBERED_MS + DAY_MS
"""Retention of the verdict log in milliseconds: longer than ids are remembered, because match reads them from it."""

STORY_RETENTION_MS = 45 * DAY_MS
"""Retention of the stories in milliseconds. An open story is written again within a week, so that only closed and
merged ones are ever deleted, at least 30 days after their end."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and the settings with which it is created."""

    name: str
    partitions: int = PARTITIONS
    settings: dict[str, str] = field(default_factory=dict)
    """Topic settings by their names in Kafka."""


def dead_letter_topic(topic: str) -> str:
    """Return the name of the dead-letter topic of `topic`."""
    return f"{topic}{DEAD_LETTER_SUFFIX}"


def routed_topic(route: str) -> str:
    """Return the name of a route's topic."""
    return f"{ROUTED_PREFIX}{route}{ROUTED_SUFFIX}"


def _build_settings(retention_ms: int, **others: str) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(retention_ms),
        "max.message.bytes": str(MAX_RECORD_BYTES),
        "compression.type": "producer",
        # The broker's clock, because retention counts from the timestamp, and because a broker rejects the records of a
        # writer whose clock is more than an hour ahead (KIP-937).
        "message.timestamp.type": "LogAppendTime",
        **{name.replace("_", "."): value for name, value in others.items()},
    }


@dataclass(frozen=True, slots=True)
class TopicLayout:
    """Names, partitions and retention of the topics, as a deployment chooses them. A retention of -1 ms keeps all."""

    prefix: str = ""
    """Text before the name of each topic, consumer group and transactional id. Deployments that share a cluster have
    different prefixes."""
    partitions: int = PARTITIONS
    """Number of partitions of the topics whose key is the article id."""
    raw_retention_ms: int = RAW_RETENTION_MS
    annotated_retention_ms: int = 7 * DAY_MS
    verdict_retention_ms: int = VERDICT_RETENTION_MS
    story_retention_ms: int = STORY_RETENTION_MS
    enriched_retention_ms: int = 7 * DAY_MS
    routed_retention_ms: int = 7 * DAY_MS
    dead_letter_bytes: int = DEAD_LETTER_RETENTION_BYTES
    """Size of a dead-letter topic."""
    shard_count: int = SHARD_COUNT
    """Number of partitions of the annotated topic, the verdict log, the stories and match's checkpoints."""

    def name(self, plain: str) -> str:
        """Return the name on the cluster of a topic, a consumer group or a transactional id."""
        return f"{self.prefix}{plain}"

    def qualify(self, name: str) -> str:
        """Return the name on the cluster of a topic whose name is given with or without the prefix."""
        return name if name.startswith(self.prefix) else self.name(name)

    def strip(self, name: str) -> str:
        """Return the plain name of a topic, as metrics and documentation have it."""
        return name.removeprefix(self.prefix)

    def is_routed(self, name: str) -> bool:
        """Return whether a topic of the cluster is that of a route of this deployment, also of an earlier route."""
        return name.startswith(self.name(ROUTED_PREFIX)) and not name.endswith(DEAD_LETTER_SUFFIX)

    def find_route(self, name: str) -> str:
        """Return the route of a routed topic of the cluster: the opposite of `routed_topic`."""
        return name.removeprefix(self.name(ROUTED_PREFIX)).removesuffix(ROUTED_SUFFIX)


DEFAULT_LAYOUT = TopicLayout()


def route_topic(route: str, layout: TopicLayout = DEFAULT_LAYOUT) -> Topic:
    """Declare the topic of a route."""
    return Topic(layout.name(routed_topic(route)), layout.partitions, _build_settings(layout.routed_retention_ms))


def _compacted_often() -> dict[str, str]:
    """Return the settings of a topic whose few keys are written often.

    Segments are small, because only a closed segment is compacted.
    """
    settings = _build_settings(-1, segment_ms=str(HOUR_MS), segment_bytes="67108864")
    return settings | {"cleanup.policy": "compact"}


def _declare_dead_letters(topic: str, layout: TopicLayout) -> Topic:
    settings = _build_settings(-1) | {
        "max.message.bytes": str(MAX_DEAD_LETTER_BYTES),
        "retention.bytes": str(layout.dead_letter_bytes),
        # A dead letter keeps the timestamp of the original record.
        "message.timestamp.type": "CreateTime",
    }
    return Topic(layout.name(dead_letter_topic(topic)), partitions=1, settings=settings)


def declare_topics(layout: TopicLayout = DEFAULT_LAYOUT) -> tuple[Topic, ...]:
    """Declare every topic except the routed topics, which depend on the routing rules."""
    raw = _build_settings(layout.raw_retention_ms, segment_ms=str(DAY_MS))
    verdicts = _build_settings(layout.verdict_retention_ms) | {"cleanup.policy": "compact,delete"}
    stories = _build_settings(layout.story_retention_ms) | {"cleanup.policy": "compact,delete"}
    return (
        # A segment is deleted as a whole, so that a day's segments hold nothing much older than the retention.
        Topic(layout.name(RAW), layout.partitions, raw),
        Topic(layout.name(ANNOTATED), layout.shard_count, _build_settings(layout.annotated_retention_ms)),
        Topic(layout.name(VERDICTS), layout.shard_count, verdicts),
        Topic(layout.name(STORIES), layout.shard_count, stories),
        Topic(layout.name(MENTIONS), layout.partitions, _build_settings(layout.enriched_retention_ms)),
        Topic(layout.name(ENRICHED), layout.partitions, _build_settings(layout.enriched_retention_ms)),
        Topic(layout.name(FEED_STATES), 1, _compacted_often()),
        Topic(layout.name(SHARD_MAP), 1, _build_settings(-1) | {"cleanup.policy": "compact"}),
        Topic(layout.name(MATCH_CHECKPOINTS), layout.shard_count, _compacted_often()),
        Topic(layout.name(SINK_CHECKPOINTS), layout.partitions, _compacted_often()),
        Topic(layout.name(REPLAYED), 1, _compacted_often()),
        Topic(layout.name(RETRACTION_REQUESTS), 1, _build_settings(REQUEST_RETENTION_MS)),
        Topic(layout.name(RETRACTIONS), 1, _build_settings(-1) | {"cleanup.policy": "compact"}),
        Topic(layout.name(REPLAYS), 1, _compacted_often()),
        *(_declare_dead_letters(name, layout) for name in (RAW, ANNOTATED, ENRICHED)),
    )


DECLARED = declare_topics()
"""The topics of a deployment that changes nothing."""
