"""Stand-ins for the enrichment pipeline; picklable, so that worker processes can build them."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from services.contracts.event import AnnotatedArticle, Article, Cleaning, Enrichment, Incomplete, Language, Signature
from services.contracts.raw import RawArticle
from services.enrichment.encoder import Reuse
from services.errors import ConfigurationError, PermanentError
from services.outcomes import Reason
from services.processor.annotate.workers.messages import Annotator, AnnotatorFactory

KILL, HANG, SPIN, STARVE, RAISE, REFUSE, EXHAUST, DEVOUR = (
    "poison: kill",
    "poison: hang",
    "poison: spin",
    "poison: starve",
    "poison: raise",
    "poison: refuse",
    "poison: exhaust",
    "poison: devour",
)


RAISE_LATE = "poison: late"

DEVOURED_BYTES = 2**30


@dataclass(frozen=True)
class FakeDraft:
    """A prepared article that is annotated already; half of its words come from the cache."""

    article: AnnotatedArticle

    @property
    def size(self) -> int:
        return len(self.article.article.body)

    @property
    def reuse(self) -> Reuse:
        words = self.article.article.word_count
        return Reuse(hits=words // 2, misses=words - words // 2)


class FakePipeline:
    """Deterministic and fast pipeline. A content that begins with a poison has the poison's effect."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds
        self.scanned: list[int] = []

    def prepare(self, raw: RawArticle, *, article_id: str, ingested_at: datetime | None) -> FakeDraft:
        self._suffer(raw.content)
        words = raw.content.split()
        article = AnnotatedArticle(
            id=article_id,
            article=Article(
                url=raw.url,
                body=raw.content,
                language=Language(code=raw.language or "und", confidence=1.0),
                ingested_at=ingested_at,
                word_count=len(words),
            ),
            cleaning=Cleaning(raw_sha256=hashlib.sha256(raw.content.encode()).hexdigest(), raw_length=len(raw.content)),
            signature=Signature(content_hash=hashlib.md5(raw.content.encode()).hexdigest(), shingles=len(words)),
            enrichment=Enrichment(
                pipeline="fake", incomplete=(Incomplete(part="entities", reason=Reason.UNSUPPORTED_LANGUAGE),)
            ),
        )
        return FakeDraft(article)

    def scan(self, drafts: Sequence[FakeDraft]) -> None:
        self.scanned.append(len(drafts))

    def finish(self, draft: FakeDraft) -> AnnotatedArticle:
        if draft.article.article.body.startswith(RAISE_LATE):
            raise ValueError("the article is cursed in the end")
        if self._seconds:
            time.sleep(self._seconds)
        return draft.article

    def pop_steps(self) -> tuple[tuple[str, float], ...]:
        return (("fake", self._seconds),)

    def _suffer(self, content: str) -> None:
        if content.startswith(KILL):
            os.kill(os.getpid(), signal.SIGKILL)
        if content.startswith(HANG):
            time.sleep(3_600)
        if content.startswith(SPIN):
            while True:
                pass
        if content.startswith(STARVE):
            self._work_little()
        if content.startswith(RAISE):
            raise ValueError("the article is cursed")
        if content.startswith(REFUSE):
            raise PermanentError("not this one", reason=Reason.ENRICHER_FAILED)
        if content.startswith(EXHAUST):
            raise MemoryError
        if content.startswith(DEVOUR):
            self._hoard = bytearray(DEVOURED_BYTES)

    @staticmethod
    def _work_little() -> None:
        """Use a tenth of a CPU for two seconds, as on a machine that is busy with other work."""
        until = time.monotonic() + 2.0
        while time.monotonic() < until:
            began = time.process_time()
            while time.process_time() - began < 0.01:
                pass
            time.sleep(0.09)


def build_fake(seconds: float = 0.0) -> Annotator[FakeDraft]:
    return FakePipeline(seconds)


def fail_to_build() -> Annotator[FakeDraft]:
    raise ConfigurationError("no weights here")


def die_while_building() -> Annotator[FakeDraft]:
    os._exit(3)


def build_once(marker: Path) -> Annotator[FakeDraft]:
    """Build a pipeline the first time, and fail after that."""
    if marker.exists():
        raise OSError("the weights are gone")
    marker.touch()
    return FakePipeline()


def build_and_note(folder: Path) -> Annotator[FakeDraft]:
    """Build a pipeline and leave a file for each one that was built."""
    (folder / str(os.getpid())).touch()
    return FakePipeline()


def fake_factory(seconds: float = 0.0) -> AnnotatorFactory:
    return partial(build_fake, seconds)
