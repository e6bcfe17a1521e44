"""Reading of an archive: its parts in order, and the records of a part. Damage is reported, and the rest is read."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from services.archive.lines import ArchivedRecord, decode_line
from services.archive.manifest import ArchiveFile, ArchiveFolder, Manifest
from services.errors import CopydeskError

GZIP_FORMAT = zlib.MAX_WBITS | 16
"""Argument of zlib for the gzip format (RFC 1952)."""

Report = Callable[[str], None]
"""Function that is called with one line about damage."""


@dataclass(frozen=True, slots=True)
class ArchiveSelection:
    """The records to read. The archive leaves out parts and files that have none of them."""

    since_ms: int
    until_ms: int | None = None
    sources: frozenset[str] = frozenset()
    """Sources of the articles; empty means all."""


class ArchiveReader:
    """The records of an archive."""

    def __init__(self, root: Path, report: Report) -> None:
        """Open an archive. Raises ConfigurationError if the folder is no archive."""
        self._folder = ArchiveFolder(root)
        self._report = report
        self.topic = self._folder.read_identity().topic

    def list_partitions(self) -> list[int]:
        """Return the numbers of the partitions."""
        return self._folder.list_partitions()

    def read(self, partition: int, selection: ArchiveSelection, start: int = 0) -> Iterator[ArchivedRecord]:
        """Yield the records of a partition from the offset `start` on, in the order of their offsets.

        A range of offsets that no part has, and a file that is missing or damaged, are reported. A damaged manifest is
        reported, and the partition ends there.
        """
        expected: int | None = None
        try:
            for part in self._folder.read_manifests(partition):
                if expected is not None and part.first > expected:
                    self._report(
                        f"{self._folder.root}: the offsets {expected} to {part.first - 1} of partition {partition} "
                        "are missing"
                    )
                expected = part.last + 1
                if part.last >= start and _overlaps(part, selection):
                    yield from self._read_part(part, selection, start)
        except CopydeskError as error:
            self._report(f"{error}; the rest of partition {partition} is left out")

    def _read_part(self, part: Manifest, selection: ArchiveSelection, start: int) -> Iterator[ArchivedRecord]:
        records = [
            record
            for file in part.files
            if not selection.sources or file.source in selection.sources
            for record in self._read_file(file)
            if record.offset >= start
        ]
        yield from sorted(records, key=lambda record: record.offset)

    def _read_file(self, file: ArchiveFile) -> list[ArchivedRecord]:
        """Return the records of a file; none, and a report, if it is missing or damaged."""
        path = self._folder.root / file.path
        try:
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() != file.sha256:
                raise ValueError("the checksum differs from the manifest")
            lines = unpack(content, file.bytes).splitlines()
            return [decode_line(line, self.topic) for line in lines]
        except (OSError, ValueError) as error:
            reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
            self._report(f"{path}: {reason}; its {file.records} articles are left out")
            return []


def unpack(content: bytes, size: int) -> bytes:
    """Unpack a gzip file of a known size. Raises ValueError if it is damaged or has another size.

    A file that unpacks to more is not unpacked further.
    """
    unpacker = zlib.decompressobj(GZIP_FORMAT)
    try:
        unpacked = unpacker.decompress(content, size + 1)
    except zlib.error as error:
        raise ValueError(f"not a whole gzip file: {error}") from error
    if len(unpacked) != size or not unpacker.eof:
        raise ValueError(f"it does not unpack to the {size} bytes that the manifest names")
    return unpacked


def _overlaps(part: Manifest, selection: ArchiveSelection) -> bool:
    is_before = part.latest < selection.since_ms
    is_after = selection.until_ms is not None and part.earliest >= selection.until_ms
    return bool(part.files) and not is_before and not is_after
