"""Quix Streams, as its documentation writes such a service."""

from __future__ import annotations

import sys

from quixstreams import Application

from tests.benchmarks.peers.enriching import enrich_bytes, warm_up


def run(servers: str, source: str, target: str) -> None:
    """Work until the process is ended."""
    app = Application(broker_address=servers, consumer_group="quix", auto_offset_reset="earliest", loglevel="ERROR")
    records = app.topic(source, value_deserializer="bytes", key_deserializer="bytes")
    events = app.topic(target, value_serializer="bytes", key_serializer="bytes")
    app.dataframe(records).apply(enrich_bytes).to_topic(events)
    print("ready", flush=True)
    app.run()


if __name__ == "__main__":
    warm_up()
    run(*sys.argv[1:])
