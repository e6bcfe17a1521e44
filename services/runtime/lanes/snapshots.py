"""Snapshots of a partition's state on the local disk. A snapshot is complete or absent, and is verified when read.

    FOLDER/<group>-<topic>-<partition>/<offset of the last record, 20 digits>/manifest.json and the files of the state

A snapshot is written to a temporary folder, flushed to the disk and then renamed. Several owners of one partition,
fenced or not, cannot damage each other's snapshots: each snapshot is the state at a committed record of the log (see
`PartitionState`), the one with the highest offset is read, and a writer deletes only snapshots older than its own.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, ValidationError

from services.runtime.kafka.state_log import RecordFingerprint
from services.runtime.lanes.ports import WriteState
from services.runtime.service.durability import flush

FORMAT = 1
"""Version of the manifest and of the folder layout."""
MANIFEST = "manifest.json"
UNFINISHED = ".writing-"
"""Prefix of the temporary folders."""


@dataclass(frozen=True, slots=True)
class SnapshotSource:
    """The log and the consumer group that a snapshot belongs to."""

    cluster: str
    """Kafka's cluster id."""
    topic: str
    partition: int
    group: str
    identity: Mapping[str, str]
    """Everything else that the state depends on: `StatePlan.identity`."""

    @property
    def fields(self) -> dict[str, str]:
        """All fields as strings, for the comparison with a manifest."""
        log = {"cluster": self.cluster, "topic": self.topic, "partition": str(self.partition), "group": self.group}
        return {**self.identity, **log}


class FileChecksum(BaseModel):
    """The size in bytes and the checksum of a snapshot's file."""

    model_config = ConfigDict(frozen=True)

    size: int
    sha256: str


class SnapshotManifest(BaseModel):
    """The description of a snapshot, stored with it."""

    model_config = ConfigDict(frozen=True)

    format: int
    source: dict[str, str]
    offset: int
    """Offset of the last record of the log that the state contains."""
    digest: str
    """Digest of that record."""
    files: dict[str, FileChecksum]

    @property
    def last_record(self) -> RecordFingerprint:
        """The last record that the state contains."""
        return RecordFingerprint(self.offset, self.digest)

    @property
    def size(self) -> int:
        """Total bytes of all files."""
        return sum(file.size for file in self.files.values())


class SnapshotFolder:
    """The snapshots of one partition. The methods block; they may be called in any thread.

    They raise OSError if a file operation fails, and ValueError if a snapshot does not match its manifest.
    """

    def __init__(self, root: Path, source: SnapshotSource) -> None:
        self._source = source
        self._home = root / quote(f"{source.group}-{source.topic}-{source.partition}", safe="")

    def write(self, write_state: WriteState, last_record: RecordFingerprint) -> SnapshotManifest:
        """Write a state with its last record, and delete the older snapshots."""
        self._home.mkdir(parents=True, exist_ok=True)
        temporary = self._home / f"{UNFINISHED}{uuid4().hex}"
        temporary.mkdir()
        try:
            write_state(temporary)
            manifest, folder = self._write_manifest(temporary, last_record), self._find_folder(last_record)
            if not folder.exists():
                temporary.rename(folder)
            flush(self._home)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        self._delete_older(last_record)
        return manifest

    def list(self) -> list[Path]:
        """Return the folders of all snapshots, the one with the highest offset first."""
        return sorted((path for path in self._home.glob("[0-9]*") if path.is_dir()), reverse=True)

    def read_manifest(self, folder: Path) -> SnapshotManifest:
        """Read a snapshot's manifest. Raises ValueError if it is invalid or belongs to another source."""
        try:
            manifest = SnapshotManifest.model_validate_json((folder / MANIFEST).read_bytes())
        except ValidationError as error:
            raise ValueError(f"invalid {MANIFEST}: {error.errors()[0]['msg']}") from error
        if manifest.format != FORMAT:
            raise ValueError(f"format {manifest.format} is not supported; this version reads format {FORMAT}")
        ours, theirs = self._source.fields, manifest.source
        differing = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
        if differing:
            raise ValueError(f"the snapshot was written with a different {', '.join(differing)}")
        if folder != self._find_folder(manifest.last_record):
            raise ValueError(f"the manifest says offset {manifest.offset}, and the folder's name is {folder.name}")
        return manifest

    def verify(self, folder: Path, manifest: SnapshotManifest) -> None:
        """Compare the files with the manifest. Raises ValueError if a file is missing, unknown or different."""
        names = {path.name for path in folder.iterdir()} - {MANIFEST}
        if names != set(manifest.files):
            raise ValueError(f"the files are {sorted(names)}, and the manifest lists {sorted(manifest.files)}")
        for name, expected in manifest.files.items():
            if _compute_checksum(folder / name) != expected:
                raise ValueError(f"the checksum of the file {name} differs from the manifest")

    def discard(self, folder: Path) -> None:
        """Delete a snapshot that cannot be used."""
        shutil.rmtree(folder, ignore_errors=True)

    def delete_unfinished(self) -> None:
        """Delete what killed writers left. Call it when the partition's earlier owners are fenced."""
        for folder in self._home.glob(f"{UNFINISHED}*"):
            shutil.rmtree(folder, ignore_errors=True)

    def _write_manifest(self, folder: Path, last_record: RecordFingerprint) -> SnapshotManifest:
        """Write the manifest of the files in a folder, and flush all of them to the disk."""
        files = sorted(path for path in folder.iterdir())
        checksums = {path.name: _compute_checksum(path) for path in files}
        manifest = SnapshotManifest(
            format=FORMAT,
            source=self._source.fields,
            offset=last_record.offset,
            digest=last_record.digest,
            files=checksums,
        )
        (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
        for path in (*files, folder / MANIFEST, folder):
            flush(path)
        return manifest

    def _delete_older(self, last_record: RecordFingerprint) -> None:
        for folder in self.list():
            if folder < self._find_folder(last_record):
                shutil.rmtree(folder, ignore_errors=True)

    def _find_folder(self, last_record: RecordFingerprint) -> Path:
        return self._home / f"{last_record.offset:020d}"


def _compute_checksum(path: Path) -> FileChecksum:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return FileChecksum(size=file.tell(), sha256=digest.hexdigest())
