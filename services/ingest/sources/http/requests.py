"""Reader of HTTP requests: checks of media type, charset and size, and the articles in the body."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import Message

from starlette.requests import Request

from services.errors import PermanentError, TransientError
from services.ingest.charsets import find_charset
from services.ingest.encodings import Form, decode, report_replacements
from services.ingest.field_names import find_field
from services.ingest.intake import Item
from services.ingest.normalise import parse_document
from services.ingest.sources.http.budget import ByteBudget
from services.ingest.unknown_fields import read_fields
from services.outcomes import Reason, Stage

JSON = "application/json"
NDJSON = ("application/x-ndjson", "application/jsonl", "application/ndjson")
TEXT = ("text/plain", "text/html")
MEDIA_TYPES = (JSON, *NDJSON, *TEXT)

JSON_CHARSETS = ("utf-8", "utf8", "ascii", "us-ascii")
"""Labels of the encodings of JSON (RFC 8259, section 8.1), and of their part that every encoding has."""

FIELDS = ("url", "source", "title", "byline", "section", "tags", "language", "published_at", "fetched_at")
"""Fields of an article that a request with a text body carries in its query or headers."""
LISTS = ("byline", "tags")
BODY_FIELDS = ("content", "content_type", "metadata")
"""Fields that only a JSON body has: the body of a text request is the content, its media type is the content type, and
unknown names in its query or headers are metadata."""
HEADER_PREFIX = "x-copydesk-"


@dataclass(frozen=True, slots=True)
class ContentType:
    """Media type and charset of a body."""

    media_type: str
    charset: str


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Limits of one request."""

    request_bytes: int
    """Largest body in bytes."""
    batch_articles: int
    """Maximum number of articles in a batch."""
    receive_timeout: float
    """Seconds in which the whole body must arrive."""


def read_content_type(headers: Mapping[str, str]) -> ContentType:
    """Read the body's media type and charset. Raises PermanentError (unsupported_media_type)."""
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise _unsupported(f"content encoding {coding!r} is not supported; send the body without one")
    message = Message()
    message["content-type"] = headers.get("content-type", "")
    media_type = message.get_content_type() if message["content-type"] else ""
    if media_type not in MEDIA_TYPES:
        raise _unsupported(f"media type {media_type!r} is not supported; send one of {', '.join(MEDIA_TYPES)}")
    charset = message.get_content_charset("utf-8")
    known = find_charset(charset)
    if known is None or (media_type not in TEXT and charset not in JSON_CHARSETS):
        raise _unsupported(f"charset {charset!r} is not supported for {media_type}")
    return ContentType(media_type, known)


@asynccontextmanager
async def receive_body(request: Request, budget: ByteBudget, limits: RequestLimits) -> AsyncIterator[bytes]:
    """Receive the body, and count its bytes in the budget until the block ends.

    Raises PermanentError (too_large) as soon as the size is known, and TransientError (overloaded, timed_out).
    """
    declared = request.headers.get("content-length", "")
    expected = int(declared) if declared.isdecimal() else 0
    _check_size(expected, limits)
    reserved = 0

    def reserve(size: int) -> None:
        nonlocal reserved
        budget.reserve(size)
        reserved += size

    try:
        reserve(expected)
        yield await _receive(request, expected, limits, reserve)
    finally:
        budget.release(reserved)


def split_items(
    body: bytes, content_type: ContentType, request: Request, limits: RequestLimits
) -> tuple[list[Item], bool]:
    """Split a body into its articles, and say whether it is a batch, whose articles are answered one by one.

    The fields may have any of the names that `field_names` lists.

    Raises PermanentError if the body as a whole is neither an article nor a batch.
    """
    if content_type.media_type in TEXT:
        return [_build_text(body, content_type, request)], False
    if content_type.media_type in NDJSON:
        return _split_lines(body, limits), True
    parsed = parse_document(body)
    if not isinstance(parsed, list):
        return [_read_item(parsed)], False
    _check_count(len(parsed), limits)
    return [_read_item(item) for item in parsed], True


