"""What a replay is asked to do: the choice of records, and requests that are refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.cli.replay.request import ReplayRequest, check_request, read_ids
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.contracts.topics import DAY_MS, RAW, TopicLayout
from services.errors import ConfigurationError
from tests.support.source_records import Record

NOW = datetime(2026, 5, 1, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1_000)


def build_record(content: str = "text", source: str = "a.example", timestamp: int = 100) -> Record:
    """Build a raw record."""
    return Record(json.dumps({"content": content, "source": source}).encode(), timestamp=timestamp)


def test_time_bounds_are_half_open() -> None:
    """A record at --since is chosen, one at --until is not, whatever the order of the records is."""
    request = ReplayRequest("r", since_ms=100, until_ms=200)
    assert [request.has(build_record(timestamp=time)) for time in (99, 100, 199, 200, 150)] == [
        False, True, True, False, True,
    ]  # fmt: skip


def test_source_and_ids_choose_together() -> None:
    """A record is chosen if its source and its id are, and bytes that are no article are not."""
    record = build_record()
    own = derive_article_id(RawArticle.model_validate_json(record.value or b""))
    assert ReplayRequest("r", 0, sources=frozenset({"a.example"}), ids=frozenset({own})).has(record)
    assert not ReplayRequest("r", 0, sources=frozenset({"b.example"}), ids=frozenset({own})).has(record)
    assert not ReplayRequest("r", 0, ids=frozenset({"0" * 32})).has(record)
    for value in (None, b"", b"{", b"[]", b'{"source": 1}', b'{"source": ["a.example"]}'):
        assert not ReplayRequest("r", 0, sources=frozenset({"a.example"})).has(Record(value))
        assert not ReplayRequest("r", 0, ids=frozenset({own})).has(Record(value))
        assert ReplayRequest("r", 0).has(Record(value))


def test_what_a_replay_wrote_is_not_replayed() -> None:
    """A record with a log time is the copy of another one."""
    assert not ReplayRequest("r", 0).has(Record(b"{}", headers=(("x-copydesk-log-time", b"1"),)))


def test_own_topics_have_the_name_and_one_partition() -> None:
    """The topics of a replay have its name after the deployment's prefix, and those in place are the usual ones."""
    layout = TopicLayout(prefix="staging.")
    target = ReplayRequest("may", 0).choose_target(layout)
    assert (target.name(RAW), target.partitions, target.shard_count) == (f"staging.may.{RAW}", 1, layout.shard_count)
    assert ReplayRequest("may", 0, in_place=True).choose_target(layout) == layout


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "A b"}, "no name of a replay"),
        ({"name": ""}, "no name of a replay"),
        ({"since_ms": NOW_MS}, "in the future"),
        ({"until_ms": 5, "since_ms": 5}, "must be after"),
        ({"since_ms": NOW_MS - 9 * DAY_MS, "in_place": True}, "8 days at most"),
    ],
)
def test_wrong_requests_are_refused(fields: dict[str, object], message: str) -> None:
    """A request that cannot mean what it says is refused with an error that says why."""
    request = ReplayRequest(**{"name": "r", "since_ms": 0, **fields})  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=message):
        check_request(request, TopicLayout(), NOW, 8 * DAY_MS)


def test_ids_are_read_and_checked(tmp_path: Path) -> None:
    """A file has one id a line; a line that is no id is named, and an empty file is refused."""
    file = tmp_path / "ids"
    file.write_text(f"{'a' * 32}\n\n  {'b' * 32} \n")
    assert read_ids(file) == {"a" * 32, "b" * 32}
    for text, message in (("a" * 32 + "\nxyz", "ids:2: 'xyz'"), ("\n", "has no ids")):
        file.write_text(text)
        with pytest.raises(ConfigurationError, match=message):
            read_ids(file)
