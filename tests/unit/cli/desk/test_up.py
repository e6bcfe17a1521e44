"""What `copydesk up` prints about its addresses and its end."""

from __future__ import annotations

from pathlib import Path

from services.cli.desk.processes.stack import Stack
from services.cli.desk.up import describe_addresses, describe_end
from services.embedded import EmbeddedKafka, EmbeddedSettings
from services.sink.rules import Rules


def build_broker(**settings: object) -> EmbeddedKafka:
    """Return a broker with these settings that is not started."""
    return EmbeddedKafka(EmbeddedSettings.model_validate(settings), "no class path")


def describe_kafka(broker: EmbeddedKafka | None, address: str) -> str:
    """Return what is printed about Kafka at this address."""
    stack = Stack(address, "http://127.0.0.1:8080", Path("log"), {}, Rules(()), "http://127.0.0.1:8090", broker)
    return next(line for line in describe_addresses(stack, 8080) if line.startswith("Kafka"))


def test_a_port_of_the_settings_is_no_substitute(tmp_path: Path) -> None:
    """The usual port of Kafka is called used only if Kafka was to have it: not with a port or a Kafka of the user."""
    assert describe_kafka(build_broker(data_dir=tmp_path), "127.0.0.1:31001").endswith("(port 9092 is in use)")
    assert describe_kafka(build_broker(data_dir=tmp_path, port=31001), "127.0.0.1:31001").endswith("127.0.0.1:31001")
    assert describe_kafka(None, "broker.example:31001").endswith("broker.example:31001")


def test_the_end_says_what_stays(tmp_path: Path) -> None:
    """Ctrl-C deletes the events of a temporary broker alone; the folder of a lasting one is named."""
    assert describe_end(build_broker(data_dir=tmp_path)).endswith(f"stops everything; the events stay in {tmp_path}.")
    temporary = build_broker()
    try:
        assert describe_end(temporary).endswith("stops everything and deletes the events.")
    finally:
        temporary.close()
    assert describe_end(None).endswith("stops everything.")
