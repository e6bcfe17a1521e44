"""Reader of WARC files (ISO 28500): the pages in them become entries, one record at a time.

Common Crawl's files of pages and of news (CC-NEWS) need no conversion: each record is a gzip member, pages are
`response` records, and texts (WET) are `conversion` records. All other records have no article and are left out: the
request of a page, a robots.txt, an image, a response with another status than 200.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeadersParserException

from services.contracts.raw import MAX_CONTENT_CHARACTERS
from services.ingest.encodings import decode, report_replacements
from services.ingest.entries import Entry, UnreadableEntry
from services.outcomes import Reason

PAGES = frozenset({"text/html", "application/xhtml+xml"})
TEXT = "text/plain"
MAX_PAYLOAD_BYTES = 4 * MAX_CONTENT_CHARACTERS
"""Maximum number of bytes of an article's payload in any encoding. No more of a payload is unpacked."""
GZIP_MAGIC = b"\x1f\x8b"
"""First bytes of a gzip member (RFC 1952)."""
DAMAGE = (
    ArchiveLoadFailed,
    StatusAndHeadersParserException,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
)
"""Exceptions of warcio and zlib for a file that is damaged. warcio expects headers that a cut record does not have."""
ENDS_WITHIN = "the file ends within it"


class _FileIsCutError(OSError):
    """End of a compressed file before the end of its data."""


class _UnpackedFile(gzip.GzipFile):
    """A compressed file. Unlike warcio's reader, it notices a cut, and reads a file of one gzip member."""

    def read(self, size: int | None = -1) -> bytes:
        """Read and unpack some bytes, at most `size`; none are returned only at the end.

        Raises an OSError if the file is cut, because warcio reads an EOFError as a normal end. It is raised after all
        bytes before the cut: a read that filled up `size` would drop those that it has when it reaches the cut.
        """
        try:
            return self.read1(-1 if size is None else size)
        except EOFError as error:
            raise _FileIsCutError from error


def read_warc(file: BinaryIO) -> Iterator[Entry | UnreadableEntry]:
    """Yield the articles of a WARC file, compressed or not. The position is the number of the record, from 1.

    A file that is cut or damaged gives the articles before the damage, and then an unreadable entry, and no exception.
    """
    records = ArchiveIterator(_UnpackedFile(fileobj=file) if _is_gzip(file) else file)
    number = 0
    while True:
        number += 1
        try:
            record = next(records, None)
            if record is None:
                break
            entry = _read_record(record, number)
            _skip_rest(record)
        except DAMAGE as error:
            yield _report_damage(number, _explain(error))
            return
        if _is_cut(record):
            yield _report_damage(number, ENDS_WITHIN)
            return
        if entry is not None:
            yield entry


def _explain(error: Exception) -> str:
    """Return the damage in our own words: messages of warcio quote the bytes that it found."""
    if isinstance(error, _FileIsCutError | EOFError):
        return ENDS_WITHIN
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, OSError | zlib.error):
        return "its compressed bytes are damaged"
    return "it does not have the form of a WARC record"


def _is_gzip(file: BinaryIO) -> bool:
    start = file.tell()
    magic = file.read(len(GZIP_MAGIC))
    file.seek(start)
    return magic == GZIP_MAGIC


def _read_record(record: Any, number: int) -> Entry | UnreadableEntry | None:
    """Return the article of a record; None if it has none."""
    content_type = _find_content_type(record)
    media_type = content_type.partition(";")[0].strip().lower()
    is_page = media_type in PAGES
    if not is_page and (record.rec_type, media_type) != ("conversion", TEXT):
        return None
    content = record.content_stream().read(MAX_PAYLOAD_BYTES + 1)
    if not content.strip():
        return UnreadableEntry(Reason.EMPTY, "the record has no content", number)
    if len(content) > MAX_PAYLOAD_BYTES:
        message = f"the record unpacks to more than {MAX_PAYLOAD_BYTES} bytes"
        return UnreadableEntry(Reason.TOO_LARGE, message, number)
    decoded = decode(content, content_type, form="page" if is_page else "text")
    if decoded.is_binary:
        return UnreadableEntry(Reason.NOT_UTF8, "the bytes of the record are text in no encoding", number)
    headers = record.rec_headers
    given = {
        "warc_record_id": headers.get_header("WARC-Record-ID"),
        "warc_truncated": headers.get_header("WARC-Truncated"),
    }
    fields = {
        "content": decoded.text,
        "content_type": "text/html" if is_page else TEXT,
        "url": (headers.get_header("WARC-Target-URI") or "").strip("<>") or None,
        "fetched_at": headers.get_header("WARC-Date"),
        "metadata": {**{name: value for name, value in given.items() if value}, **report_replacements(decoded)},
    }
    return Entry({name: value for name, value in fields.items() if value is not None}, number)


def _find_content_type(record: Any) -> str:
    """Return the media type of a record that may have an article; empty for every other record."""
    if record.rec_type in ("conversion", "resource"):
        return record.rec_headers.get_header("Content-Type") or ""
    if record.rec_type != "response" or record.http_headers is None:
        return ""
    if record.http_headers.get_statuscode() != str(HTTPStatus.OK.value):
        return ""
    return record.http_headers.get_header("Content-Type") or ""


def _skip_rest(record: Any) -> None:
    """Read the rest of a record in pieces, so that a cut is noticed."""
    while record.raw_stream.read(65_536):
        pass


def _is_cut(record: Any) -> bool:
    """Return whether the file ends before the record has the length that its header names."""
    return bool(getattr(record.raw_stream, "limit", 0))


def _report_damage(number: int, why: str) -> UnreadableEntry:
    message = f"record {number} is damaged ({why}), and so the rest of the file is not read"
    return UnreadableEntry(Reason.INVALID_ARTICLE, message, number)
