"""Parts of the archive: what is written is read back, and damage costs only what is damaged."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from services.archive.lines import decode_line, encode_line
from services.archive.manifest import ArchiveFolder, ArchiveIdentity, name_file
from services.archive.parts import PartitionBuffer, find_source, write_files
from services.archive.reading import ArchiveReader, ArchiveSelection, unpack
from services.errors import ConfigurationError, CopydeskError
from tests.support.source_records import Record

TOPIC = "raw"
DAY_MS = 86_400_000


def build_article(offset: int, *, source: str | None = "a.example", day: int = 20_000, **other: object) -> Record:
    """Build a record of the raw topic."""
    value = json.dumps({"content": f"text {offset}", "source": source}).encode()
    fields = {"value": value, "headers": (("x", b"1"), ("null", None)), **other}
    return Record(topic=TOPIC, partition=2, offset=offset, timestamp=day * DAY_MS + offset, **fields)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> ArchiveFolder:
    """Create an empty archive."""
    archive = ArchiveFolder(tmp_path / "archive")
    archive.claim(ArchiveIdentity(cluster="c", topic=TOPIC))
    return archive


def write(folder: ArchiveFolder, *records: Record, first: int | None = None) -> PartitionBuffer:
    """Write records as one part."""
    buffer = PartitionBuffer(2, records[0].offset if first is None else first)
    buffer.add(records)
    folder.add(write_files(folder, buffer))
    return buffer


def read(folder: ArchiveFolder, *, start: int = 0, **selection: object) -> tuple[list[Record], list[str]]:
    """Read the records and the reports."""
    reports: list[str] = []
    reader = ArchiveReader(folder.root, reports.append)
    chosen = ArchiveSelection(**{"since_ms": 0, **selection})  # type: ignore[arg-type]
    return [
        Record(one.value, one.key, one.headers, one.topic, one.partition, one.offset, one.timestamp)
        for one in reader.read(2, chosen, start)
    ], reports


@pytest.mark.parametrize(
    ("key", "value", "headers"),
    [
        (b"key", b'{"a": "\xc3\xbc"}', (("a", b"1"), ("a", b"2"))),
        (None, None, ()),
        (b"\xff", b"\x00\xff\xfe", (("n", None), ("b", b"\x80"))),
        (b"", b"", (("", b""),)),
        (b"k", b'{"base64": "x"}', ()),
        (b"k", "line\nfeed \u2028".encode(), ()),
    ],
)
def test_a_line_gives_back_every_byte(key: bytes | None, value: bytes | None, headers: object) -> None:
    """A record is read back from its line as it was, whatever its bytes are, and a line has one line feed."""
    record = Record(value, key, headers, TOPIC, 1, 5, 7)  # type: ignore[arg-type]
    line = encode_line(record)
    found = decode_line(line, TOPIC)
    assert line.count(b"\n") == 1
    assert (found.key, found.value, tuple(found.headers), found.offset) == (key, value, headers, 5)


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"null", b"{}", b'{"partition": "x"}', b"1"])
def test_a_damaged_line_is_a_value_error(line: bytes) -> None:
    """A line that is no record raises ValueError and nothing else."""
    with pytest.raises(ValueError):
        decode_line(line, TOPIC)


def test_records_are_in_files_by_day_and_source(folder: ArchiveFolder) -> None:
    """Each day and source has a file with the part's offsets in its name, and all records come back in order."""
    records = [
        build_article(5),
        build_article(6, source="b/c.example"),
        build_article(7, day=20_001),
        build_article(8, source=None),
        build_article(9, value=b"no article"),
    ]
    write(folder, *records)
    names = sorted(str(path.relative_to(folder.root)) for path in folder.root.rglob("*.jsonl.gz"))
    ending = f"00002-{5:020d}-{9:020d}.jsonl.gz"
    assert names == [
        f"2024-10-04/%unknown/{ending}",
        f"2024-10-04/a.example/{ending}",
        f"2024-10-04/b%2Fc.example/{ending}",
        f"2024-10-05/a.example/{ending}",
    ]
    assert read(folder) == (records, [])
    assert read(folder, sources=frozenset({"a.example"}))[0] == [records[0], records[2]]
    assert read(folder, start=8)[0] == records[3:]


def test_a_part_counts_once(folder: ArchiveFolder) -> None:
    """Two processes cannot write the same offsets, and files without a manifest do not count."""
    write(folder, build_article(0), build_article(1))
    with pytest.raises(CopydeskError, match="another process"):
        write(folder, build_article(0), build_article(1), build_article(2))
    assert [record.offset for record in read(folder)[0]] == [0, 1]
    assert folder.find_next(2) == 2 and folder.find_next(1) is None


