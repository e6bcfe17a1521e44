"""Operators' resources that repeat what stands elsewhere: `python -m services.reference.kubernetes deploy`.

Strimzi's KafkaTopic and KafkaUser come from the contracts, the Prometheus operator's PrometheusRule from the rules.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from services.contracts import topics
from services.contracts.topics import Topic, dead_letter_topic
from services.ingest.sources.feeds.election import GROUP as FEEDS_GROUP
from services.ingest.sources.feeds.store import TRANSACTIONAL_ID as FEEDS_TRANSACTIONAL_ID
from services.sink.topics import list_topics

API_VERSION = "kafka.strimzi.io/v1"
CLUSTER = "news"
"""Of the Kafka resource that the topics and users belong to; an overlay may put another in its place."""
PREFIX = "news."
"""All topics have it."""
HEADER = "# Generated from {} by `make reference`; do not edit.\n"
STRIMZI = Path("kubernetes", "components", "strimzi")
MONITORING = Path("kubernetes", "components", "monitoring")
RULES = Path("prometheus", "rules")
"""Below the folder of the deployment, as the two above."""


@dataclass(frozen=True, slots=True)
class Access:
    """What one service may do with Kafka, and nothing else."""

    service: str
    group: str | None
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    writes_prefix: str | None = None
    """Topics of which it may write, and create, any: the routes, which the rules name and no code."""
    transactional_id: str | None = None
    """Of its one producer with transactions."""
    lanes: bool = False
    """Whether it has such a producer for each partition that it reads. Then it may read all that it writes: its state,
    its checkpoints and, to look whether what its last transaction wrote is there, the rest."""


ACCESS = (
    Access(
        "ingest",
        FEEDS_GROUP,
        reads=(topics.FEED_STATES,),
        writes=(topics.RAW, topics.FEED_STATES),
        transactional_id=FEEDS_TRANSACTIONAL_ID,
    ),
    Access(
        "annotate",
        "copydesk-annotate",
        reads=(topics.RAW, topics.SHARD_MAP),
        writes=(topics.ANNOTATED, topics.SHARD_MAP, dead_letter_topic(topics.RAW)),
    ),
    Access(
        "match",
        "copydesk-match",
        reads=(topics.ANNOTATED,),
        writes=(
            topics.VERDICTS,
            topics.MATCH_CHECKPOINTS,
            topics.ENRICHED,
            topics.SHARD_MAP,
            dead_letter_topic(topics.ANNOTATED),
        ),
        lanes=True,
    ),
    Access(
        "sink",
        "copydesk-sink",
        reads=(topics.ENRICHED,),
        writes=(topics.SINK_CHECKPOINTS, dead_letter_topic(topics.ENRICHED)),
        writes_prefix=topics.ROUTED_PREFIX,
        lanes=True,
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
    reads = {*access.reads, *(access.writes if access.lanes else ())}
    for name in sorted({*reads, *access.writes}):
        operations = [op for op, names in (("Read", reads), ("Write", access.writes)) if name in names]
        yield _rule("topic", name, "literal", *operations)
    if access.writes_prefix:
        yield _rule("topic", access.writes_prefix, "prefix", "Create", "Read", "Write")
    if access.group:
        yield _rule("group", access.group, "literal", "Read")
    # To write with an id is also to describe it.
    if access.transactional_id:
        yield _rule("transactionalId", access.transactional_id, "literal", "Write")
    if access.lanes:
        # One id a partition: <group>-<topic>-<partition>.
        yield _rule("transactionalId", f"{access.group}-", "prefix", "Write")


def _rule(kind: str, name: str, pattern: str, *operations: str) -> dict[str, object]:
    resource = {"type": kind, "name": name, "patternType": pattern}
    return {"resource": resource, "operations": list(operations), "host": "*"}


def build_rules(folder: Path) -> dict[str, object]:
    """The PrometheusRule with the groups of all rule files in `folder`, in the order of the files' names."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yml"))]
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "copydesk"},
        "spec": {"groups": [group for file in files for group in file["groups"]]},
    }


class _Dumper(yaml.SafeDumper):
    """Strings of several lines as blocks, so that an expression can be read."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


def _dump(source: str, resources: Iterable[dict[str, object]]) -> str:
    return HEADER.format(source) + yaml.dump_all(resources, Dumper=_Dumper, sort_keys=False, width=120)


def build_files(deploy: Path, replicas: int = 3, in_sync: int = 2) -> dict[Path, str]:
    """Path below `deploy` to content: the declared topics with those of the example's routes, a user a service, and
    the rules that lie below `deploy`."""
    made = [build_topic(topic, replicas, in_sync) for topic in list_topics(None)]
    return {
        STRIMZI / "topics.yaml": _dump("the contracts", made),
        STRIMZI / "users.yaml": _dump("the contracts", [build_user(access) for access in ACCESS]),
        MONITORING / "rules.yaml": _dump("deploy/prometheus/rules", [build_rules(deploy / RULES)]),
    }


def main(arguments: list[str] | None = None) -> int:
    """Write the files into the folder of the deployment; returns 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("deploy", nargs="?", type=Path, default=Path("deploy"))
    deploy: Path = parser.parse_args(arguments).deploy
    for path, content in build_files(deploy).items():
        (deploy / path).write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