async def _receive(request: Request, expected: int, limits: RequestLimits, reserve: Callable[[int], None]) -> bytes:
    received = bytearray()
    try:
        async with asyncio.timeout(limits.receive_timeout):
            async for chunk in request.stream():
                size = len(received) + len(chunk)
                _check_size(size, limits)
                if size > expected:
                    reserve(size - max(expected, len(received)))
                received += chunk
    except TimeoutError as error:
        message = (
            f"the whole request body did not arrive within {limits.receive_timeout:g} s; send it faster or in parts"
        )
        raise TransientError(message, reason=Reason.TIMED_OUT, stage=Stage.INGEST) from error
    return bytes(received)


def _split_lines(body: bytes, limits: RequestLimits) -> list[Item]:
    if not body.strip():
        raise PermanentError("the request body is empty", reason=Reason.EMPTY)
    _check_count(body.count(b"\n"), limits, slack=1)
    lines = [line for line in body.split(b"\n") if line.strip()]
    return [_parse_line(line) for line in lines]


def _parse_line(line: bytes) -> Item:
    try:
        return _read_item(parse_document(line))
    except PermanentError as error:
        return error


def _read_item(parsed: object) -> Item:
    """Return the fields of a JSON object, or the error that names a wrong one; any other JSON is judged later."""
    if not isinstance(parsed, dict):
        return parsed
    try:
        return read_fields(parsed)
    except PermanentError as error:
        return error


def _build_text(body: bytes, content_type: ContentType, request: Request) -> Item:
    if not body:
        raise PermanentError("the request body is empty", reason=Reason.EMPTY)
    form: Form = "page" if content_type.media_type == "text/html" else "text"
    decoded = decode(body, f"{content_type.media_type}; charset={content_type.charset}", form=form)
    if decoded.is_binary:
        message = f"the request body is neither {content_type.charset} nor text in another encoding"
        raise PermanentError(message, reason=Reason.NOT_UTF8, field="content")
    given = dict(_list_fields(request))
    for name in given:
        if find_field(name) in BODY_FIELDS:
            message = f"{name}: it cannot be given in the query or a header; the request body is the content"
            raise PermanentError(message, reason=Reason.INVALID_ARTICLE, field=name)
    item = read_fields({**given, "content": decoded.text, "content_type": content_type.media_type})
    metadata = item.get("metadata", {})
    return {**item, "metadata": {**metadata, **report_replacements(decoded)}} if isinstance(metadata, dict) else item


def _list_fields(request: Request) -> Iterator[tuple[str, object]]:
    """Yield the fields in the headers, and then those in the query, which win.

    The bytes of a header are decoded as UTF-8: RFC 9110 leaves their meaning to sender and receiver. A name that the
    query repeats has a list if the field is one, else its last value.
    """
    given = {find_field(name) for name in request.query_params}
    for header in request.headers:
        name = header.removeprefix(HEADER_PREFIX)
        if name != header and find_field(name) not in given:
            yield name, request.headers[header].encode("latin-1").decode("utf-8", errors="replace")
    for name in request.query_params:
        values = request.query_params.getlist(name)
        yield name, values if find_field(name) in LISTS and len(values) > 1 else values[-1]


def _check_size(size: int, limits: RequestLimits) -> None:
    if size > limits.request_bytes:
        raise PermanentError(f"the request body is larger than {limits.request_bytes} bytes", reason=Reason.TOO_LARGE)


def _check_count(count: int, limits: RequestLimits, *, slack: int = 0) -> None:
    if count == 0 and not slack:
        raise PermanentError("the list of articles is empty", reason=Reason.EMPTY)
    if count > limits.batch_articles + slack:
        raise PermanentError(f"the request has more than {limits.batch_articles} articles", reason=Reason.TOO_LARGE)


def _unsupported(message: str) -> PermanentError:
    return PermanentError(message, reason=Reason.UNSUPPORTED_MEDIA_TYPE)
