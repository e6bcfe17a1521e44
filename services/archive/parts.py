"""The records of one partition between two writes, and their files."""

from __future__ import annotations

import gzip
import hashlib
import os
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from pydantic_core import from_json

from services.archive.lines import encode_line
from services.archive.manifest import ArchiveFile, ArchiveFolder, Manifest, name_file
from services.contracts.headers import is_replayed
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.service.durability import flush

COMPRESSION_LEVEL = 4
"""Level of gzip. Level 6 needs a third more time and saves some per cent."""


class PartitionBuffer:
    """Records of one partition that are not in a file yet. All of them are still in Kafka."""

    def __init__(self, partition: int, first: int) -> None:
        """`first` is the offset after the last part of the archive, or where the log starts."""
        self.partition = partition
        self.first = first
        self.next_offset = first
        self.size = 0
        """Bytes of the values."""
        self.records: list[ConsumedRecord] = []
        self._began = time.monotonic()

    def add(self, records: Sequence[ConsumedRecord]) -> None:
        """Add records that follow in the log."""
        if self.next_offset == self.first:
            self._began = time.monotonic()
        # What a replay wrote is in the archive already, as the record that was replayed.
        self.records += [record for record in records if not is_replayed(record.headers)]
        self.size += sum(len(record.value or b"") for record in records)
        self.next_offset = records[-1].offset + 1

    @property
    def age(self) -> float:
        """Seconds since the first record arrived; 0 without records."""
        return time.monotonic() - self._began if self.next_offset > self.first else 0.0


def write_files(folder: ArchiveFolder, buffer: PartitionBuffer) -> Manifest:
    """Write the files of a part, and return its manifest. The part counts when the manifest is added to the archive.

    Raises OSError if the disk refuses.
    """
    groups: dict[tuple[str, str | None], list[bytes]] = defaultdict(list)
    last = buffer.next_offset - 1
    for record in buffer.records:
        source = find_source(record.value)
        path = name_file(source, record.timestamp, buffer.partition, buffer.first, last)
        groups[path, source].append(encode_line(record))
    times = [record.timestamp for record in buffer.records]
    return Manifest(
        partition=buffer.partition,
        first=buffer.first,
        last=last,
        earliest=min(times, default=0),
        latest=max(times, default=0),
        files=tuple(_write_file(folder.root, path, source, lines) for (path, source), lines in groups.items()),
    )


def find_source(value: bytes | None) -> str | None:
    """Return the source of an article; None if it has none, and for a record that is no article."""
    try:
        source = from_json(value or b"").get("source")
    except (ValueError, AttributeError):
        return None
    return source if isinstance(source, str) and source.strip() else None


def _write_file(root: Path, path: str, source: str | None, lines: Sequence[bytes]) -> ArchiveFile:
    """Write a file and flush it to the disk. A file of the same name is left from a kill and is replaced."""
    content = b"".join(lines)
    # Without a time in it, the same records give the same bytes.
    compressed = gzip.compress(content, COMPRESSION_LEVEL, mtime=0)
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.write_bytes(compressed)
    flush(temporary)
    temporary.replace(target)
    flush(target.parent)
    return ArchiveFile(
        path=path,
        source=source,
        records=len(lines),
        bytes=len(content),
        sha256=hashlib.sha256(compressed).hexdigest(),
    )
