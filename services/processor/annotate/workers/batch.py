"""Annotation of a batch inside a worker: articles are prepared and finished one by one, and several are read together.

An exception fails its own article and no other, and the results do not depend on which articles share a batch.
"""

from __future__ import annotations

import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, Generic, TypeVar

from services.contracts.event import AnnotatedArticle
from services.contracts.headers import Failure
from services.contracts.state.shard_map import find_shard_language
from services.errors import CopydeskError
from services.outcomes import Reason, Stage
from services.processor.annotate.raw_records import decode_raw_article
from services.processor.annotate.workers.messages import AnnotatedJob, Annotator, D, FailedJob, Job, JobResult

MAX_MESSAGE: Final = 1_000
"""Characters of an exception's message that a dead letter's header carries."""

READ_AHEAD: Final = 10_000
"""Maximum number of word pieces that the encoder reads together: some 400 sentences, enough rows of each length for an
efficient run. That is less than a second of work, so that no article waits longer for its neighbours, and the parent,
which waits for a result, does not mistake a busy worker for one that hangs."""

READ_AHEAD_SECONDS: Final = 0.5
"""Seconds of preparation after which no further article joins a group, so that no article waits long for its
neighbours."""

T = TypeVar("T")


class _RunningJob(Generic[D]):
    """One job between its start and its result."""

    def __init__(self, annotator: Annotator[D], job: Job) -> None:
        self._annotator = annotator
        self._ingested_at_ms = job.ingested_at_ms
        self._seconds = 0.0
        self._steps: defaultdict[str, float] = defaultdict(float)
        with self._measure():
            self.draft = _attempt(lambda: self._prepare(job.value))

    @property
    def size(self) -> int:
        """Number of word pieces that the encoder must read; 0 if the preparation failed."""
        return 0 if isinstance(self.draft, FailedJob) else self.draft.size

    def add_time(self, seconds: float, steps: Iterable[tuple[str, float]], share: float) -> None:
        """Add this article's share, from 0 to 1, of the time that several articles took together."""
        self._seconds += share * seconds
        for step, duration in steps:
            self._steps[step] += share * duration

    def finish(self) -> JobResult:
        """Return the result, which is the earlier failure if the preparation failed."""
        draft = self.draft
        if isinstance(draft, FailedJob):
            return draft
        with self._measure():
            finished = _attempt(lambda: self._finish(draft))
        return finished if isinstance(finished, FailedJob) else self._describe(draft, *finished)

    def _prepare(self, value: bytes) -> D:
        raw, article_id = decode_raw_article(value)
        ingested_at = datetime.fromtimestamp(self._ingested_at_ms / 1_000, UTC)
        return self._annotator.prepare(raw, article_id=article_id, ingested_at=ingested_at)

    def _finish(self, draft: D) -> tuple[AnnotatedArticle, bytes]:
        article = self._annotator.finish(draft)
        return article, article.to_bytes()

    def _describe(self, draft: D, article: AnnotatedArticle, value: bytes) -> AnnotatedJob:
        return AnnotatedJob(
            article_id=article.id,
            language=article.article.language.code,
            shard_language=find_shard_language(article.article.language),
            value=value,
            incomplete=tuple((entry.part, entry.reason.value) for entry in article.enrichment.incomplete),
            models=tuple((model.name, model.version, model.sha256) for model in article.enrichment.models.values()),
            seconds=self._seconds,
            steps=tuple(self._steps.items()),
            hits=draft.reuse.hits,
            misses=draft.reuse.misses,
        )

    @contextmanager
    def _measure(self) -> Iterator[None]:
        self._annotator.pop_steps()
        started_at = time.perf_counter()
        yield
        self.add_time(time.perf_counter() - started_at, self._annotator.pop_steps(), 1.0)


def annotate_jobs(annotator: Annotator[D], jobs: Iterable[Job], *, read_ahead: int = READ_AHEAD) -> Iterator[JobResult]:
    """Yield one result per job, in order. With a `read_ahead` of 0, each comes before the next job starts."""
    for group in split_by_size((_RunningJob(annotator, job) for job in jobs), lambda job: job.size, read_ahead):
        yield from _finish_group(annotator, group)


def split_by_size(items: Iterable[T], measure: Callable[[T], int], read_ahead: int) -> Iterator[list[T]]:
    """Yield groups of at most `read_ahead` word pieces, prepared in about READ_AHEAD_SECONDS.

    An item with more word pieces is a group of its own.
    """
    group: list[T] = []
    size, started_at = 0, time.perf_counter()
    for item in items:
        item_size = measure(item)
        if group and size + item_size > read_ahead:
            yield group
            group, size, started_at = [], 0, time.perf_counter()
        group.append(item)
        size += item_size
        if size >= read_ahead or time.perf_counter() - started_at >= READ_AHEAD_SECONDS:
            yield group
            group, size, started_at = [], 0, time.perf_counter()
    if group:
        yield group


def _finish_group(annotator: Annotator[D], jobs: Sequence[_RunningJob[D]]) -> Iterator[JobResult]:
    drafts = [(job, job.draft) for job in jobs if not isinstance(job.draft, FailedJob)]
    if drafts:
        annotator.pop_steps()
        started_at = time.perf_counter()
        annotator.scan([draft for _, draft in drafts])
        seconds, steps = time.perf_counter() - started_at, annotator.pop_steps()
        total = sum(draft.size for _, draft in drafts)
        for job, draft in drafts:
            job.add_time(seconds, steps, draft.size / total if total else 1 / len(drafts))
    for job in jobs:
        yield job.finish()


def _attempt(work: Callable[[], T]) -> T | FailedJob:
    """Return what `work` returns, or its exception as a failed job; MemoryError ends the worker."""
    try:
        return work()
    except CopydeskError as error:
        return _fail(error, error.reason)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - any exception of an article is that article's failure
        return _fail(error, Reason.UNEXPECTED)


def _fail(error: Exception, reason: Reason) -> FailedJob:
    failure = Failure(
        reason=reason, stage=Stage.ANNOTATE, exception=type(error).__name__, message=str(error)[:MAX_MESSAGE]
    )
    # Bad input needs no traceback in the log; a bug does.
    trace = "".join(traceback.format_exception(error)) if reason is Reason.UNEXPECTED else ""
    return FailedJob(failure, trace)
