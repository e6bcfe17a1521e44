"""One article's way through the enrichers: clean, language, entities and sentiment, signature."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Literal, TypeVar

from services import __version__
from services.contracts.event import (
    AnnotatedArticle,
    Article,
    ArticleSentiment,
    Cleaning,
    Enrichment,
    Entity,
    Incomplete,
    Language,
    Mention,
    Model,
    Part,
    Sentiment,
)
from services.contracts.identity import derive_source
from services.contracts.raw import RawArticle
from services.contracts.urls import canonicalise_url
from services.enrichment import entities
from services.enrichment.cleaning import CleanArticle, clean, locate
from services.enrichment.encoder import Encoder, Probabilities
from services.enrichment.entities import Annotation, annotate_fields
from services.enrichment.language import detect_language
from services.enrichment.matching import compute_signature, find_written
from services.errors import CopydeskError, PermanentError
from services.outcomes import Reason, Stage

ENCODED_LANGUAGES = frozenset({"en"})
"""What the encoder was trained on."""

T = TypeVar("T")
Timer = Callable[[str], AbstractContextManager[object]]
"""Measures a step by its name; the core has no clock of its own."""


def measure_nothing(_: str) -> AbstractContextManager[object]:
    """The timer of those who do not measure."""
    return nullcontext()


class Pipeline:
    """From raw to annotated article. An annotation is a function of the article, the weights and the options alone."""

    def __init__(
        self,
        encoder: Encoder,
        *,
        max_encoded_words: int,
        on_failure: Literal["degrade", "fail"] = "degrade",
        timer: Timer = measure_nothing,
    ) -> None:
        self._encoder = encoder
        self._max_encoded_words = max_encoded_words
        self._on_failure = on_failure
        self._timer = timer
        identity = encoder.identity
        self._models = {"encoder": Model(name=identity.name, version=identity.version, sha256=identity.sha256)}

    def annotate(self, raw: RawArticle, *, article_id: str, ingested_at: datetime | None) -> AnnotatedArticle:
        """Enrich one article.

        `ingested_at` is when it arrived; relative times count from `raw.fetched_at`, or else from it. Raises
        PermanentError when the article cannot be cleaned, and for any failed part when `on_failure` is "fail".
        """
        incomplete: list[Incomplete] = []
        with self._timer("clean"):
            cleaned = clean(raw, reference=raw.fetched_at or ingested_at)
        with self._timer("language"):
            language = self._attempt("language", incomplete, lambda: _identify(cleaned, raw.language))
        language = language or Language(code="und", confidence=0.0)
        annotation = self._read(cleaned, language, incomplete)
        article = _build_article(raw, cleaned, language, ingested_at)
        with self._timer("signature"):
            signature = compute_signature(
                article.headline,
                article.body,
                canonical_url=article.canonical_url,
                written_s=find_written(article.modified_at, article.published_at),
            )
        return AnnotatedArticle(
            id=article_id,
            article=article,
            cleaning=Cleaning(
                raw_sha256=hashlib.sha256(raw.content.encode()).hexdigest(),
                raw_length=len(raw.content),
                kept=cleaned.kept,
                removed=cleaned.removed,
            ),
            entities=_build_entities(annotation, cleaned) if annotation else None,
            sentiment=_build_article_sentiment(annotation),
            signature=signature,
            enrichment=Enrichment(
                pipeline=__version__,
                models=self._models if annotation else {},
                incomplete=tuple(incomplete),
            ),
        )

    def _read(self, cleaned: CleanArticle, language: Language, incomplete: list[Incomplete]) -> Annotation | None:
        if language.code.split("-")[0] not in ENCODED_LANGUAGES:
            incomplete.extend(_both_missing(Reason.UNSUPPORTED_LANGUAGE))
            return None
        fields = {"headline": cleaned.headline or "", "body": cleaned.body}
        with self._timer("encode"):
            annotation = self._attempt(
                "entities", incomplete, lambda: annotate_fields(fields, self._encoder, self._max_encoded_words)
            )
        if annotation is None:
            incomplete.append(Incomplete(part="sentiment", reason=Reason.ENRICHER_FAILED))
        elif annotation.truncated:
            incomplete.extend(_both_missing(Reason.TRUNCATED))
        return annotation

    def _attempt(self, part: Part, incomplete: list[Incomplete], work: Callable[[], T]) -> T | None:
        """An article goes on without a part that failed, and says so, unless the setting says fail."""
        try:
            return work()
        except Exception as error:
            if self._on_failure == "fail":
                if isinstance(error, CopydeskError):
                    raise
                raise PermanentError(
                    f"{part}: {type(error).__name__}: {error}", reason=Reason.ENRICHER_FAILED, stage=Stage.ANNOTATE
                ) from error
            incomplete.append(Incomplete(part=part, reason=Reason.ENRICHER_FAILED))
            return None


def _identify(cleaned: CleanArticle, claimed: str | None) -> Language:
    return detect_language(cleaned.body or cleaned.headline or "", claimed)


def _both_missing(reason: Reason) -> tuple[Incomplete, Incomplete]:
    return Incomplete(part="entities", reason=reason), Incomplete(part="sentiment", reason=reason)


def _build_article(raw: RawArticle, cleaned: CleanArticle, language: Language, ingested_at: datetime | None) -> Article:
    return Article(
        url=raw.url,
        canonical_url=canonicalise_url(raw.url) if raw.url else None,
        source=derive_source(raw),
        headline=cleaned.headline,
        subheadline=cleaned.subheadline,
        byline=cleaned.byline,
        section=cleaned.section,
        dateline=cleaned.dateline,
        captions=cleaned.captions,
        body=cleaned.body,
        language=language,
        published_at=cleaned.published_at,
        modified_at=cleaned.modified_at,
        fetched_at=raw.fetched_at,
        ingested_at=ingested_at,
        word_count=len(cleaned.body.split()),
        metadata=raw.metadata,
    )


def _build_entities(annotation: Annotation, cleaned: CleanArticle) -> tuple[Entity, ...]:
    return tuple(
        Entity(
            id=entity.id,
            name=entity.name,
            type=entity.type,
            salience=entity.salience,
            sentiment=_build_sentiment(entity.sentiment),
            mentions=tuple(_build_mention(mention, cleaned) for mention in entity.mentions),
        )
        for entity in annotation.entities
    )


def _build_mention(mention: entities.Mention, cleaned: CleanArticle) -> Mention:
    raw_span = locate(cleaned.kept, mention.field, mention.start, mention.end)
    return Mention(
        field=mention.field,
        start=mention.start,
        end=mention.end,
        raw_start=raw_span[0] if raw_span else None,
        raw_end=raw_span[1] if raw_span else None,
        text=mention.text,
        probability=mention.probability,
    )


def _build_sentiment(probabilities: Probabilities) -> Sentiment:
    return Sentiment(
        polarity=probabilities.polarity,
        negative=probabilities.negative,
        neutral=probabilities.neutral,
        positive=probabilities.positive,
    )


def _build_article_sentiment(annotation: Annotation | None) -> ArticleSentiment | None:
    sentiment = annotation.sentiment if annotation else None
    if sentiment is None:
        return None
    headline, body = (_build_sentiment(part) if part else None for part in (sentiment.headline, sentiment.body))
    return ArticleSentiment(**dict(_build_sentiment(sentiment.overall)), headline=headline, body=body)