def test_a_replays_own_records_are_left_out(folder: ArchiveFolder) -> None:
    """What a replay wrote is archived already; its offset is part of the range all the same."""
    replayed = build_article(1, headers=(("x-copydesk-log-time", b"1"),))
    write(folder, build_article(0), replayed)
    write(folder, build_article(2, headers=(("x-copydesk-log-time", b"1"),)), first=2)
    assert [record.offset for record in read(folder)[0]] == [0]
    assert folder.find_next(2) == 3 and read(folder)[1] == []


def test_a_hole_is_reported(folder: ArchiveFolder) -> None:
    """Offsets that no part has are named, and the parts around them are read."""
    for number in range(3):
        write(folder, build_article(10 * number), first=10 * number)
        write(folder, build_article(10 * number + 1), first=10 * number + 1) if number != 1 else None
    records, reports = read(folder)
    assert [record.offset for record in records] == [0, 1, 10, 20, 21]
    assert ["2 to 9" in reports[0], "11 to 19" in reports[1], len(reports)] == [True, True, 2]


@pytest.mark.parametrize("damage", ["missing", "truncated", "bomb", "other", "empty"])
def test_a_damaged_file_costs_its_own_articles(folder: ArchiveFolder, damage: str) -> None:
    """A file that is missing, cut, replaced or unpacks to more than it should is named, and the rest is read."""
    write(folder, build_article(0), build_article(1, source="b.example"))
    write(folder, build_article(2))
    [path] = [path for path in folder.root.rglob("*.jsonl.gz") if "b.example" in str(path)]
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        changed = {"truncated": content[:-9], "bomb": gzip.compress(b"0" * 10_000_000), "other": b"x", "empty": b""}
        path.write_bytes(changed[damage])
    records, reports = read(folder)
    assert [record.offset for record in records] == [0, 2]
    assert len(reports) == 1 and str(path) in reports[0] and "1 articles are left out" in reports[0]


def test_a_bomb_is_not_unpacked() -> None:
    """A file that unpacks to more than its manifest names is refused before it is unpacked whole."""
    with pytest.raises(ValueError, match="does not unpack to the 100 bytes"):
        unpack(gzip.compress(b"0" * 100_000_000), 100)


def test_a_damaged_manifest_ends_its_partition(folder: ArchiveFolder) -> None:
    """The parts before a damaged manifest are read, the manifest is named, and the archive does not overwrite it."""
    write(folder, build_article(0))
    write(folder, build_article(1))
    last = sorted((folder.root / "manifests").rglob("*.json"))[-1]
    last.write_bytes(b"{")
    records, reports = read(folder)
    assert [record.offset for record in records] == [0] and str(last) in reports[0]
    with pytest.raises(CopydeskError, match="damaged"):
        folder.find_next(2)


def test_a_part_outside_the_time_is_not_read(folder: ArchiveFolder) -> None:
    """A part whose records are all before or after the time is not opened, so that its damage does not matter."""
    for offset, day in enumerate((1, 2, 3)):
        write(folder, build_article(offset, day=day))
    for path in folder.root.rglob("*.jsonl.gz"):
        if "1970-01-03" not in str(path):
            path.write_bytes(b"")
    assert [one.offset for one in read(folder, since_ms=2 * DAY_MS, until_ms=3 * DAY_MS)[0]] == [1]
    assert read(folder, since_ms=2 * DAY_MS, until_ms=3 * DAY_MS)[1] == []


def test_an_archive_belongs_to_one_topic(folder: ArchiveFolder, tmp_path: Path) -> None:
    """The archive of another cluster is refused, and so is a folder that is no archive."""
    with pytest.raises(ConfigurationError, match="another folder"):
        folder.claim(ArchiveIdentity(cluster="other", topic=TOPIC))
    with pytest.raises(ConfigurationError, match="not an archive"):
        ArchiveReader(tmp_path, print)


@pytest.mark.parametrize("source", ["..", ".", "/etc", "a" * 900, "ü" * 200, "%unknown", "\ud800", "A\x00B"])
def test_a_source_is_one_folder_below_its_day(source: str) -> None:
    """Whatever a source is called, its file is in a folder of its own that a file system accepts."""
    parts = name_file(source, 0, 0, 0, 0).split("/")
    assert len(parts) == 3 and parts[1] not in ("", ".", "..", "%unknown") and len(parts[1].encode()) <= 200
    assert "\x00" not in parts[1]


@pytest.mark.parametrize(
    ("value", "source"),
    [(None, None), (b"", None), (b"[1]", None), (b'{"source": 1}', None), (b'{"source": " "}', None),
     (b'{"source": "x"}', "x")],
)  # fmt: skip
def test_source_of_any_record(value: bytes | None, source: str | None) -> None:
    """A record that is no article has no source, and that raises nothing."""
    assert find_source(value) == source
