"""Tests of checkpoints: when a lane trusts its checkpoint and not the offset that Kafka returns."""

from __future__ import annotations

import pytest
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from services.contracts.state.checkpoint import Checkpoint, OutputPosition
from services.outcomes import Stage
from services.runtime.kafka.producer import WrittenRecord, sign_offset
from services.runtime.kafka.records import OutputRecord
from services.runtime.kafka.state_log import RecordFingerprint
from services.runtime.lanes.checkpoints import CheckpointLog, is_stale
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import KafkaSettings
from tests.support.source_records import Record

CHECKPOINT = Checkpoint(first=90, last=99, timestamp=0, digest="", outputs=())


@pytest.mark.parametrize(
    ("committed", "expected"),
    [
        (sign_offset(100), False),
        (sign_offset(120), False),
        (sign_offset(99), True),
        (sign_offset(90), True),
        (sign_offset(0), True),
        (None, True),
        (OffsetAndMetadata(0, ""), False),
        (OffsetAndMetadata(0, "copydesk:100"), False),
    ],
    ids=[
        "same as the checkpoint",
        "later: the checkpoints were lost",
        "within the last transaction",
        "before the last transaction",
        "the log's start",
        "forgotten",
        "reset by a tool",
        "reset by a tool that leaves the metadata of another offset",
    ],
)
def test_only_an_old_signed_offset_is_stale(committed: OffsetAndMetadata | None, expected: bool) -> None:
    """An old offset that a lane has signed is stale; an offset that an operator has reset never is."""
    assert is_stale(committed, CHECKPOINT) is expected


def test_checkpoint_names_the_records_and_the_last_output_of_each_partition() -> None:
    """A checkpoint has the group as its key, the input's partition, and only outputs whose offset is known."""
    settings, source = KafkaSettings(bootstrap_servers="nowhere:9092"), TopicPartition("in", 3)
    log = CheckpointLog(settings, "group", source, topic="checkpoints", stage=Stage.SINK, metrics=Metrics(Stage.SINK))
    placed = [
        WrittenRecord(OutputRecord("a", b"", b""), partition, offset)
        for partition, offset in ((1, 5), (0, 7), (1, 6), (2, -1))
    ]
    output = log.build_record([Record(offset=90, value=b"a"), Record(offset=99, key=b"k", value=b"b")], placed)
    assert (output.topic, output.partition, output.key) == ("checkpoints", 3, b"group")
    places = (OutputPosition(topic="a", partition=1, offset=6), OutputPosition(topic="a", partition=0, offset=7))
    digest = RecordFingerprint.of(99, b"k", b"b").digest
    expected = Checkpoint(first=90, last=99, timestamp=1_700_000_000_000, digest=digest, outputs=places)
    assert Checkpoint.model_validate_json(output.value or b"") == expected
