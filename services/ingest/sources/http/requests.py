"""From an HTTP request to the items in it: media type, encoding, size, one article or several."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import Message

from starlette.requests import Request

from services.errors import PermanentError, TransientError
from services.ingest.charsets import find_charset
from services.ingest.intake import Item
from services.ingest.normalise import parse_document
from services.ingest.sources.http.budget import ByteBudget
from services.outcomes import Reason, Stage

JSON = "application/json"
NDJSON = ("application/x-ndjson", "application/jsonl", "application/ndjson")
TEXT = ("text/plain", "text/html")
MEDIA_TYPES = (JSON, *NDJSON, *TEXT)

FIELDS = ("url", "source", "title", "language", "published_at", "fetched_at")
HEADER_PREFIX = "x-copydesk-"


@dataclass(frozen=True, slots=True)
class ContentType:
    """How the body is to be read."""

    media_type: str
    charset: str


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Of one request."""

    request_bytes: int
    batch_articles: int
    receive_timeout: float
    """Seconds."""


def read_content_type(headers: Mapping[str, str]) -> ContentType:
    """The body's media type and encoding. Raises PermanentError (unsupported_media_type)."""
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise _unsupported(f"content encoding {coding!r} is not taken; send the body as it is")
    message = Message()
    message["content-type"] = headers.get("content-type", "")
    media_type = message.get_content_type() if message["content-type"] else ""
    if media_type not in MEDIA_TYPES:
        raise _unsupported(f"media type {media_type!r} is not one of {', '.join(MEDIA_TYPES)}")
    charset = message.get_content_charset("utf-8")
    known = find_charset(charset)
    if known is None or (media_type not in TEXT and known not in ("utf-8", "ascii")):
        raise _unsupported(f"charset {charset!r} is not taken for {media_type}")
    return ContentType(media_type, known)


@asynccontextmanager
async def receive_body(request: Request, budget: ByteBudget, limits: RequestLimits) -> AsyncIterator[bytes]:
    """The body, accounted for in the budget until the block ends.

    Raises PermanentError (too_large) as early as that is known, TransientError (overloaded, timed_out).
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


def split_items(body: bytes, form: ContentType, request: Request, limits: RequestLimits) -> tuple[list[Item], bool]:
    """The articles in a body, and whether they are a batch, answered one by one.

    Raises PermanentError where the body as a whole is no article and no batch.
    """
    if form.media_type in TEXT:
        return [_build_text(body, form, request)], False
    if form.media_type in NDJSON:
        return _split_lines(body, limits), True
    parsed = parse_document(body)
    if not isinstance(parsed, list):
        return [parsed], False
    _check_count(len(parsed), limits)
    return parsed, True


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
        message = f"the body did not arrive within {limits.receive_timeout:g} s"
        raise TransientError(message, reason=Reason.TIMED_OUT, stage=Stage.INGEST) from error
    return bytes(received)


def _split_lines(body: bytes, limits: RequestLimits) -> list[Item]:
    if not body.strip():
        raise PermanentError("nothing was sent", reason=Reason.EMPTY)
    _check_count(body.count(b"\n"), limits, slack=1)
    lines = [line for line in body.split(b"\n") if line.strip()]
    return [_parse_line(line) for line in lines]


def _parse_line(line: bytes) -> Item:
    try:
        return parse_document(line)
    except PermanentError as error:
        return error


def _build_text(body: bytes, form: ContentType, request: Request) -> Item:
    if not body:
        raise PermanentError("nothing was sent", reason=Reason.EMPTY)
    try:
        content = body.decode(form.charset).removeprefix("\ufeff")
    except UnicodeError as error:
        raise PermanentError(f"is not {form.charset}: {error}", reason=Reason.NOT_UTF8, field="content") from error
    given = {name: _find_field(request, name) for name in FIELDS}
    return {
        "content": content,
        "content_type": form.media_type,
        **{name: value for name, value in given.items() if value is not None},
    }


def _find_field(request: Request, name: str) -> str | None:
    """From the query, else from the header; header bytes count as UTF-8, which RFC 9110 leaves to the parties."""
    if name in request.query_params:
        return request.query_params[name]
    value = request.headers.get(HEADER_PREFIX + name.replace("_", "-"))
    return value if value is None else value.encode("latin-1").decode("utf-8", errors="replace")


def _check_size(size: int, limits: RequestLimits) -> None:
    if size > limits.request_bytes:
        raise PermanentError(f"a request has at most {limits.request_bytes} bytes", reason=Reason.TOO_LARGE)


def _check_count(count: int, limits: RequestLimits, *, slack: int = 0) -> None:
    if count == 0 and not slack:
        raise PermanentError("an empty list was sent", reason=Reason.EMPTY)
    if count > limits.batch_articles + slack:
        raise PermanentError(f"a request has at most {limits.batch_articles} articles", reason=Reason.TOO_LARGE)


def _unsupported(message: str) -> PermanentError:
    return PermanentError(message, reason=Reason.UNSUPPORTED_MEDIA_TYPE)
