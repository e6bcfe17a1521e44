"""The comparison of events by article."""

from __future__ import annotations

import copy
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from services.cli.diff.comparison import KINDS, Difference, compare, compare_all
from services.cli.diff.features import read_features
from services.cli.diff.reading import Events, read_events
from services.cli.diff.showing import build_tables, describe
from services.errors import ConfigurationError
from services.runtime.service.settings import KafkaSettings
from tests.support.events import build_event

KAFKA = KafkaSettings(bootstrap_servers="127.0.0.1:9")


def build(**changes: Any) -> dict[str, Any]:
    """Return an event as JSON, with some of its fields changed by path, such as `article__headline`."""
    event: dict[str, Any] = json.loads(build_event().model_dump_json())
    event["entities"] = [build_entity("Ann Lee", "PER", "positive"), build_entity("Örebro", "LOC", "neutral")]
    event["sentiment"] = {"polarity": "neutral"}
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = event
        for parent in parents:
            target = target[parent]
        target[last] = value
    return event


def build_entity(name: str, kind: str, polarity: str) -> dict[str, Any]:
    """Return an entity with the compared fields."""
    return {"name": name, "type": kind, "sentiment": {"polarity": polarity}}


def find(**changes: Any) -> list[Difference]:
    """Return the differences that the changes make."""
    return list(compare(read_features(build()), read_features(build(**changes))))


def test_equal_events_have_no_difference() -> None:
    """The place in Kafka, the time of arrival, version and revision are not compared."""
    revision = {"number": 2, "hash": "b", "replaces": "a"}
    assert find() == []
    assert find(origin=None, article__ingested_at="2026-01-01T00:00:00Z", enrichment__pipeline="9") == []
    assert find(enrichment__revision=revision) == []


def test_names_are_compared_whatever_their_order_and_spelling() -> None:
    """A name is added, lost, retyped or judged otherwise; case, accents and order make no difference."""
    others = [build_entity("OREBRO", "ORG", "neutral"), build_entity("Ann Lee", "PER", "negative")]
    assert find(entities=[*others, build_entity("Ib", "PER", "neutral")]) == [
        Difference("name_sentiment", "Ann Lee", "positive", "negative"),
        Difference("name_added", "Ib", None, "PER"),
        Difference("name_retyped", "OREBRO", "LOC", "ORG"),
    ]
    assert find(entities=None) == [
        Difference("name_lost", "Ann Lee", "PER", None),
        Difference("name_lost", "Örebro", "LOC", None),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sentiment": None}, "article_sentiment"),
        ({"topics": [{"name": "sport"}]}, "topics"),
        ({"duplicate__verdict": "near"}, "verdict"),
        ({"article__language__code": "de"}, "language"),
        ({"article__headline": "another"}, "other"),
        ({"article__a_new_field": 1}, "other"),
        ({"cleaning__raw_length": 7}, "other"),
        ({"duplicate__similarity": 0.5}, "other"),
    ],
)
def test_every_other_part_is_compared(changes: dict[str, Any], expected: str) -> None:
    """A difference has its kind, and a part that no kind explains is named."""
    [difference] = find(**changes)
    assert difference.kind == expected and difference.kind in KINDS
    if expected == "other":
        assert difference.what.split(".")[0] in next(iter(changes))


def test_sums_and_examples() -> None:
    """The report counts articles and differences, and keeps as many examples as asked for."""
    before = {f"{number}": read_features(build(id=f"{number}")) for number in range(6)}
    after = {
        f"{number}": read_features(build(id=f"{number}", **({"duplicate__verdict": "near"} if number % 2 else {})))
        for number in range(1, 8)
    }
    report = compare_all(before, after, examples=2)
    assert (report.articles, report.equal, report.only_before, report.only_after) == (5, 2, 1, 2)
    assert report.differing["verdict"] == report.differences["verdict"] == 3
    described: Any = describe(report)
    assert described["differences"]["verdict"]["moves"] == {"original -> near": 3}
    assert [one["id"] for one in described["differences"]["verdict"]["examples"]] == ["1", "3"]
    assert report.has_differences and len(list(build_tables(report))) > 2
    assert not compare_all(before, before, examples=2).has_differences


async def test_a_file_may_be_packed_and_may_have_revisions(tmp_path: Path) -> None:
    """The first and the last event of each article are read, from plain and from gzip files."""
    lines = [json.dumps(build(article__headline=headline)).encode() + b"\n" for headline in ("one", "two", "three")]
    plain, packed = tmp_path / "events.jsonl", tmp_path / "events.jsonl.gz"
    plain.write_bytes(b"".join(lines) + b"\n")
    packed.write_bytes(gzip.compress(b"".join(lines)))
    for path in (plain, packed):
        events = await read_events(str(path), KAFKA)
        [(first, last)] = zip(events.first.values(), events.last.values(), strict=True)
        assert (first.headline, last.headline) == ("one", "three")


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"id": "x"}', b"\xff", b"null"])
async def test_what_is_no_event_is_named(tmp_path: Path, content: bytes) -> None:
    """A line that is no event is an error with file and line."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(json.dumps(build()).encode() + b"\n" + content)
    with pytest.raises(ConfigurationError, match=r"events\.jsonl:2 is not an enriched event"):
        await read_events(str(path), KAFKA)


async def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    """A gzip file that stops before its end is an error with its name."""
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(build()).encode() * 50)[:-20])
    with pytest.raises(ConfigurationError, match=r"events\.jsonl\.gz"):
        await read_events(str(path), KAFKA)


def test_an_event_without_optional_parts_is_read() -> None:
    """An event of an earlier version has no revision and may lack names and sentiment."""
    event = copy.deepcopy(build(entities=None, sentiment=None))
    event["enrichment"].pop("revision", None)
    events = Events()
    events.add(json.dumps(event).encode(), "here")
    [features] = events.last.values()
    assert (features.names, features.polarity, features.revision) == ({}, None, None)
