"""The annotation of a batch inside a worker."""

from __future__ import annotations

import json

from services.processor.annotate.metrics import AnnotateMetrics
from services.processor.annotate.raw_records import RawRecord
from services.processor.annotate.reporting import ArticleReporter
from services.processor.annotate.workers.batch import annotate_jobs
from services.processor.annotate.workers.messages import AnnotatedJob, FailedJob, Job
from tests.support import fake_pipeline as fakes

CONTENTS = ["one two", fakes.RAISE, "three", "not JSON", fakes.RAISE_LATE, "four five six"]


def job(content: str) -> Job:
    value = json.dumps({"content": content}) if content != "not JSON" else "{"
    return Job(value.encode(), 1_700_000_000_000)


def test_a_failure_affects_one_article_only() -> None:
    """Four of six articles are read together and three succeed, in order, with the same results as alone."""
    pipeline = fakes.FakePipeline()
    results = list(annotate_jobs(pipeline, map(job, CONTENTS)))
    assert pipeline.scanned == [4]
    assert [type(result) for result in results] == [
        AnnotatedJob,
        FailedJob,
        AnnotatedJob,
        FailedJob,
        FailedJob,
        AnnotatedJob,
    ]
    alone = [next(annotate_jobs(fakes.FakePipeline(), [job(content)])) for content in CONTENTS]
    assert [getattr(result, "value", None) for result in results] == [getattr(each, "value", None) for each in alone]


def test_without_read_ahead_each_job_is_answered_before_the_next_starts() -> None:
    """Without read-ahead, the result of an article is returned before the next job is read."""
    started: list[str] = []

    def start(content: str) -> Job:
        started.append(content)
        return job(content)

    pipeline = fakes.FakePipeline()
    results = annotate_jobs(pipeline, map(start, ["one", "two", "three"]), read_ahead=0)
    for count in (1, 2, 3):
        next(results)
        assert len(started) == count
    assert pipeline.scanned == [1, 1, 1]


def test_a_batch_is_read_in_groups_of_a_limited_size() -> None:
    """No group is larger than the limit; an article above the limit is read alone, after the group before it."""
    pipeline = fakes.FakePipeline()
    assert len(list(annotate_jobs(pipeline, [job("x" * 40)] * 7, read_ahead=100))) == 7
    assert pipeline.scanned == [2, 2, 2, 1]
    pipeline = fakes.FakePipeline()
    sizes = (40, 200, 40, 60, 40)
    assert len(list(annotate_jobs(pipeline, [job("x" * size) for size in sizes], read_ahead=100))) == 5
    assert pipeline.scanned == [1, 1, 2, 1]


def test_cached_sentences_are_counted() -> None:
    """The sentences that the encoder had in its cache, and those that it computed, are counted."""
    results = list(annotate_jobs(fakes.FakePipeline(), [job("one two three"), job("four")]))
    metrics = AnnotateMetrics()
    records = [RawRecord("raw", 0, offset, 0, None, b"", (), lambda: None) for offset in range(2)]
    ArticleReporter(metrics).report_finished(records, results)
    counted = {
        kind: metrics.registry.get_sample_value("copydesk_sentences_total", {"result": kind})
        for kind in ("hit", "miss")
    }
    assert counted == {"hit": 1.0, "miss": 3.0}
