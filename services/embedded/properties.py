"""Configuration of the broker: a small KRaft node that starts fast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.contracts.topics import MAX_RECORD_BYTES

RECORD_OVERHEAD_BYTES = 65_536
"""Bytes for the key, the headers and the batch's own bytes, in addition to the largest record."""


@dataclass(frozen=True, slots=True)
class Node:
    """Settings that differ between brokers. The defaults are for a cluster of one."""

    number: int = 1
    """The number of the node (`node.id`)."""
    controller_port: int = 0
    """The port of the controller quorum; 0 chooses a free port."""
    voters: tuple[str, ...] = ()
    """The members of the static quorum, each as `number@host:port`; empty for a cluster of one."""
    cluster_id: str = ""
    """The id of the cluster, equal on all its nodes; empty creates a new id."""
    advertised_port: int = 0
    """The port that clients and other brokers get, if a proxy is in front of the broker; 0 for the port itself."""
    replicas: int = 1
    """The number of copies of each partition."""
    scram_users: Mapping[str, str] = field(default_factory=dict)
    """Users and passwords for SASL SCRAM-SHA-512, created when the data folder is formatted."""
    properties: Mapping[str, str] = field(default_factory=dict)
    """Lines of server.properties that add to or replace the generated ones."""


def build_properties(*, host: str, port: int, controller_port: int, log_dir: Path, node: Node | None = None) -> str:
    """Return the text of server.properties."""
    node = node or Node()
    properties = {**_build_common(node), **_build_addresses(host, port, controller_port, node), "log.dirs": log_dir}
    return "".join(f"{name}={value}\n" for name, value in {**properties, **node.properties}.items())


def _build_addresses(host: str, port: int, controller_port: int, node: Node) -> dict[str, object]:
    quorum = (
        {"controller.quorum.voters": ",".join(node.voters)}
        if node.voters
        else {"controller.quorum.bootstrap.servers": f"127.0.0.1:{controller_port}"}
    )
    return {
        "process.roles": "broker,controller",
        "node.id": node.number,
        "listeners": f"PLAINTEXT://{host}:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{host}:{node.advertised_port or port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        **quorum,
    }


def _build_common(node: Node) -> dict[str, object]:
    batch = MAX_RECORD_BYTES + RECORD_OVERHEAD_BYTES
    # With three copies, an acknowledged record is on two brokers, so any one of them may fail.
    in_sync = max(1, node.replicas - 1)
    return {
        "default.replication.factor": node.replicas,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": node.replicas,
        "transaction.state.log.replication.factor": node.replicas,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": node.replicas,
        "share.coordinator.state.topic.min.isr": in_sync,
        # Each partition needs files and start time; the defaults are 50.
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.num.partitions": 1,
        "num.partitions": 1,
        "auto.create.topics.enable": "false",
        # By default the first member of a group waits 3 s for others.
        "group.initial.rebalance.delay.ms": 0,
        "message.max.bytes": batch,
        "replica.fetch.max.bytes": batch,
        "socket.request.max.bytes": 4 * batch,
        # A node that is frozen or gets no CPU for longer than this is fenced. If no other node has its partitions, then
        # Kafka 4.3.1 drops the markers of transactions that end in this time (KAFKA-20734), and a group coordinator
        # that is fenced while it loads serves old offsets. A node also needs this time to return after kill -9. The
        # default is 9 s.
        "broker.session.timeout.ms": 15_000,
        "broker.heartbeat.interval.ms": 1_000,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "num.recovery.threads.per.data.dir": 2,
        "log.cleaner.dedupe.buffer.size": 33_554_432,
    }
