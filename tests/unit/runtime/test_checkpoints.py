"""When a lane believes its checkpoint and not the offset that Kafka names."""

from __future__ import annotations

import pytest
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from services.contracts.checkpoint import Checkpoint
from services.outcomes import Stage
from services.runtime.checkpoints import Checkpoints, is_doubtful, sign
from services.runtime.metrics import Metrics
from services.runtime.settings import KafkaSettings
from services.runtime.state import Mark
from tests.unit.runtime.records import Record

CHECKPOINT = Checkpoint(first=90, last=99, digest="")


@pytest.mark.parametrize(
    ("committed", "expected"),
    [
        (sign(100), False),
        (sign(120), False),
        (sign(90), False),
        (sign(89), True),
        (sign(0), True),
        (None, True),
        (OffsetAndMetadata(0, ""), False),
        (OffsetAndMetadata(0, "copydesk:100"), False),
    ],
    ids=[
        "as the checkpoint",
        "further: the checkpoints were lost",
        "before the last transaction: it is better done twice than never",
        "before that",
        "long ago",
        "forgotten",
        "reset by a tool",
        "reset by a tool that leaves the metadata there",
    ],
)
def test_only_an_old_offset_of_our_own_is_doubtful(committed: OffsetAndMetadata | None, expected: bool) -> None:
    """An operator's reset counts, wherever it goes."""
    assert is_doubtful(committed, CHECKPOINT) is expected


def test_a_checkpoint_tells_the_transaction_from_its_first_record_to_its_last() -> None:
    """On the input's partition, under the group's name."""
    settings, source = KafkaSettings(bootstrap_servers="nowhere:9092"), TopicPartition("in", 3)
    lane = Checkpoints(settings, "group", source, "checkpoints", Stage.SINK, Metrics(Stage.SINK))
    output = lane.build([Record(offset=90, value=b"a"), Record(offset=99, key=b"k", value=b"b")])
    assert (output.topic, output.partition, output.key) == ("checkpoints", 3, b"group")
    digest = Mark.of(99, b"k", b"b").digest
    assert Checkpoint.model_validate_json(output.value or b"") == Checkpoint(first=90, last=99, digest=digest)
