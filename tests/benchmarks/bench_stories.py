"""Benchmark of stories: the cost of an article as the number of open stories grows, and a restart with all of them.

Run: python -m tests.benchmarks.bench_stories

The articles are generated: 60 words of a vocabulary in which few words are frequent, eight words of their own, a date,
numbers, and five names. `growth` is the CPU time to find the story of an article and to add it, with many open stories,
beside the same with few: the two are measured in turn, and the best round of each counts. One article in four reports
an event that another one has opened. `restart` is the CPU time to restore match's state from the records of the verdict
log, which are in memory; its ratio is to the time in which the standard library parses the same JSON. `snapshot` is the
time to write and to load the stories alone. Prints JSON.
"""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import typer

from services.contracts.event import Duplicate
from services.contracts.event.story_features import StoryFeatures
from services.contracts.state.verdict_log import VerdictRecord
from services.enrichment.matching import MatchIndex
from services.enrichment.matching.signatures.signature import WORDLESS
from services.enrichment.stories.article import ArticleEntity, StoryArticle
from services.enrichment.stories.features.extraction import LEAD, LEADING_NAME, NAME, TERM
from services.enrichment.stories.index import StoryIndex
from services.enrichment.structs import build_struct, to_struct
from services.processor.match.matcher import MatchProcessor
from services.processor.match.metrics import MatchMetrics
from services.runtime.service.garbage import tune_garbage_collector
from tests.support.source_records import Record

VOCABULARY: Final = 60_000
WORDS, OWN_WORDS, NAMES = 60, 8, 5
STEP_MS: Final = 2_000
"""Milliseconds between two articles, so that 200,000 stories open within five days and none of them ends."""
AGAIN: Final = 4
"""One article in so many reports a known event."""
ROUND: Final = 400
"""Articles of a round."""
ROUNDS: Final = 5
CHUNK: Final = 5_000
"""Records of the log that are restored in one call."""
ORIGINAL: Final = Duplicate(verdict="original")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(
    small: Annotated[int, typer.Option(help="Open stories of the smaller index.")] = 10_000,
    large: Annotated[int, typer.Option(help="Open stories of the larger index.")] = 200_000,
) -> None:
    """Measure and print."""
    tune_garbage_collector()
    indexes = {count: fill(count) for count in (small, large)}
    report: dict[str, Any] = {"growth": measure_growth(indexes)}
    report["snapshot"] = measure_snapshot(indexes[large][0])
    del indexes
    report["restart"] = measure_restart(large)
    print(json.dumps(report, indent=2))


def generate_articles(seed: int) -> Iterator[StoryArticle]:
    """Yield articles about different events endlessly."""
    rng = random.Random(seed)
    number = 0
    while True:
        frequent = {int(VOCABULARY * rng.random() ** 3) for _ in range(WORDS)}
        terms = [
            (code, 900 - 10 * at, 500, NAME | LEADING_NAME if at < NAMES else 0) for at, code in enumerate(frequent)
        ]
        terms += [(rng.getrandbits(32), 1_200, 793, NAME | LEAD) for _ in range(OWN_WORDS)]
        terms.sort(key=lambda term: -term[1])
        features = StoryFeatures(
            words=" ".join(f"w{at}" for at in range(len(terms))),
            terms=base64.b64encode(b"".join(TERM.pack(*term) for term in terms)).decode(),
            facts=(
                f"number {rng.randrange(1_000)}",
                f"slot magnitude {rng.randrange(9)}",
                f"date 5-{rng.randrange(28)}",
            ),
        )
        names = [int(VOCABULARY * rng.random() ** 3) for _ in range(NAMES)]
        entities = tuple(ArticleEntity(f"nil:{name:016x}", f"Name {name}", "ORG") for name in dict.fromkeys(names))
        yield StoryArticle(
            f"{rng.getrandbits(128):032x}", features, number * STEP_MS, ORIGINAL, f"source {number % 50}",
            "A headline of usual length about what happened", "en", entities,
        )  # fmt: skip
        number += 1


def add_all(index: StoryIndex, articles: Sequence[StoryArticle]) -> None:
    """Judge articles and add them, as match does."""
    for article in articles:
        index.apply(article.id, index.judge(article).mark)


def fill(count: int) -> tuple[StoryIndex, list[StoryArticle]]:
    """Return an index with open stories and the articles of the next rounds.

    The index is filled with the marks that an empty index gives: the articles are about different events.
    """
    index, articles = StoryIndex(), generate_articles(count)
    empty = StoryIndex(index.parameters)
    index.begin_bulk()
    for article in islice(articles, count):
        index.apply(article.id, empty.judge(article).mark)
    index.end_bulk()
    fresh = list(islice(articles, ROUND * ROUNDS))
    known: list[StoryArticle] = []
    for at, article in enumerate(fresh):
        known.append(
            replace(fresh[at - 1], id=article.id, log_ms=article.log_ms) if at % AGAIN == AGAIN - 1 else article
        )
    return index, known


def measure_growth(indexes: dict[int, tuple[StoryIndex, list[StoryArticle]]]) -> dict[str, float]:
    """Return the CPU microseconds for an article with few and with many open stories, and their ratio."""
    best = dict.fromkeys(indexes, float("inf"))
    for number in range(ROUNDS):
        for count, (index, articles) in indexes.items():
            own = articles[number * ROUND : (number + 1) * ROUND]
            spent = measure(partial(add_all, index, own))
            best[count] = min(best[count], spent / ROUND * 1e6)
    few, many = best.values()
    return {
        **{f"microseconds with {count}": round(each) for count, each in best.items()},
        "ratio": round(many / few, 2),
    }


def measure_snapshot(index: StoryIndex) -> dict[str, float]:
    """Return the CPU seconds to write the stories to a folder and to load them, and the size of the files."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        captured = measure(index.take_snapshot)
        written = measure(lambda: index.take_snapshot().write(folder))
        loaded = measure(lambda: index.load(folder))
        size = sum(file.stat().st_size for file in folder.iterdir())
    return {
        "captured_milliseconds": round(1_000 * captured),
        "written_seconds": round(written, 1),
        "loaded_seconds": round(loaded, 1),
        "mib": round(size / 2**20),
    }


def measure_restart(count: int) -> dict[str, float]:
    """Return the CPU seconds to restore match from a log in which each article has opened a story."""
    empty = StoryIndex()
    articles = islice(generate_articles(1), count)
    processor = MatchProcessor(0, MatchIndex(), MatchMetrics(), stories=StoryIndex())
    seconds, parsed, size = 0.0, 0.0, 0
    while chunk := list(islice(articles, CHUNK)):
        values = [_build_verdict(one, empty) for one in chunk]
        size += sum(map(len, values))
        parsed += measure(partial(list, map(json.loads, values)))
        records = [Record(value) for value in values]
        seconds += measure(partial(processor.restore, records))
    finished = measure(processor.finish_restore)
    assert processor.stories is not None
    return {
        "open_stories": processor.stories.open_count,
        "seconds": round(seconds + finished, 1),
        "of_them_tables": round(finished, 1),
        "ratio_to_parsing": round((seconds + finished) / parsed, 2),
        "bytes_per_record": size // count,
    }


def _build_verdict(article: StoryArticle, empty: StoryIndex) -> bytes:
    return build_struct(VerdictRecord)(
        id=article.id,
        event_time_ms=article.log_ms,
        signature=to_struct(WORDLESS),
        duplicate=to_struct(article.duplicate),
        story=empty.judge(article).mark,
    ).to_bytes()


def measure(work: Callable[[], object]) -> float:
    """Return the CPU seconds of a call."""
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    app()
