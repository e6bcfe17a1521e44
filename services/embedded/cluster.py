"""Cluster of three brokers on one machine, each a voter of the quorum, for faults that one broker cannot show."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping

from services.embedded.broker import EmbeddedKafka, make_cluster_id
from services.embedded.java import choose_class_path
from services.embedded.ports import find_free_port
from services.embedded.properties import Node
from services.embedded.settings import EmbeddedSettings

BROKERS = 3
"""Size of the cluster: the smallest in which every acknowledged record is on two brokers and one broker may fail."""


class EmbeddedCluster:
    """Running brokers. Each of them can be stopped, killed, paused and restarted separately."""

    def __init__(self, brokers: list[EmbeddedKafka], advertised: list[int]) -> None:
        self.brokers = brokers
        self._advertised = advertised

    @classmethod
    @contextlib.contextmanager
    def start(
        cls,
        settings: EmbeddedSettings,
        *,
        ports: list[int] | None = None,
        advertised: list[int] | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> Iterator[EmbeddedCluster]:
        """Run a cluster until the block ends.

        The brokers listen on `ports`. If proxies are in front of them, clients and the other brokers get the ports
        `advertised` instead. Raises the same errors as `EmbeddedKafka.start`.
        """
        ports = ports or [find_free_port(settings.host) for _ in range(BROKERS)]
        controllers = [find_free_port("127.0.0.1") for _ in range(BROKERS)]
        voters = tuple(f"{number}@127.0.0.1:{port}" for number, port in enumerate(controllers, start=1))
        class_path, cluster_id = choose_class_path(settings), make_cluster_id()
        brokers = [
            EmbeddedKafka(
                settings.model_copy(
                    update={
                        "port": ports[index],
                        "data_dir": settings.data_dir / str(index + 1) if settings.data_dir else None,
                    }
                ),
                class_path,
                Node(
                    number=index + 1,
                    controller_port=controllers[index],
                    voters=voters,
                    cluster_id=cluster_id,
                    advertised_port=advertised[index] if advertised else 0,
                    replicas=BROKERS,
                    properties=dict(properties or {}),
                ),
            )
            for index in range(BROKERS)
        ]
        with contextlib.ExitStack() as ends:
            for broker in brokers:
                ends.callback(broker.close)
            for broker in brokers:
                # There is no quorum before the second broker runs, so all are launched before the first wait.
                broker.launch()
            deadline = time.monotonic() + settings.start_deadline
            for broker in brokers:
                broker.await_answer(deadline - time.monotonic())
            yield cls(brokers, advertised or ports)

    @property
    def bootstrap_servers(self) -> str:
        """Addresses for clients: host:port of each broker, separated by commas."""
        return ",".join(f"{broker.host}:{port}" for broker, port in zip(self.brokers, self._advertised, strict=True))
