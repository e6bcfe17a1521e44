"""Pure functions from the raw topic's bytes to a raw article, or to the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable

from services.contracts import decoding
from services.contracts.headers import RAW_TYPE
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.errors import PermanentError
from services.outcomes import Reason


def screen(value: bytes | None, headers: Iterable[tuple[str, bytes | None]], *, max_bytes: int) -> bytes:
    """Return the value of a record that is worth decoding.

    Parses nothing, so that it may run on the event loop. Raises PermanentError: tombstone, empty, unknown_version,
    too_large.
    """
    screened = decoding.screen(value, headers, RAW_TYPE)
    if len(screened) > max_bytes:
        raise PermanentError(f"{len(screened)} bytes; at most {max_bytes} are parsed", reason=Reason.TOO_LARGE)
    return screened


def identify(value: bytes) -> tuple[RawArticle, str]:
    """Return the article and its id, which is derived from its content and not from the record's key.

    Raises PermanentError: not_utf8, invalid_json, invalid_article (naming the field), empty, too_large.
    """
    article = decoding.validate(RawArticle, decoding.parse_json(value))
    return article, derive_article_id(article)
