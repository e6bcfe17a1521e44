"""An article's way through the enrichers: clean, language, entities and sentiment, signature.

It goes in three steps, so that the encoder, which costs most, reads the sentences of several articles at once: each is
prepared on its own, all are scanned together, and each is finished on its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
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
from services.enrichment.encoder import Encoder, Probabilities, Reuse, ScanResult
from services.enrichment.entities import ArticleReading, SplitArticle, combine_readings, split_article
from services.enrichment.language import detect_language
from services.enrichment.matching import compute_signature, find_written_s
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


@dataclass(slots=True)
class PreparedArticle:
    """An article on its way: clean, and cut into sentences where there are any to read.

    `scan` is what the encoder saw of them, None as long as it has not looked.
    """

    raw: RawArticle
    article_id: str
    ingested_at: datetime | None
    cleaned: CleanArticle
    language: Language
    incomplete: list[Incomplete] = field(default_factory=list)
    text: SplitArticle | None = None
    scan: ScanResult | None = None

    @property
    def size(self) -> int:
        """Word pieces that the encoder is to read."""
        return self.text.size if self.text else 0

    @property
    def reuse(self) -> Reuse:
        """What remembering sentences has saved."""
        return self.scan.reuse if self.scan else Reuse()


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
        draft = self.prepare(raw, article_id=article_id, ingested_at=ingested_at)
        self.scan([draft])
        return self.finish(draft)

    def prepare(self, raw: RawArticle, *, article_id: str, ingested_at: datetime | None) -> PreparedArticle:
        """Clean an article and cut it into sentences. Raises as `annotate` does."""
        incomplete: list[Incomplete] = []
        with self._timer("clean"):
            cleaned = clean(raw, reference=raw.fetched_at or ingested_at)
        with self._timer("language"):
            language = self._attempt("language", incomplete, lambda: _identify(cleaned, raw.language))
        language = language or Language(code="und", confidence=0.0)
        draft = PreparedArticle(raw, article_id, ingested_at, cleaned, language, incomplete)
        if language.code.split("-")[0] not in ENCODED_LANGUAGES:
            incomplete.extend(_both_missing(Reason.UNSUPPORTED_LANGUAGE))
            return draft
        with self._timer("encode"):
            draft.text = self._attempt_reading(incomplete, lambda: self._split(cleaned))
        return draft

    def scan(self, drafts: Sequence[PreparedArticle]) -> None:
        """Have the encoder read the sentences of several articles at once.

        When that fails, it reads those of each alone when that is finished, and which one is to blame shows.
        """
        texts = [(draft, draft.text) for draft in drafts if draft.text]
        with self._timer("encode"):
            try:
                scans = self._encoder.scan([text.unread for _, text in texts])
            except Exception:  # noqa: BLE001
                return
        for (draft, _), scan in zip(texts, scans, strict=True):
            draft.scan = scan

    def finish(self, draft: PreparedArticle) -> AnnotatedArticle:
        """Read an article that was prepared, and scanned if that went well. Raises as `annotate` does."""
        raw, cleaned, incomplete = draft.raw, draft.cleaned, draft.incomplete
        annotation = self._read(draft)
        article = _build_article(raw, cleaned, draft.language, draft.ingested_at)
        with self._timer("signature"):
            signature = compute_signature(
                article.headline,
                article.body,
                canonical_url=article.canonical_url,
                written_s=find_written_s(article.modified_at, article.published_at),
            )
        return AnnotatedArticle(
            id=draft.article_id,
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

    def _split(self, cleaned: CleanArticle) -> SplitArticle:
        fields = {"headline": cleaned.headline or "", "body": cleaned.body}
        return split_article(fields, self._encoder, self._max_encoded_words)

    def _read(self, draft: PreparedArticle) -> ArticleReading | None:
        text = draft.text
        if text is None:
            return None

        def annotate() -> ArticleReading:
            if draft.scan is None:
                (draft.scan,) = self._encoder.scan([text.unread])
            return combine_readings(text, draft.scan.readings)

        with self._timer("encode"):
            annotation = self._attempt_reading(draft.incomplete, annotate)
        if annotation and annotation.truncated:
            draft.incomplete.extend(_both_missing(Reason.TRUNCATED))
        return annotation

    def _attempt_reading(self, incomplete: list[Incomplete], work: Callable[[], T]) -> T | None:
        done = self._attempt("entities", incomplete, work)
        if done is None:
            incomplete.append(Incomplete(part="sentiment", reason=Reason.ENRICHER_FAILED))
        return done

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


def _build_entities(annotation: ArticleReading, cleaned: CleanArticle) -> tuple[Entity, ...]:
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


def _build_mention(mention: entities.MentionReading, cleaned: CleanArticle) -> Mention:
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


def _build_article_sentiment(annotation: ArticleReading | None) -> ArticleSentiment | None:
    sentiment = annotation.sentiment if annotation else None
    if sentiment is None:
        return None
    headline, body = (_build_sentiment(part) if part else None for part in (sentiment.headline, sentiment.body))
    return ArticleSentiment(**dict(_build_sentiment(sentiment.overall)), headline=headline, body=body)
