"""Snapshots on the disk: whole or not there, and refused when anything is not as it was written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from services.runtime.kafka.state_log import Mark
from services.runtime.lanes.snapshots import MANIFEST, UNFINISHED, SnapshotFolder, SnapshotSource

SOURCE = SnapshotSource("cluster-1", "state", 3, "group", {"parameters": "{}"})
MARK = Mark.of(41, b"key", b"value")


def dump(folder: Path) -> None:
    (folder / "table").write_bytes(bytes(range(256)) * 100)
    (folder / "names").write_text("{}")


@pytest.fixture
def snapshots(tmp_path: Path) -> SnapshotFolder:
    return SnapshotFolder(tmp_path, SOURCE)


def test_what_was_written_is_found_and_right(snapshots: SnapshotFolder) -> None:
    """The manifest says the mark and the size, the files are as they were dumped."""
    snapshots.write(dump, MARK)
    [folder] = snapshots.list()
    manifest = snapshots.read_manifest(folder)
    snapshots.verify(folder, manifest)
    assert (manifest.mark, manifest.size) == (MARK, 25_602)
    assert (folder / "table").read_bytes() == bytes(range(256)) * 100


def test_a_partition_may_have_any_name(tmp_path: Path) -> None:
    """Group and topic become one folder inside the given one, whatever they are called."""
    odd = SnapshotFolder(tmp_path / "in", replace(SOURCE, group="../../a group", topic="täglich"))
    odd.write(dump, MARK)
    assert len(odd.list()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda folder: (folder / "table").write_bytes(b"\x01" + (folder / "table").read_bytes()[1:]), "table is not"),
        (lambda folder: (folder / "table").write_bytes((folder / "table").read_bytes()[:-1]), "table is not what"),
        (lambda folder: (folder / "names").unlink(), "it has the files"),
        (lambda folder: (folder / "more").touch(), "it has the files"),
        (lambda folder: (folder / MANIFEST).write_text("{"), "its manifest cannot be read"),
        (lambda folder: (folder / MANIFEST).write_text("{}"), "its manifest cannot be read"),
        (lambda folder: edit(folder, format=2), "it has the format 2, and this build reads 1"),
        (lambda folder: edit(folder, offset=7), "it stands at 7 and not where its name says"),
    ],
)
def test_a_damaged_snapshot_is_refused(snapshots: SnapshotFolder, spoil: Callable[[Path], object], why: str) -> None:
    """One bit, one byte less, a file too few or too many, a manifest of nonsense or of another build."""
    snapshots.write(dump, MARK)
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
def test_a_foreign_snapshot_is_refused(
    tmp_path: Path, snapshots: SnapshotFolder, other: SnapshotSource, why: str
) -> None:
    """One of another Kafka or with other parameters, found where ours would lie."""
    snapshots.write(dump, MARK)
    [folder] = snapshots.list()
    with pytest.raises(ValueError, match=f"it was made with another {why}"):
        SnapshotFolder(tmp_path, other).read_manifest(folder)


def test_a_write_that_breaks_off_leaves_the_older_snapshot(tmp_path: Path, snapshots: SnapshotFolder) -> None:
    """A full disk in the middle of a dump: nothing of it is found, and what was there stays."""
    snapshots.write(dump, MARK)

    def fail(folder: Path) -> None:
        (folder / "table").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        snapshots.write(fail, Mark(50, "0"))
    [folder] = snapshots.list()
    assert snapshots.read_manifest(folder).mark == MARK
    assert list(tmp_path.rglob(f"{UNFINISHED}*")) == []


def test_what_a_killed_writer_left_is_swept_and_never_found(tmp_path: Path, snapshots: SnapshotFolder) -> None:
    """A half-written folder is no snapshot, and goes with the next sweep."""
    snapshots.write(dump, MARK)
    [home] = tmp_path.iterdir()
    (home / f"{UNFINISHED}1").mkdir()
    (home / f"{UNFINISHED}1" / "table").write_bytes(b"half")
    assert [folder.name for folder in snapshots.list()] == [f"{MARK.offset:020d}"]
    snapshots.sweep()
    assert list(tmp_path.rglob(f"{UNFINISHED}*")) == []
    assert len(snapshots.list()) == 1


def test_a_late_writer_takes_nothing_from_one_further_on(snapshots: SnapshotFolder) -> None:
    """An owner that was fenced and does not know it writes an older state: the newer one stays, and is found first."""
    snapshots.write(dump, Mark(100, "1"))
    snapshots.write(dump, Mark(90, "2"))
    assert [int(folder.name) for folder in snapshots.list()] == [100, 90]
    snapshots.write(dump, Mark(110, "3"))
    assert [int(folder.name) for folder in snapshots.list()] == [110]


def edit(folder: Path, **fields: object) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, **fields}))
