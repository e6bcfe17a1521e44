"""What goes to a worker process and what comes back: plain values, cheap to pickle."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from services.contracts.event import AnnotatedArticle
from services.contracts.headers import Failure
from services.contracts.raw import RawArticle

LENGTH = struct.Struct("!I")
"""Length of a frame, in front of it: 4 bytes, big-endian."""


class SentenceReuse(Protocol):
    """How many sentences of an article the encoder remembered, and how many it had to compute."""

    @property
    def hits(self) -> int:
        """Remembered."""
        ...

    @property
    def misses(self) -> int:
        """Computed."""
        ...


class AnnotationDraft(Protocol):
    """An article that is being annotated."""

    @property
    def size(self) -> int:
        """Word pieces that the encoder is to read."""
        ...

    @property
    def reuse(self) -> SentenceReuse:
        """What remembering sentences has saved."""
        ...


D = TypeVar("D", bound=AnnotationDraft)


class Annotator(Protocol[D]):
    """What a worker runs: the enrichment pipeline, or a stand-in; see services.enrichment.pipeline."""

    def prepare(self, raw: RawArticle, *, article_id: str, ingested_at: datetime | None) -> D:
        """Begin one article."""
        ...

    def scan(self, drafts: Sequence[D]) -> None:
        """Do what is best done for several at once; what fails then fails when its article is finished."""
        ...

    def finish(self, draft: D) -> AnnotatedArticle:
        """End one article."""
        ...

    def take_steps(self) -> tuple[tuple[str, float], ...]:
        """Names and seconds of the steps since the last call."""
        ...


AnnotatorFactory = Callable[[], Annotator[Any]]
"""Builds the pipeline inside a worker; must be picklable."""


class Job(NamedTuple):
    """One record to annotate."""

    value: bytes
    ingested_at_ms: int
    """When the raw topic's broker took it: milliseconds since the epoch."""


class AnnotatedJob(NamedTuple):
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
    """Time in the worker; of what is done for several articles at once, the share of its text."""
    steps: tuple[tuple[str, float], ...] = ()
    """Of that, names and seconds of the enrichment's steps."""
    hits: int = 0
    misses: int = 0
    """Sentences that the encoder remembered, and that it had to compute; both 0 where nothing is remembered."""


class FailedJob(NamedTuple):
    """An article that failed."""

    failure: Failure
    traceback: str = ""
    """Of an unexpected exception, for the log."""


JobResult = AnnotatedJob | FailedJob


class WorkerSetup(NamedTuple):
    """The first message to a worker."""

    path: tuple[str, ...]
    """The parent's `sys.path`, so that the worker imports the same code."""
    factory: bytes
    """The pickled factory; read only after the path is set."""
    memory_bytes: int | None = None
    """Memory that it may take; None for as much as there is."""


class WorkerRequest(NamedTuple):
    """Parent to worker."""

    jobs: tuple[Job, ...]
    one_by_one: bool
    """Answer each job before beginning the next, so that the parent knows which one a dying worker was at."""


def pack(message: object) -> bytes:
    """A frame: length and pickle. Both ends are the same build on the same machine."""
    payload = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(payload)) + payload


def unpack_setup(payload: bytes) -> WorkerSetup:
    """The payload of a worker's first frame."""
    return cast(WorkerSetup, pickle.loads(payload))


def unpack_request(payload: bytes) -> WorkerRequest:
    """The payload of a frame that a worker reads."""
    return cast(WorkerRequest, pickle.loads(payload))


def unpack_results(payload: bytes) -> list[JobResult]:
    """The payload of a frame that the parent reads."""
    return cast("list[JobResult]", pickle.loads(payload))
