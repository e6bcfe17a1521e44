"""Main module of the parser process: parses the feed documents that its parent sends, one by one.

A hostile document can use up a parser's time and memory; in a process of its own it uses up no one else's.
`services.runtime.service.child_process` starts it, with `python -m`.
"""

from __future__ import annotations

import sys

from pydantic import BaseModel, ConfigDict

from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.parsing.models import ParsedFeed
from services.ingest.sources.feeds.parsing.parse import parse_feed
from services.outcomes import FetchFault
from services.runtime.service.child_process import connect_to_parent
from services.runtime.service.spawn import MemoryKind, limit_memory

MEMORY_BYTES = 1_610_612_736
"""Limit of the address space: a feed of 10 MB needs some 300 MB, the interpreter and its libraries 100."""
MAX_MESSAGE = 500
"""Characters of an exception's message that are sent to the parent."""


class ParseRequest(BaseModel):
    """The first line of a request, as JSON; the document follows it."""

    model_config = ConfigDict(frozen=True)

    url: str
    content_type: str

    def to_frame(self, body: bytes) -> bytes:
        """Return the payload of a frame: this request and the document."""
        return self.model_dump_json().encode() + b"\n" + body


class ParseResult(BaseModel):
    """The answer, as JSON: a feed, or the reason why there is none."""

    model_config = ConfigDict(frozen=True)

    feed: ParsedFeed | None = None
    fault: FetchFault | None = None
    message: str = ""


def main(arguments: list[str]) -> None:
    """Answer the parent's requests until it closes the connection."""
    parent = connect_to_parent(arguments)
    # The address space is the strictest limit. It fits here, because this process maps no weights.
    limit_memory(MemoryKind.ADDRESS_SPACE, MEMORY_BYTES)
    while (payload := parent.read()) is not None:
        parent.write(_parse(payload).model_dump_json().encode())


def _parse(payload: bytes) -> ParseResult:
    head, _, body = payload.partition(b"\n")
    request = ParseRequest.model_validate_json(head)
    try:
        return ParseResult(feed=parse_feed(body, url=request.url, content_type=request.content_type))
    except FetchError as error:
        return ParseResult(fault=error.fault, message=str(error))
    except (MemoryError, RecursionError) as error:
        return ParseResult(fault=FetchFault.PARSER_FAILED, message=type(error).__name__)
    except Exception as error:  # noqa: BLE001 - one document that the parser cannot handle is no reason to stop
        return ParseResult(fault=FetchFault.PARSER_FAILED, message=f"{type(error).__name__}: {error}"[:MAX_MESSAGE])


if __name__ == "__main__":
    main(sys.argv[1:])
