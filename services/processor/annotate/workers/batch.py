"""Jobs to results in a worker: each article is prepared and finished on its own, the text of several is read at once.

An article's exception is that article's failure and no other's, and what comes out does not depend on its neighbours.
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
from services.errors import CopydeskError
from services.outcomes import Reason, Stage
from services.processor.annotate.raw_records import decode_raw_article
from services.processor.annotate.workers.messages import AnnotatedJob, Annotator, D, FailedJob, Job, JobResult

MAX_MESSAGE: Final = 1_000
"""Characters: what a dead letter's header takes."""

READ_AHEAD: Final = 10_000
"""Word pieces read at once: some 400 sentences, where a run of the encoder has rows enough of each length; less than a
second's work, so that no article waits longer for its neighbours, and the parent, which waits for a result, takes no
busy worker for one that hangs."""

READ_AHEAD_SECONDS: Final = 0.5
"""Preparation after which no more articles are waited for, for the same reason."""

T = TypeVar("T")


class _Case(Generic[D]):
    """One job on its way to its one result."""

    def __init__(self, annotator: Annotator[D], job: Job) -> None:
        self._annotator = annotator
        self._ingested_at_ms = job.ingested_at_ms
        self._seconds = 0.0
        self._steps: defaultdict[str, float] = defaultdict(float)
        with self._measure():
            self.draft = _attempt(lambda: self._prepare(job.value))

    @property
    def size(self) -> int:
        """Word pieces that the encoder is to read; none where preparing failed."""
        return 0 if isinstance(self.draft, FailedJob) else self.draft.size

    def charge(self, seconds: float, steps: Iterable[tuple[str, float]], share: float) -> None:
        """Add this article's share of what was done for several."""
        self._seconds += share * seconds
        for step, taken in steps:
            self._steps[step] += share * taken

    def finish(self) -> JobResult:
        """The result; what failed before has it already."""
        draft = self.draft
        if isinstance(draft, FailedJob):
            return draft
        with self._measure():
            made = _attempt(lambda: self._finish(draft))
        return made if isinstance(made, FailedJob) else self._describe(draft, *made)

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
        self._annotator.take_steps()
        began = time.perf_counter()
        yield
        self.charge(time.perf_counter() - began, self._annotator.take_steps(), 1.0)


def annotate_jobs(annotator: Annotator[D], jobs: Iterable[Job], *, read_ahead: int = READ_AHEAD) -> Iterator[JobResult]:
    """Yield the one result of each job, in order; with a `read_ahead` of 0, each before the next is begun."""
    for cases in gather((_Case(annotator, job) for job in jobs), lambda case: case.size, read_ahead):
        yield from _finish_all(annotator, cases)


def gather(items: Iterable[T], measure: Callable[[T], int], read_ahead: int) -> Iterator[list[T]]:
    """Yield items in groups of at most `read_ahead` word pieces, a larger one alone; see READ_AHEAD_SECONDS, too."""
    group: list[T] = []
    size, began = 0, time.perf_counter()
    for item in items:
        own = measure(item)
        if group and size + own > read_ahead:
            yield group
            group, size, began = [], 0, time.perf_counter()
        group.append(item)
        size += own
        if size >= read_ahead or time.perf_counter() - began >= READ_AHEAD_SECONDS:
            yield group
            group, size, began = [], 0, time.perf_counter()
    if group:
        yield group


def _finish_all(annotator: Annotator[D], cases: Sequence[_Case[D]]) -> Iterator[JobResult]:
    drafts = [(case, case.draft) for case in cases if not isinstance(case.draft, FailedJob)]
    if drafts:
        annotator.take_steps()
        began = time.perf_counter()
        annotator.scan([draft for _, draft in drafts])
        seconds, steps = time.perf_counter() - began, annotator.take_steps()
        total = sum(draft.size for _, draft in drafts)
        for case, draft in drafts:
            case.charge(seconds, steps, draft.size / total if total else 1 / len(drafts))
    for case in cases:
        yield case.finish()


def _attempt(work: Callable[[], T]) -> T | FailedJob:
    try:
        return work()
    except CopydeskError as error:
        return _refuse(error, error.reason)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001
        return _refuse(error, Reason.UNEXPECTED)


def _refuse(error: Exception, reason: Reason) -> FailedJob:
    failure = Failure(
        reason=reason, stage=Stage.ANNOTATE, exception=type(error).__name__, message=str(error)[:MAX_MESSAGE]
    )
    # Bad input is no news; what a bug looks like is.
    trace = "".join(traceback.format_exception(error)) if reason is Reason.UNEXPECTED else ""
    return FailedJob(failure, trace)
