"""Tests of snapshots on the disk: they are complete or absent, and a damaged one is rejected."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from services.runtime.kafka.state_log import RecordFingerprint
from services.runtime.lanes.snapshots import MANIFEST, UNFINISHED, SnapshotFolder, SnapshotSource

SOURCE = SnapshotSource("cluster-1", "state", 3, "group", {"parameters": "{}"})
LAST_RECORD = RecordFingerprint.of(41, b"key", b"value")


def write_state(folder: Path) -> None:
    """Write two files, as a stage would write its state."""
    (folder / "table").write_bytes(bytes(range(256)) * 100)
    (folder / "names").write_text("{}")


@pytest.fixture
def snapshots(tmp_path: Path) -> SnapshotFolder:
    """Open an empty folder."""
    return SnapshotFolder(tmp_path, SOURCE)


def test_written_snapshot_is_found_and_valid(snapshots: SnapshotFolder) -> None:
    """The manifest of a written snapshot has the last record and the size, and the files are unchanged."""
    snapshots.write(write_state, LAST_RECORD)
    [folder] = snapshots.list()
    manifest = snapshots.read_manifest(folder)
    snapshots.verify(folder, manifest)
    assert (manifest.last_record, manifest.size) == (LAST_RECORD, 25_602)
    assert (folder / "table").read_bytes() == bytes(range(256)) * 100


def test_group_and_topic_may_have_any_name(tmp_path: Path) -> None:
    """Group and topic become one folder inside the root folder, whatever characters they contain."""
    odd = SnapshotFolder(tmp_path / "in", replace(SOURCE, group="../../a group", topic="täglich"))
    odd.write(write_state, LAST_RECORD)
    assert len(odd.list()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (
            lambda folder: (folder / "table").write_bytes(b"\x01" + (folder / "table").read_bytes()[1:]),
            "the file table differs",
        ),
        (lambda folder: (folder / "table").write_bytes((folder / "table").read_bytes()[:-1]), "the file table differs"),
        (lambda folder: (folder / "names").unlink(), "the files are"),
        (lambda folder: (folder / "more").touch(), "the files are"),
        (lambda folder: (folder / MANIFEST).write_text("{"), "invalid manifest.json"),
        (lambda folder: (folder / MANIFEST).write_text("{}"), "invalid manifest.json"),
        (lambda folder: edit(folder, format=2), "format 2 is not supported"),
        (lambda folder: edit(folder, offset=7), "the manifest says offset 7"),
    ],
)
def test_damaged_snapshot_is_rejected(snapshots: SnapshotFolder, spoil: Callable[[Path], object], why: str) -> None:
    """A snapshot is rejected if one bit, a byte, a file or the manifest is wrong, missing or added."""
    snapshots.write(write_state, LAST_RECORD)
    [folder] = snapshots.list()
    spoil(folder)
    with pytest.raises(ValueError, match=why):
        snapshots.verify(folder, snapshots.read_manifest(folder))


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (replace(SOURCE, cluster="cluster-2"), "cluster"),
        (replace(SOURCE, identity={"parameters": '{"bands": 7}'}), "parameters"),
        (replace(SOURCE, identity={"parameters": "{}", "shards": "en=0"}), "shards"),
    ],
)
def test_snapshot_of_another_source_is_rejected(
    tmp_path: Path, snapshots: SnapshotFolder, other: SnapshotSource, why: str
) -> None:
    """A snapshot of another Kafka cluster or with other parameters is rejected, even in the expected folder."""
    snapshots.write(write_state, LAST_RECORD)
    [folder] = snapshots.list()
    with pytest.raises(ValueError, match=f"written with a different {why}"):
        SnapshotFolder(tmp_path, other).read_manifest(folder)


def test_failed_write_leaves_the_older_snapshot(tmp_path: Path, snapshots: SnapshotFolder) -> None:
    """If the disk is full in the middle of a write, nothing of the new snapshot is left and the old one stays."""
    snapshots.write(write_state, LAST_RECORD)

    def fail(folder: Path) -> None:
        (folder / "table").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        snapshots.write(fail, RecordFingerprint(50, "0"))
    [folder] = snapshots.list()
    assert snapshots.read_manifest(folder).last_record == LAST_RECORD
    assert list(tmp_path.rglob(f"{UNFINISHED}*")) == []


def test_unfinished_snapshot_is_never_listed(tmp_path: Path, snapshots: SnapshotFolder) -> None:
    """The folder that a killed writer has left is not listed as a snapshot and is deleted on request."""
    snapshots.write(write_state, LAST_RECORD)
    [home] = tmp_path.iterdir()
    (home / f"{UNFINISHED}1").mkdir()
    (home / f"{UNFINISHED}1" / "table").write_bytes(b"half")
    assert [folder.name for folder in snapshots.list()] == [f"{LAST_RECORD.offset:020d}"]
    snapshots.delete_unfinished()
    assert list(tmp_path.rglob(f"{UNFINISHED}*")) == []
    assert len(snapshots.list()) == 1


def test_late_writer_keeps_newer_snapshots(snapshots: SnapshotFolder) -> None:
    """If a fenced owner writes an older state, the newer snapshot stays and is listed first."""
    snapshots.write(write_state, RecordFingerprint(100, "1"))
    snapshots.write(write_state, RecordFingerprint(90, "2"))
    assert [int(folder.name) for folder in snapshots.list()] == [100, 90]
    snapshots.write(write_state, RecordFingerprint(110, "3"))
    assert [int(folder.name) for folder in snapshots.list()] == [110]


def edit(folder: Path, **fields: object) -> None:
    """Change fields of a snapshot's manifest."""
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, **fields}))
