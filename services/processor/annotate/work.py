"""What goes to a worker process and what comes back: plain values, cheap to pickle."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol, cast

from services.contracts.event import AnnotatedArticle
from services.contracts.headers import Failure
from services.contracts.raw import RawArticle

LENGTH = struct.Struct("!I")
"""Length of a frame, in front of it: 4 bytes, big-endian."""


class Annotator(Protocol):
    """What a worker runs: the enrichment pipeline, or a stand-in."""

    def annotate(self, raw: RawArticle, *, article_id: str, ingested_at: datetime | None) -> AnnotatedArticle:
        """Enrich one article; see services.enrichment.pipeline."""
        ...

    def take_steps(self) -> tuple[tuple[str, float], ...]:
        """Names and seconds of the steps since the last call."""
        ...


Factory = Callable[[], Annotator]
"""Builds the pipeline inside a worker; must be picklable."""


class Job(NamedTuple):
    """One record to annotate."""

    value: bytes
    ingested_at_ms: int
    """When the raw topic's broker took it: milliseconds since the epoch."""


class Annotation(NamedTuple):
    """An annotated article, ready to be sent."""

    article_id: str
    language: str
    """BCP 47; decides the partition."""
    value: bytes
    """The AnnotatedArticle in its canonical encoding."""
    incomplete: tuple[tuple[str, str], ...]
    """Part and reason of each part that is missing."""
    models: tuple[tuple[str, str, str], ...]
    """Name, version and sha256 of each model used."""
    seconds: float
    """Time in the worker."""
    steps: tuple[tuple[str, float], ...] = ()
    """Of that, names and seconds of the enrichment's steps."""


class Refusal(NamedTuple):
    """An article that failed."""

    failure: Failure
    traceback: str = ""
    """Of an unexpected exception, for the log."""


Result = Annotation | Refusal


class Setup(NamedTuple):
    """The first message to a worker."""

    path: tuple[str, ...]
    """The parent's `sys.path`, so that the worker imports the same code."""
    factory: bytes
    """The pickled factory; read only after the path is set."""
    memory_bytes: int | None = None
    """Memory that it may take; None for as much as there is."""


class Request(NamedTuple):
    """Parent to worker."""

    jobs: tuple[Job, ...]
    one_by_one: bool
    """Answer each job before beginning the next, so that the parent knows which one a dying worker was at."""


def pack(message: object) -> bytes:
    """A frame: length and pickle. Both ends are the same build on the same machine."""
    payload = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(payload)) + payload


def unpack_setup(payload: bytes) -> Setup:
    """The payload of a worker's first frame."""
    return cast(Setup, pickle.loads(payload))


def unpack_request(payload: bytes) -> Request:
    """The payload of a frame that a worker reads."""
    return cast(Request, pickle.loads(payload))


def unpack_results(payload: bytes) -> list[Result]:
    """The payload of a frame that the parent reads."""
    return cast("list[Result]", pickle.loads(payload))
