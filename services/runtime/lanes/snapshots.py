"""Snapshots of a partition's state on the local disk: whole or not there, and believed only when all of it is right.

    FOLDER/<group>-<topic>-<partition>/<offset of the mark, 20 digits>/manifest.json and the files of the state

A snapshot is written beside its place, flushed to the disk and renamed into it. Several owners of one partition, be
they fenced or not, cannot harm each other: what any of them writes is the state at a committed record of the log
(see `Replica`), the one furthest on is read, and a writer removes only what lies behind its own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, ValidationError

from services.runtime.kafka.state_log import Mark
from services.runtime.lanes.ports import WriteState

FORMAT = 1
"""Of the manifest and of the folders' layout."""
MANIFEST = "manifest.json"
UNFINISHED = ".writing-"


@dataclass(frozen=True, slots=True)
class SnapshotSource:
    """Whose state a snapshot is, and of which log."""

    cluster: str
    """Kafka's cluster id."""
    topic: str
    partition: int
    group: str
    identity: Mapping[str, str]
    """As `StatePlan.identity`."""

    @property
    def fields(self) -> dict[str, str]:
        """All of it, to be compared."""
        log = {"cluster": self.cluster, "topic": self.topic, "partition": str(self.partition), "group": self.group}
        return {**self.identity, **log}


class FileChecksum(BaseModel):
    """What a file of a snapshot must be."""

    model_config = ConfigDict(frozen=True)

    size: int
    sha256: str


class SnapshotManifest(BaseModel):
    """What a snapshot is, in its own words."""

    model_config = ConfigDict(frozen=True)

    format: int
    source: dict[str, str]
    offset: int
    """Of the last record of the log that the state has taken."""
    digest: str
    """Of that record."""
    files: dict[str, FileChecksum]

    @property
    def mark(self) -> Mark:
        """The last record taken."""
        return Mark(self.offset, self.digest)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files.values())


class SnapshotFolder:
    """The snapshots of one partition. Its methods block and may be called in any thread.

    They raise OSError when the disk refuses, ValueError for a snapshot that is not what its manifest says.
    """

    def __init__(self, root: Path, source: SnapshotSource) -> None:
        self._source = source
        self._home = root / quote(f"{source.group}-{source.topic}-{source.partition}", safe="")

    def write(self, dump: WriteState, mark: Mark) -> SnapshotManifest:
        """Write a state whose last record is the marked one, and remove the older snapshots."""
        self._home.mkdir(parents=True, exist_ok=True)
        temporary = self._home / f"{UNFINISHED}{uuid4().hex}"
        temporary.mkdir()
        try:
            dump(temporary)
            manifest, place = self._seal(temporary, mark), self._place(mark)
            if not place.exists():
                temporary.rename(place)
            _flush(self._home)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        self._remove_older(mark)
        return manifest

    def list(self) -> list[Path]:
        """What lies there, the furthest first."""
        return sorted((path for path in self._home.glob("[0-9]*") if path.is_dir()), reverse=True)

    def read_manifest(self, folder: Path) -> SnapshotManifest:
        """What a snapshot says of itself. Raises ValueError when it is unreadable or of another source."""
        try:
            manifest = SnapshotManifest.model_validate_json((folder / MANIFEST).read_bytes())
        except ValidationError as error:
            raise ValueError(f"its manifest cannot be read: {error.errors()[0]['msg']}") from error
        if manifest.format != FORMAT:
            raise ValueError(f"it has the format {manifest.format}, and this build reads {FORMAT}")
        ours, theirs = self._source.fields, manifest.source
        differing = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
        if differing:
            raise ValueError(f"it was made with another {', '.join(differing)}")
        if folder != self._place(manifest.mark):
            raise ValueError(f"it stands at {manifest.offset} and not where its name says")
        return manifest

    def verify(self, folder: Path, manifest: SnapshotManifest) -> None:
        """Compare the files with the manifest. Raises ValueError for one that is missing, too many or different."""
        names = {path.name for path in folder.iterdir()} - {MANIFEST}
        if names != set(manifest.files):
            raise ValueError(f"it has the files {sorted(names)} where {sorted(manifest.files)} are due")
        for name, expected in manifest.files.items():
            if _sum(folder / name) != expected:
                raise ValueError(f"its file {name} is not what was written")

    def discard(self, folder: Path) -> None:
        """Remove a snapshot that will never be of use."""
        shutil.rmtree(folder, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what writers left unfinished that died. Call it when the partition's older owners are fenced."""
        for folder in self._home.glob(f"{UNFINISHED}*"):
            shutil.rmtree(folder, ignore_errors=True)

    def _seal(self, folder: Path, mark: Mark) -> SnapshotManifest:
        files = sorted(path for path in folder.iterdir())
        sums = {path.name: _sum(path) for path in files}
        manifest = SnapshotManifest(
            format=FORMAT, source=self._source.fields, offset=mark.offset, digest=mark.digest, files=sums
        )
        (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
        for path in (*files, folder / MANIFEST, folder):
            _flush(path)
        return manifest

    def _remove_older(self, mark: Mark) -> None:
        for folder in self.list():
            if folder < self._place(mark):
                shutil.rmtree(folder, ignore_errors=True)

    def _place(self, mark: Mark) -> Path:
        return self._home / f"{mark.offset:020d}"


def _sum(path: Path) -> FileChecksum:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return FileChecksum(size=file.tell(), sha256=digest.hexdigest())


def _flush(path: Path) -> None:
    """Onto the disk: a file's content, or a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
