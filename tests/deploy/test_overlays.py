"""What the overlays and components promise: scaling, TLS from outside, volumes, dashboards, and a bounded disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from services.contracts.topics import ANNOTATED, ENRICHED, PARTITIONS, RAW, SHARD_COUNT, Topic, TopicLayout
from services.reference.kubernetes import ACCESS
from services.sink.rules import EXAMPLE_RULES, read_rules
from services.sink.topics import list_topics
from tests.deploy.overlays import KUBERNETES, Manifest, render
from tests.deploy.test_compose import read_properties
from tests.support.repository import DEPLOY

SCALED = {"annotate": (RAW, PARTITIONS), "match": (ANNOTATED, SHARD_COUNT), "sink": (ENRICHED, PARTITIONS)}
"""Input topic and number of partitions of each service that KEDA scales."""
WITH_KEDA = ("production", "managed")
GIBIBYTE = 2**30
INTERNAL_PARTITIONS = 8
"""Partitions of the broker's own compacted topics: offsets and transactions."""
COMPACTED_SEGMENTS = 2
"""Segments of a compacted partition with few keys: the active one, and one that waits to be compacted."""
FREE = 0.25
"""Share of the disk that must stay free."""


def find(overlay: str, kind: str, name: str) -> Mapping[str, Any]:
    """Return a manifest of an overlay."""
    [found] = [one for one in render(overlay) if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


@pytest.mark.parametrize("overlay", WITH_KEDA)
@pytest.mark.parametrize("service", sorted(SCALED))
def test_services_scale_by_the_lag_of_their_input(overlay: str, service: str) -> None:
    """KEDA scales each service on its group and topic, to no more pods than partitions, and sets the replicas alone."""
    spec = find(overlay, "ScaledObject", f"copydesk-{service}")["spec"]
    metadata = spec["triggers"][0]["metadata"]
    [access] = [access for access in ACCESS if access.service == service]
    assert (metadata["topic"], spec["maxReplicaCount"]) == SCALED[service]
    assert metadata["consumerGroup"] == access.groups[0]
    kind = spec["scaleTargetRef"].get("kind", "Deployment")
    assert "replicas" not in find(overlay, kind, spec["scaleTargetRef"]["name"])["spec"]


def test_a_managed_kafka_needs_no_operator_and_no_broker_in_the_cluster() -> None:
    """The overlay has no Strimzi resource; brokers are reached by address, with one secret for services and KEDA."""
    manifests = render("managed")
    assert not [one for one in manifests if "strimzi.io" in one["apiVersion"]]
    [egress] = find("managed", "NetworkPolicy", "kafka")["spec"]["egress"]
    [peer] = egress["to"]
    servers = find_settings(manifests)["COPYDESK_KAFKA__BOOTSTRAP_SERVERS"]
    assert "ipBlock" in peer
    assert {port["port"] for port in egress["ports"]} == {int(one.rpartition(":")[2]) for one in servers.split(",")}
    for service in SCALED:
        assert (
            find("managed", "ScaledObject", f"copydesk-{service}")["spec"]["triggers"][0]["metadata"][
                "bootstrapServers"
            ]
            == servers
        )
        given = find("managed", "TriggerAuthentication", f"copydesk-{service}")["spec"]["secretTargetRef"]
        assert {one["name"] for one in given} == {"copydesk-kafka-login"}


def list_kafka_names(manifests: list[Manifest]) -> list[str]:
    """List the names of topics, groups, transactional ids and users in an overlay, also those that KEDA reads."""
    names: list[str] = []
    for one in manifests:
        if one["kind"] in ("KafkaTopic", "KafkaUser"):
            names.append(one["metadata"]["name"])
        if one["kind"] == "KafkaUser":
            names += [acl["resource"]["name"] for acl in one["spec"]["authorization"]["acls"]]
        if one["kind"] == "ScaledObject":
            metadata = one["spec"]["triggers"][0]["metadata"]
            names += [metadata["topic"], metadata["consumerGroup"]]
    return names


def test_staging_shares_no_name_on_kafka_with_production() -> None:
    """Every name on Kafka in the staging overlay is that of production with the prefix of the services' setting."""
    staging, production = render("staging"), render("production")
    prefix = find_settings(staging)["COPYDESK_TOPICS__PREFIX"]
    names = list_kafka_names(production)
    assert sorted(list_kafka_names(staging)) == sorted(f"{prefix}{name}" for name in names)
    assert len(names) > 50
    # Strimzi's operator watches one namespace; everything else is in the deployment's own.
    places = {one["metadata"]["namespace"] for one in staging if "kafka.strimzi.io" in one["apiVersion"]}
    others = [one for one in staging if "kafka.strimzi.io" not in one["apiVersion"] and one["kind"] != "Namespace"]
    assert places == {"copydesk"}
    assert {one["metadata"]["namespace"] for one in others} == {"copydesk-staging"}


def find_settings(manifests: list[Manifest]) -> Mapping[str, str]:
    """Return the settings of Kafka that all services of an overlay have."""
    [name] = {
        source["configMapRef"]["name"]
        for one in manifests
        if one["metadata"]["name"] == "copydesk-sink" and one["kind"] == "Deployment"
        for source in one["spec"]["template"]["spec"]["containers"][0]["envFrom"]
        if source["configMapRef"]["name"].startswith("copydesk-kafka")
    }
    [found] = [one["data"] for one in manifests if one["metadata"]["name"] == name]
    settings: Mapping[str, str] = found
    return settings


@pytest.mark.parametrize("overlay", WITH_KEDA)
def test_ingest_is_reached_by_tls_alone(overlay: str) -> None:
    """The Ingress has TLS for its host, leads to the API alone, and its controller may reach ingest."""
    spec = find(overlay, "Ingress", "copydesk-ingest")["spec"]
    [tls], [rule] = spec["tls"], spec["rules"]
    [path] = rule["http"]["paths"]
    assert tls["hosts"] == [rule["host"]] and tls["secretName"]
    service = find(overlay, "Service", path["backend"]["service"]["name"])["spec"]
    assert (path["path"], path["backend"]["service"]["port"]["name"]) == ("/v1/", service["ports"][0]["name"])
    [allowed] = find(overlay, "NetworkPolicy", "ingress-controller")["spec"]["ingress"]
    [peer] = allowed["from"]
    labels = peer["namespaceSelector"]["matchLabels"]
    assert labels == {"kubernetes.io/metadata.name": f"ingress-{spec['ingressClassName']}"}


@pytest.mark.parametrize("overlay", WITH_KEDA)
def test_snapshots_are_on_claimed_volumes(overlay: str) -> None:
    """Match's snapshots are on a claim of the StatefulSet and no longer in the pod, under the same mount."""
    spec = find(overlay, "StatefulSet", "copydesk-match")["spec"]
    [claim] = spec["volumeClaimTemplates"]
    pod = spec["template"]["spec"]
    assert claim["metadata"]["name"] == "snapshots"
    assert "snapshots" not in {volume["name"] for volume in pod["volumes"]}
    assert {"name": "snapshots", "mountPath": "/snapshots"} in pod["containers"][0]["volumeMounts"]


@pytest.mark.parametrize("board", ["desk", "operator"])
def test_dashboards_are_config_maps(board: str) -> None:
    """Each dashboard is the ConfigMap that Grafana's sidecar loads, with the same JSON as the file."""
    made = find("production", "ConfigMap", f"copydesk-dashboard-{board}")
    assert made["metadata"]["labels"]["grafana_dashboard"] == "1"
    written = (DEPLOY / "grafana" / "dashboards" / f"{board}.json").read_text(encoding="utf-8")
    assert json.loads(made["data"][f"{board}.json"]) == json.loads(written)


def test_the_small_disk_cannot_fill() -> None:
    """All partitions together, each at its greatest size, leave a quarter of the small overlay's disk free."""
    folder = KUBERNETES / "overlays" / "small"
    broker = read_properties((folder / "server.properties").read_text(encoding="utf-8"))
    settings = find_settings(render("small"))
    layout = TopicLayout(dead_letter_bytes=int(settings["COPYDESK_TOPICS__DEAD_LETTER_BYTES"]))
    used = sum(topic.partitions * measure(topic, broker) for topic in list_topics(read_rules(EXAMPLE_RULES), layout))
    internal = max(int(broker[f"{name}.segment.bytes"]) for name in ("offsets.topic", "transaction.state.log"))
    used += INTERNAL_PARTITIONS * COMPACTED_SEGMENTS * internal
    [kafka] = [
        one
        for one in yaml.safe_load_all((folder / "kafka.yaml").read_text(encoding="utf-8"))
        if one["kind"] == "StatefulSet"
    ]
    [claim] = kafka["spec"]["volumeClaimTemplates"]
    disk = int(claim["spec"]["resources"]["requests"]["storage"].removesuffix("Gi")) * GIBIBYTE
    assert used <= (1 - FREE) * disk
    # A record that does not fit into a segment is refused.
    assert int(broker["log.segment.bytes"]) > int(broker["message.max.bytes"])


def measure(topic: Topic, broker: Mapping[str, str]) -> int:
    """Return the greatest size of a partition: retention counts closed segments, and one more is being written."""
    segment = int(topic.settings.get("segment.bytes", broker["log.segment.bytes"]))
    if topic.settings["cleanup.policy"] == "compact":
        return COMPACTED_SEGMENTS * segment
    return int(topic.settings.get("retention.bytes", broker["log.retention.bytes"])) + segment
