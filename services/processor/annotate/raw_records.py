"""Decoding of the raw topic's records: from bytes to a raw article, or to the reason why that is impossible. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from services.contracts.decoding import check_record, parse_json, validate
from services.contracts.headers import RAW_TYPE
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.errors import PermanentError
from services.outcomes import Reason


def check_raw_record(value: bytes | None, headers: Iterable[tuple[str, bytes | None]], *, max_bytes: int) -> bytes:
    """Return the value of a raw record if it may be parsed. Does not parse it, so it may run on the event loop.

    Raises PermanentError: tombstone, empty, unknown_version, too_large.
    """
    document = check_record(value, headers, RAW_TYPE)
    if len(document) > max_bytes:
        raise PermanentError(f"{len(document)} bytes; at most {max_bytes} are parsed", reason=Reason.TOO_LARGE)
    return document


def decode_raw_article(document: bytes) -> tuple[RawArticle, str]:
    """Return the article and its id. The id is derived from the content; the record's key does not matter.

    Raises PermanentError: not_utf8, invalid_json, invalid_article (with the field's name), empty, too_large.
    """
    article = validate(RawArticle, parse_json(document))
    return article, derive_article_id(article)
