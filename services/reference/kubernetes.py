"""Resources for Kubernetes operators, generated so that they agree with their source.

Strimzi's KafkaTopic and KafkaUser resources come from the contracts. The Prometheus operator's PrometheusRule comes
from the rule files in deploy/prometheus/rules/.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from services.contracts import topics
from services.contracts.topics import Topic, dead_letter_topic
from services.ingest.sources.feeds.election import GROUP as FEEDS_GROUP
from services.ingest.sources.feeds.store import TRANSACTIONAL_ID as FEEDS_TRANSACTIONAL_ID
from services.processor.match.retractions import GROUP as RETRACTIONS_GROUP
from services.reference.files import Files
from services.sink.rules import EXAMPLE_RULES, read_rules
from services.sink.topics import list_topics

API_VERSION = "kafka.strimzi.io/v1"
CLUSTER = "news"
"""Name of the Kafka resource that the topics and users belong to; an overlay may replace it."""
HEADER = "# Generated from {} by `make reference`; do not edit.\n"
STRIMZI = Path("deploy", "kubernetes", "components", "strimzi")
MONITORING = Path("deploy", "kubernetes", "components", "monitoring")
RULES = Path("deploy", "prometheus", "rules")
ROUTES = Path("deploy", "kubernetes", "base", "routes.yaml")
REPLICAS = 3
MIN_IN_SYNC = 2
"""With three copies of each partition and two acknowledgements required, any one broker may fail."""


@dataclass(frozen=True, slots=True)
class Access:
    """The access that one service needs on Kafka; everything else is denied."""

    service: str
    groups: tuple[str, ...]
    """Consumer groups of the service. The first one begins the transactional ids of its lanes."""
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    writes_only: tuple[str, ...] = ()
    """Topics that a service with lanes writes outside them and does not read."""
    reads_prefix: str | None = None
    """Prefix of topics that the service may read."""
    writes_prefix: str | None = None
    """Prefix of topics that the service may create and write: the routed topics, which the rules file names."""
    transactional_id: str | None = None
    """Id of the service's only transactional producer; None if it has none or uses lanes."""
    lanes: bool = False
    """True if the service has one transactional producer for each input partition (a lane).

    A lane may read every topic that it writes: its state, its checkpoints, and its outputs, where it checks that the
    records of its last transaction still exist.
    """


ACCESS = (
    Access(
        "ingest",
        (FEEDS_GROUP,),
        reads=(topics.FEED_STATES,),
        writes=(topics.RAW, topics.FEED_STATES, topics.RETRACTION_REQUESTS),
        transactional_id=FEEDS_TRANSACTIONAL_ID,
    ),
    Access(
        "annotate",
        ("copydesk-annotate",),
        reads=(topics.RAW, topics.SHARD_MAP),
        writes=(topics.ANNOTATED, topics.SHARD_MAP, dead_letter_topic(topics.RAW)),
    ),
    Access(
        "match",
        ("copydesk-match", RETRACTIONS_GROUP),
        reads=(topics.ANNOTATED, topics.RETRACTION_REQUESTS),
        writes=(
            topics.VERDICTS,
            topics.STORIES,
            topics.MENTIONS,
            topics.MATCH_CHECKPOINTS,
            topics.ENRICHED,
            topics.SHARD_MAP,
            # Orders to retract.
            topics.ANNOTATED,
            dead_letter_topic(topics.ANNOTATED),
        ),
        writes_only=(topics.RETRACTIONS,),
        reads_prefix=topics.ROUTED_PREFIX,
        lanes=True,
    ),
    Access(
        "sink",
        ("copydesk-sink",),
        reads=(topics.ENRICHED,),
        writes=(topics.SINK_CHECKPOINTS, dead_letter_topic(topics.ENRICHED)),
        writes_prefix=topics.ROUTED_PREFIX,
        lanes=True,
    ),
    Access("archive", ("copydesk-archive",), reads=(topics.RAW, topics.RETRACTIONS)),
)


def build_topic(topic: Topic) -> dict[str, object]:
    """Return the KafkaTopic resource of one declared topic."""
    return {
        "apiVersion": API_VERSION,
        "kind": "KafkaTopic",
        "metadata": {"name": topic.name, "labels": {"strimzi.io/cluster": CLUSTER}},
        "spec": {
            "partitions": topic.partitions,
            "replicas": REPLICAS,
            "config": {**topic.settings, "min.insync.replicas": str(MIN_IN_SYNC)},
        },
    }


def build_user(access: Access) -> dict[str, object]:
    """Return the KafkaUser resource of one service: authentication by SCRAM, and the access that it needs."""
    return {
        "apiVersion": API_VERSION,
        "kind": "KafkaUser",
        "metadata": {"name": f"copydesk-{access.service}", "labels": {"strimzi.io/cluster": CLUSTER}},
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": list(_list_acls(access))},
        },
    }


def _list_acls(access: Access) -> Iterable[dict[str, object]]:
    # Each service compares the declared topics with the existing ones when it starts.
    yield _build_acl("topic", topics.NAMES, "prefix", "Describe")
    reads = {*access.reads, *(access.writes if access.lanes else ())}
    writes = {*access.writes, *access.writes_only}
    for name in sorted(reads | writes):
        operations = [op for op, names in (("Read", reads), ("Write", writes)) if name in names]
        yield _build_acl("topic", name, "literal", *operations)
    if access.reads_prefix:
        yield _build_acl("topic", access.reads_prefix, "prefix", "Read")
    if access.writes_prefix:
        yield _build_acl("topic", access.writes_prefix, "prefix", "Create", "Read", "Write")
    for group in access.groups:
        yield _build_acl("group", group, "literal", "Read")
    # Write includes Describe.
    if access.transactional_id:
        yield _build_acl("transactionalId", access.transactional_id, "literal", "Write")
    if access.lanes:
        # One id for each partition: <group>-<topic>-<partition>.
        yield _build_acl("transactionalId", f"{access.groups[0]}-", "prefix", "Write")


def _build_acl(kind: str, name: str, pattern: str, *operations: str) -> dict[str, object]:
    resource = {"type": kind, "name": name, "patternType": pattern}
    return {"resource": resource, "operations": list(operations), "host": "*"}


def build_rules(folder: Path) -> dict[str, object]:
    """Return the PrometheusRule resource with the groups of all rule files in `folder`, sorted by file name."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yml"))]
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "copydesk"},
        "spec": {"groups": [group for file in files for group in file["groups"]]},
    }


class _Dumper(yaml.SafeDumper):
    """Dumper that writes a string of several lines as a block, so that an expression stays readable."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


def _dump(source: str, resources: Iterable[dict[str, object]]) -> str:
    return HEADER.format(source) + yaml.dump_all(resources, Dumper=_Dumper, sort_keys=False, width=120)


def build_files(root: Path) -> Files:
    """Return the generated resources.

    They are the declared topics, the topics of the example routes, one user for each service, the alert rules from the
    rule files below `root`, and a copy of the example routes, because kustomize reads no file outside its base.
    """
    topics_made = [build_topic(topic) for topic in list_topics(read_rules(EXAMPLE_RULES))]
    return {
        STRIMZI / "topics.yaml": _dump("the contracts", topics_made),
        STRIMZI / "users.yaml": _dump("the contracts", [build_user(access) for access in ACCESS]),
        MONITORING / "rules.yaml": _dump("deploy/prometheus/rules", [build_rules(root / RULES)]),
        ROUTES: EXAMPLE_RULES.read_text(encoding="utf-8"),
    }
