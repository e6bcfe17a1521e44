"""The files of the archive, and the manifests that say which of them count.

    FOLDER/archive.json                                            cluster and topic of the archive
    FOLDER/2026-11-30/example.com/00002-00000000000000000000-00000000000000019999.jsonl.gz
    FOLDER/manifests/00002/00000000000000000000.json               the files of these offsets

A part of the archive is a range of offsets of one partition. Its records are in one file for each day and source, and
each file has partition, first and last offset of the part in its name. The manifest of a part is written last, and its
name is the first offset, so that no two parts can begin at the same offset. A file without a manifest is left from a
kill and does not count. So each offset is in exactly one part, whatever was killed and however many processes write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, ValidationError

from services.errors import ConfigurationError, CopydeskError
from services.outcomes import Stage
from services.runtime.service.durability import flush

MANIFESTS = "manifests"
IDENTITY = "archive.json"
UNKNOWN_SOURCE = "%unknown"
"""Folder of the articles without a source, and of records that are no articles. No source has this folder, because a
percent sign in a source's name is escaped."""
MAX_FOLDER_CHARACTERS = 200
"""Maximum length of a source's folder; file systems allow 255 bytes for a name."""
DIGEST_BYTES = 8
"""Length of the digest that distinguishes two long names with the same beginning."""


class ArchiveFile(BaseModel):
    """One file of a part."""

    model_config = ConfigDict(frozen=True)

    path: str
    """Path within the archive."""
    source: str | None
    """Source of the articles; null if they have none."""
    records: int
    bytes: int
    """Number of bytes of the lines, before the compression."""
    sha256: str
    """SHA-256 of the compressed file."""


class Manifest(BaseModel):
    """A part of the archive: a range of offsets of one partition, and the files with its records."""

    model_config = ConfigDict(frozen=True)

    partition: int
    first: int
    """First offset of the range."""
    last: int
    """Last offset of the range. Some offsets have no record: a transaction's marker has an offset too."""
    earliest: int
    """Lowest timestamp of the records, in milliseconds since the epoch."""
    latest: int
    """Highest timestamp of the records."""
    files: tuple[ArchiveFile, ...]


class ArchiveIdentity(BaseModel):
    """The topic that an archive belongs to."""

    model_config = ConfigDict(frozen=True)

    format: int = 1
    cluster: str
    """Kafka's cluster id."""
    topic: str


def name_file(source: str | None, timestamp_ms: int, partition: int, first: int, last: int) -> str:
    """Return the path of a file within the archive."""
    day = datetime.fromtimestamp(max(0, timestamp_ms) / 1_000, UTC).date().isoformat()
    name = f"{partition:05d}-{first:020d}-{last:020d}.jsonl.gz"
    return f"{day}/{_name_folder(source)}/{name}"


def _name_folder(source: str | None) -> str:
    if source is None:
        return UNKNOWN_SOURCE
    quoted = quote(source, safe="", errors="replace")
    if len(quoted) > MAX_FOLDER_CHARACTERS:
        digest = hashlib.blake2b(source.encode(errors="replace"), digest_size=DIGEST_BYTES).hexdigest()
        quoted = f"{quoted[: MAX_FOLDER_CHARACTERS - len(digest)]}{digest}"
    # A name such as ".." is no folder of its own.
    return quoted.replace(".", "%2E", 1) if quoted.startswith(".") else quoted


class ArchiveFolder:
    """The folder of an archive. The methods block."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def claim(self, identity: ArchiveIdentity) -> None:
        """Create the archive, or check that it belongs to this topic. Raises ConfigurationError if it does not."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            if not (self.root / IDENTITY).exists():
                publish(self.root / IDENTITY, identity.model_dump_json().encode())
        except OSError as error:
            raise ConfigurationError(f"cannot use the folder {self.root}: {error.strerror or error}") from error
        found = self.read_identity()
        if found != identity:
            raise ConfigurationError(
                f"{self.root} is the archive of the topic {found.topic} of the cluster {found.cluster}, and not of "
                f"{identity.topic} of {identity.cluster}; give another folder"
            )

    def read_identity(self) -> ArchiveIdentity:
        """Return the topic of the archive. Raises ConfigurationError if the folder is no archive."""
        try:
            return ArchiveIdentity.model_validate_json((self.root / IDENTITY).read_bytes())
        except (OSError, ValidationError) as error:
            raise ConfigurationError(f"{self.root} is not an archive: cannot read {IDENTITY}") from error

    def list_partitions(self) -> list[int]:
        """Return the numbers of the partitions that have parts."""
        folder = self.root / MANIFESTS
        return sorted(int(path.name) for path in folder.iterdir() if path.name.isdecimal()) if folder.exists() else []

    def read_manifests(self, partition: int) -> Iterator[Manifest]:
        """Yield the parts of a partition in the order of their offsets. Raises CopydeskError for a damaged manifest."""
        for path in self._list_manifests(partition):
            yield _read_manifest(path)

    def find_next(self, partition: int) -> int | None:
        """Return the offset after the last part of a partition; None if it has no part.

        Raises CopydeskError if the manifest of that part is damaged.
        """
        paths = self._list_manifests(partition)
        return _read_manifest(paths[-1]).last + 1 if paths else None

    def add(self, manifest: Manifest) -> None:
        """Write the manifest of a part whose files are complete; from now on the part counts.

        Raises CopydeskError if another process has written the part that begins at this offset.
        """
        path = self._get_manifests(manifest.partition) / f"{manifest.first:020d}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not publish(path, manifest.model_dump_json().encode()):
            raise CopydeskError(
                f"another process has archived partition {manifest.partition} from offset {manifest.first} on",
                stage=Stage.ARCHIVE,
            )

    def _list_manifests(self, partition: int) -> list[Path]:
        """Return the manifests of a partition in the order of their offsets."""
        return sorted(self._get_manifests(partition).glob("[0-9]*.json"))

    def _get_manifests(self, partition: int) -> Path:
        """Return the folder of the manifests of a partition."""
        return self.root / MANIFESTS / f"{partition:05d}"


def _read_manifest(path: Path) -> Manifest:
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise CopydeskError(f"{path} is damaged: {error}", stage=Stage.ARCHIVE) from error


def publish(path: Path, content: bytes) -> bool:
    """Write a file whole or not at all, and flush it to the disk. Returns False if the file exists already."""
    temporary = path.with_name(f".{uuid4().hex}")
    try:
        temporary.write_bytes(content)
        flush(temporary)
        # A link, unlike a rename, fails if the file exists.
        path.hardlink_to(temporary)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    flush(path.parent)
    return True
