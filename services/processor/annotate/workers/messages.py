"""Messages between annotate and its worker processes: plain values that pickle quickly."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from services.contracts.event import AnnotatedArticle
from services.contracts.headers import Failure
from services.contracts.raw import RawArticle


class SentenceReuse(Protocol):
    """Counts of an article's sentences, by whether the encoder had their result in its cache."""

    @property
    def hits(self) -> int:
        """Number of sentences whose result was in the cache."""
        ...

    @property
    def misses(self) -> int:
        """Number of sentences that had to be computed."""
        ...


class AnnotationDraft(Protocol):
    """An article that is being annotated."""

    @property
    def size(self) -> int:
        """Number of word pieces that the encoder must read."""
        ...

    @property
    def reuse(self) -> SentenceReuse:
        """Sentence counts of this article."""
        ...


D = TypeVar("D", bound=AnnotationDraft)


class Annotator(Protocol[D]):
    """The port that a worker drives: the enrichment pipeline (services.enrichment.pipeline) or a stand-in."""

    def prepare(self, raw: RawArticle, *, article_id: str, ingested_at: datetime | None) -> D:
        """Start one article."""
        ...

    def scan(self, drafts: Sequence[D]) -> None:
        """Do what is faster for several articles together; an article that fails here raises in its `finish`."""
        ...

    def finish(self, draft: D) -> AnnotatedArticle:
        """Complete one article."""
        ...

    def pop_steps(self) -> tuple[tuple[str, float], ...]:
        """Return the names and seconds of the steps since the last call, and start again at zero."""
        ...


AnnotatorFactory = Callable[[], Annotator[Any]]
"""Function that builds the pipeline inside a worker; it must be picklable."""


class Job(NamedTuple):
    """One record to annotate."""

    value: bytes
    ingested_at_ms: int
    """Milliseconds since the epoch: when the raw topic's broker appended the record."""


class AnnotatedJob(NamedTuple):
    """The result of a job that succeeded: an annotated article, ready to be sent."""

    article_id: str
    language: str
    """BCP 47 tag."""
    shard_language: str
    """BCP 47 tag of the language that decides about the partition of the annotated topic."""
    value: bytes
    """The AnnotatedArticle in its canonical encoding."""
    incomplete: tuple[tuple[str, str], ...]
    """Name and reason of each part that is missing."""
    models: tuple[tuple[str, str, str], ...]
    """Name, version and SHA-256 of each model used."""
    seconds: float
    """Time in the worker; for steps that read several articles together, the share of this article's text."""
    steps: tuple[tuple[str, float], ...] = ()
    """Names and seconds of the enrichment's steps, which are part of `seconds`."""
    hits: int = 0
    """Number of sentences that the encoder had in its cache; 0 without a cache."""
    misses: int = 0
    """Number of sentences that the encoder computed; 0 without a cache."""


class FailedJob(NamedTuple):
    """The result of a job that failed."""

    failure: Failure
    traceback: str = ""
    """Traceback of an unexpected exception, for the log; empty for a known reason."""


JobResult = AnnotatedJob | FailedJob


class WorkerSetup(NamedTuple):
    """The first message to a worker."""

    path: tuple[str, ...]
    """The parent's `sys.path`, so that the worker imports the same code."""
    factory: bytes
    """The pickled factory; it can be unpickled only after `path` is set."""
    memory_bytes: int | None = None
    """Limit of the worker's memory; None for no limit."""


class WorkerRequest(NamedTuple):
    """A message from the parent to a worker that is ready."""

    jobs: tuple[Job, ...]
    one_by_one: bool
    """True to answer each job before the next one starts, so that the parent knows which job a dying worker had."""


def pack(message: object) -> bytes:
    """Return a message as the payload of a frame. Both sides run the same code, so pickle is safe here."""
    return pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)


def unpack_setup(payload: bytes) -> WorkerSetup:
    """Return the message in a worker's first frame."""
    return cast(WorkerSetup, pickle.loads(payload))


def unpack_request(payload: bytes) -> WorkerRequest:
    """Return the message in a later frame that a worker reads."""
    return cast(WorkerRequest, pickle.loads(payload))


def unpack_results(payload: bytes) -> list[JobResult]:
    """Return the results in a frame that the parent reads."""
    return cast("list[JobResult]", pickle.loads(payload))
