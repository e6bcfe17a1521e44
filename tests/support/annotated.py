"""Annotated articles without a model, for the tests of match and sink."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from services.contracts.event import (
    AnnotatedArticle,
    Article,
    ArticleSentiment,
    Cleaning,
    EnrichedArticle,
    Enrichment,
    Entity,
    EntitySentiment,
    KeptSpan,
    Language,
    Mention,
    Revision,
)
from services.contracts.headers import ANNOTATED_TYPE, build_headers
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.contracts.state.shard_map import choose_shard
from services.enrichment.matching.signatures.signature import compute_signature
from services.outcomes import Stage
from tests.support.builders import build_article

NEUTRAL = EntitySentiment(polarity="neutral", negative=0.1, neutral=0.8, positive=0.1)
NEGATIVE = EntitySentiment(polarity="negative", negative=0.7, neutral=0.2, positive=0.1)


@dataclass(frozen=True)
class Sent:
    """A record for the annotated topic."""

    id: str
    value: bytes
    headers: list[tuple[str, bytes]]


def build_annotated(number: int, *, seed: int = 0, language: str = "en", sentences: int = 6) -> AnnotatedArticle:
    """Build one annotated article. Equal arguments, the time aside, give equal articles."""
    raw = RawArticle.model_validate(build_article(number, seed, sentences))
    words = raw.content.split()
    name = " ".join(words[:2])
    return AnnotatedArticle(
        id=derive_article_id(raw),
        article=Article(
            url=raw.url,
            canonical_url=raw.url,
            source="wire.example",
            headline=raw.title,
            body=raw.content,
            language=Language(code=language, confidence=0.99),
            ingested_at=datetime.now(UTC),
            word_count=len(words),
        ),
        cleaning=Cleaning(
            raw_sha256="0" * 64,
            raw_length=len(raw.content),
            kept=(KeptSpan(field="body", start=0, end=len(raw.content), raw_start=0, raw_end=len(raw.content)),),
        ),
        entities=(
            Entity(
                id="e1",
                name=name,
                type="PER",
                salience=0.9,
                sentiment=NEGATIVE,
                mentions=(Mention(field="body", start=0, end=len(name), text=name, probability=0.98),),
            ),
        ),
        sentiment=ArticleSentiment(**NEUTRAL.model_dump(exclude={"certain"})),
        signature=compute_signature(raw.title, raw.content),
        enrichment=Enrichment(pipeline="1.0.0"),
    )


def pack(
    event: AnnotatedArticle | EnrichedArticle, event_type: str = ANNOTATED_TYPE, stage: Stage = Stage.ANNOTATE
) -> Sent:
    """Make the record that a stage sends, by default annotate."""
    headers = build_headers(event_type=event_type, article_id=event.id, stage=stage, time=event.article.ingested_at)
    return Sent(event.id, event.to_bytes(), list(headers))


def revise(annotated: AnnotatedArticle, revision_hash: str) -> AnnotatedArticle:
    """Return the article as other code, models or options annotate it: with another salience and another revision."""
    [entity] = annotated.entities or ()
    enrichment = annotated.enrichment.model_copy(update={"revision": Revision(hash=revision_hash)})
    entities = (entity.model_copy(update={"salience": len(revision_hash) / 100}),)
    return annotated.model_copy(update={"enrichment": enrichment, "entities": entities})


def build_many(numbers: Iterable[int], *, seed: int = 0, languages: tuple[str, ...] = ("en",)) -> list[Sent]:
    """Build unique articles in several languages and so in several shards."""
    return [pack(build_annotated(number, seed=seed, language=languages[number % len(languages)])) for number in numbers]


def find_shard(annotated: AnnotatedArticle) -> int:
    """Return the partition that annotate chooses."""
    return choose_shard(annotated.article.language)
