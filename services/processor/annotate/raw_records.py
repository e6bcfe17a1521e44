"""Records of the raw topic, free of the library that fetched them, and their decoding, which is pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from services.contracts.decoding import check_record, parse_json, validate
from services.contracts.headers import RAW_TYPE
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.errors import PermanentError
from services.outcomes import Reason
from services.runtime.kafka.records import RecordHeaders


class RawRecord(NamedTuple):
    """A record of the raw topic, and the way to acknowledge it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    """Milliseconds since the epoch: when the broker appended the record, or for a replayed one the original record."""
    key: bytes | None
    value: bytes | None
    headers: RecordHeaders
    acknowledge: Callable[[], object]
    """Function that marks the record as done; the next commit may then include its offset."""
    is_replayed: bool = False
    """True if a replay wrote the record. Its age says nothing about the stream."""


def acknowledge(records: Iterable[RawRecord]) -> None:
    """Acknowledge all records, without an await in between, so that no commit falls between two of them."""
    for record in records:
        record.acknowledge()


def check_raw_record(value: bytes | None, headers: Iterable[tuple[str, bytes | None]], *, max_bytes: int) -> bytes:
    """Return the value of a raw record if it may be parsed. Does not parse it, so it may run on the event loop.

    Raises PermanentError: tombstone, empty, unknown_version, too_large.
    """
    document = check_record(value, headers, RAW_TYPE)
    if len(document) > max_bytes:
        raise PermanentError(
            f"the record has {len(document)} bytes; at most {max_bytes} are parsed", reason=Reason.TOO_LARGE
        )
    return document


def decode_raw_article(document: bytes) -> tuple[RawArticle, str]:
    """Return the article and its id. The id is derived from the content; the record's key does not matter.

    Raises PermanentError: not_utf8, invalid_json, invalid_article (with the field's name), empty, too_large.
    """
    article = validate(RawArticle, parse_json(document))
    return article, derive_article_id(article)
