"""The broker's configuration: one KRaft node, small, quick to start."""

from __future__ import annotations

from pathlib import Path

from services.contracts.topics import MAX_RECORD_BYTES

RECORD_OVERHEAD_BYTES = 65_536
"""Key, headers and the batch's own bytes around the largest record."""


def build_properties(*, host: str, port: int, controller_port: int, log_dir: Path) -> str:
    """The text of server.properties."""
    batch = MAX_RECORD_BYTES + RECORD_OVERHEAD_BYTES
    properties: dict[str, object] = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "listeners": f"PLAINTEXT://{host}:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{host}:{port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller_port}",
        "log.dirs": log_dir,
        # One node has no second replica.
        "default.replication.factor": 1,
        "min.insync.replicas": 1,
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        # Each partition costs files and start time; the defaults are 50.
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.num.partitions": 1,
        "num.partitions": 1,
        "auto.create.topics.enable": "false",
        # The first member need not wait 3 s for others.
        "group.initial.rebalance.delay.ms": 0,
        "message.max.bytes": batch,
        "replica.fetch.max.bytes": batch,
        "socket.request.max.bytes": 4 * batch,
        # After kill -9 a node cannot come back before its old registration expires; the default is 9 s.
        "broker.session.timeout.ms": 4_000,
        "broker.heartbeat.interval.ms": 1_000,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "num.recovery.threads.per.data.dir": 2,
        "log.cleaner.dedupe.buffer.size": 33_554_432,
    }
    return "".join(f"{name}={value}\n" for name, value in properties.items())
