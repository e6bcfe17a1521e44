"""Strimzi's KafkaTopic and KafkaUser resources, generated from the contracts: `python -m services.cli.kubernetes`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from services.cli.topics import list_topics
from services.contracts import topics
from services.contracts.topics import Topic, dead_letter_topic
from services.ingest.sources.feeds.turn import GROUP as FEEDS_GROUP

API_VERSION = "kafka.strimzi.io/v1"
CLUSTER = "news"
"""Of the Kafka resource that the topics and users belong to; an overlay may put another in its place."""
PREFIX = "news."
"""All topics have it."""
HEADER = "# Generated from the contracts by `make reference`; do not edit.\n"


@dataclass(frozen=True, slots=True)
class Access:
    """What one service may do with Kafka, and nothing else."""

    service: str
    group: str | None
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    writes_prefix: str | None = None
    """Topics of which it may write, and create, any: the routes, which the rules name and no code."""
    transactional: bool = False


ACCESS = (
    Access("ingest", FEEDS_GROUP, reads=(topics.FEED_STATES,), writes=(topics.RAW, topics.FEED_STATES)),
    Access(
        "annotate",
        "copydesk-annotate",
        reads=(topics.RAW, topics.SHARD_MAP),
        writes=(topics.ANNOTATED, topics.SHARD_MAP, dead_letter_topic(topics.RAW)),
    ),
    Access(
        "match",
        "copydesk-match",
        reads=(topics.ANNOTATED, topics.VERDICTS, topics.SHARD_MAP),
        writes=(topics.VERDICTS, topics.ENRICHED, topics.SHARD_MAP, dead_letter_topic(topics.ANNOTATED)),
        transactional=True,
    ),
    Access(
        "sink",
        "copydesk-sink",
        reads=(topics.ENRICHED,),
        writes=(dead_letter_topic(topics.ENRICHED),),
        writes_prefix=topics.ROUTED_PREFIX,
        transactional=True,
    ),
)


def build_topic(topic: Topic, replicas: int, in_sync: int) -> dict[str, object]:
    """The KafkaTopic of one declaration."""
    return {
        "apiVersion": API_VERSION,
        "kind": "KafkaTopic",
        "metadata": {"name": topic.name, "labels": {"strimzi.io/cluster": CLUSTER}},
        "spec": {
            "partitions": topic.partitions,
            "replicas": replicas,
            "config": {**topic.settings, "min.insync.replicas": str(in_sync)},
        },
    }


def build_user(access: Access) -> dict[str, object]:
    """The KafkaUser of one service: SCRAM, and the access that its work needs."""
    return {
        "apiVersion": API_VERSION,
        "kind": "KafkaUser",
        "metadata": {"name": f"copydesk-{access.service}", "labels": {"strimzi.io/cluster": CLUSTER}},
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": list(_rules(access))},
        },
    }


def _rules(access: Access) -> Iterable[dict[str, object]]:
    # Each service compares all declared topics with what is there before it begins.
    yield _rule("topic", PREFIX, "prefix", "Describe")
    for name in sorted({*access.reads, *access.writes}):
        operations = [op for op, names in (("Read", access.reads), ("Write", access.writes)) if name in names]
        yield _rule("topic", name, "literal", *operations)
    if access.writes_prefix:
        yield _rule("topic", access.writes_prefix, "prefix", "Create", "Write")
    if access.group:
        yield _rule("group", access.group, "literal", "Read")
    if access.transactional:
        # One id a partition: <group>-<topic>-<partition>.
        yield _rule("transactionalId", f"{access.group}-", "prefix", "Describe", "Write")


def _rule(kind: str, name: str, pattern: str, *operations: str) -> dict[str, object]:
    resource = {"type": kind, "name": name, "patternType": pattern}
    return {"resource": resource, "operations": list(operations), "host": "*"}


def build_files(replicas: int = 3, in_sync: int = 2) -> dict[str, str]:
    """File name to content: the declared topics with those of the example's routes, and a user a service."""
    made = [build_topic(topic, replicas, in_sync) for topic in list_topics(None)]
    return {
        "topics.yaml": HEADER + yaml.safe_dump_all(made, sort_keys=False),
        "users.yaml": HEADER + yaml.safe_dump_all([build_user(access) for access in ACCESS], sort_keys=False),
    }


def main(arguments: list[str] | None = None) -> int:
    """Write the files into a folder; returns 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("deploy/kubernetes/components/strimzi"))
    folder: Path = parser.parse_args(arguments).folder
    for name, content in build_files().items():
        (folder / name).write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
