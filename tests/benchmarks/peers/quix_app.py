"""Service with Quix Streams, written like the examples in its documentation."""

from __future__ import annotations

import sys

from quixstreams import Application

from tests.benchmarks.peers.enriching import enrich_bytes, warm_up


def run(servers: str, source: str, target: str) -> None:
    """Process records until the process is terminated."""
    app = Application(broker_address=servers, consumer_group="quix", auto_offset_reset="earliest", loglevel="ERROR")
    records = app.topic(source, value_deserializer="bytes", key_deserializer="bytes")
    events = app.topic(target, value_serializer="bytes", key_serializer="bytes")
    app.dataframe(records).apply(enrich_bytes).to_topic(events)
    print("ready", flush=True)
    app.run()


if __name__ == "__main__":
    warm_up()
    run(*sys.argv[1:])
