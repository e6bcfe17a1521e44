"""The parser's process: frames in on standard input, frames out on standard output, within its bounds.

`python -m services.ingest.sources.feeds.parsing.worker <parent's pid>`. A document from anywhere may take a parser's
time and memory; here it takes them from nobody else.
"""

from __future__ import annotations

import resource
import struct
import sys
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict

from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.parsing.models import ParsedFeed
from services.ingest.sources.feeds.parsing.parse import parse_feed
from services.outcomes import FetchFault
from services.runtime.service.processes import die_with_parent

LENGTH = struct.Struct(">I")
MEMORY_BYTES = 1_610_612_736
"""Address space: a feed of 10 MB takes some 300 MB, the interpreter with its libraries 100."""


class Task(BaseModel):
    """What stands in front of the document in a frame, on one line."""

    model_config = ConfigDict(frozen=True)

    url: str
    content_type: str


class Result(BaseModel):
    """The answer: a feed, or why there is none."""

    model_config = ConfigDict(frozen=True)

    feed: ParsedFeed | None = None
    fault: FetchFault | None = None
    message: str = ""


def main() -> None:
    """Until the input ends."""
    die_with_parent(int(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    # What a library might print must not get between the frames.
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    while (frame := _read(requests)) is not None:
        answer = _work(frame).model_dump_json().encode()
        answers.write(LENGTH.pack(len(answer)) + answer)
        answers.flush()


def _work(frame: bytes) -> Result:
    head, _, body = frame.partition(b"\n")
    task = Task.model_validate_json(head)
    try:
        return Result(feed=parse_feed(body, url=task.url, content_type=task.content_type))
    except FetchError as error:
        return Result(fault=error.fault, message=str(error))
    except (MemoryError, RecursionError) as error:
        return Result(fault=FetchFault.PARSER_FAILED, message=type(error).__name__)
    except Exception as error:  # noqa: BLE001 - a document that the parser stumbles over is one of many
        return Result(fault=FetchFault.PARSER_FAILED, message=f"{type(error).__name__}: {error}"[:500])


def _read(stream: BinaryIO) -> bytes | None:
    prefix = stream.read(LENGTH.size)
    return stream.read(LENGTH.unpack(prefix)[0]) if len(prefix) == LENGTH.size else None


if __name__ == "__main__":
    main()
