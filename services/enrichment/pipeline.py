"""The enrichment of an article: cleaning, language, entities and sentiment, signature.

It has three steps, so that the encoder, which costs most, reads the sentences of several articles together: each
article is prepared on its own, all are scanned together, and each is finished on its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeVar

from services import __version__
from services.contracts.event import (
    UNKNOWN_LANGUAGE,
    AnnotatedArticle,
    Article,
    Cleaning,
    Enrichment,
    Incomplete,
    Language,
    Model,
    Part,
    Revision,
    Signature,
)
from services.contracts.identity import derive_source
from services.contracts.raw import RawArticle
from services.contracts.state.revision import hash_revision
from services.enrichment.cleaning import CleanArticle, clean
from services.enrichment.encoder import Encoder, Identity, Reuse, ScanResult
from services.enrichment.entities import ArticleReading, SplitArticle, combine_readings, split_article
from services.enrichment.event_parts import build_article, build_article_sentiment, build_entities, build_topics
from services.enrichment.language import DefaultLanguages, detect_language
from services.enrichment.links import ArticleLinker
from services.enrichment.matching import compute_signature, find_day, first_exact_time_seconds
from services.enrichment.stories.features.extraction import extract_features
from services.enrichment.topics import TopicClassifier, TopicReading
from services.errors import CopydeskError, PermanentError
from services.outcomes import Reason, Stage

ENCODED_LANGUAGES = frozenset({"en"})
"""Languages that the models were trained on, as primary subtags of BCP 47."""

UNDERSTANDING: tuple[Part, ...] = ("entities", "sentiment", "topics")
"""Parts of an event that need models of the article's language."""

CONFIDENCE_DIGITS = 2
"""Digits of the confidence in the body, which is an estimate."""

T = TypeVar("T")
Timer = Callable[[str], AbstractContextManager[object]]
"""Function that measures a step, given its name; the core has no clock of its own."""


def measure_nothing(_: str) -> AbstractContextManager[object]:
    """Return a context that measures nothing: the default timer."""
    return nullcontext()


@dataclass(slots=True)
class PreparedArticle:
    """A cleaned article whose language is known, split into sentences if the encoder can read it.

    `split` is None when the encoder does not read the article. `scan_result` is None until the encoder has read it.
    """

    raw: RawArticle
    article_id: str
    ingested_at: datetime | None
    cleaned: CleanArticle
    language: Language
    incomplete: list[Incomplete] = field(default_factory=list)
    split: SplitArticle | None = None
    scan_result: ScanResult | None = None

    @property
    def size(self) -> int:
        """Word pieces that the encoder will read."""
        return self.split.size if self.split else 0

    @property
    def reuse(self) -> Reuse:
        """Numbers of sentences that were in the encoder's cache and that had to be computed."""
        return self.scan_result.reuse if self.scan_result else Reuse()


class Pipeline:
    """The enrichment from raw to annotated article.

    The result depends on the article, the weights and the options alone.
    """

    def __init__(
        self,
        encoder: Encoder,
        topic_classifier: TopicClassifier,
        *,
        max_encoded_words: int,
        linker: ArticleLinker | None = None,
        default_languages: DefaultLanguages | None = None,
        on_failure: Literal["degrade", "fail"] = "degrade",
        timer: Timer = measure_nothing,
    ) -> None:
        self._encoder = encoder
        self._topic_classifier = topic_classifier
        self._max_encoded_words = max_encoded_words
        self._default_languages = default_languages or DefaultLanguages()
        self._on_failure = on_failure
        self._timer = timer
        identities = {"encoder": encoder.identity, "topics": topic_classifier.identity}
        self._models = {part: _build_model(identity) for part, identity in identities.items()}
        self._linker = linker
        if linker is not None:
            self._models["knowledge_base"] = _build_model(linker.identity)

    def annotate(self, raw: RawArticle, *, article_id: str, ingested_at: datetime | None) -> AnnotatedArticle:
        """Annotate one article: clean it, detect its language, find entities and sentiment, compute its signature.

        `ingested_at` is when it arrived. Relative times in the text count from `raw.fetched_at`, or from `ingested_at`
        when that is missing. Raises PermanentError when the article cannot be cleaned and, if `on_failure` is "fail",
        when any part fails.
        """
        prepared = self.prepare(raw, article_id=article_id, ingested_at=ingested_at)
        self.scan([prepared])
        return self.finish(prepared)

    def prepare(self, raw: RawArticle, *, article_id: str, ingested_at: datetime | None) -> PreparedArticle:
        """Clean an article, detect its language and split it into sentences. Raises as `annotate` does."""
        incomplete: list[Incomplete] = []
        with self._timer("clean"):
            cleaned = clean(raw, reference=raw.fetched_at or ingested_at)
        with self._timer("language"):
            language = self._attempt("language", incomplete, lambda: self._detect_language(cleaned, raw))
        language = language or Language(code=UNKNOWN_LANGUAGE, confidence=0.0)
        prepared = PreparedArticle(raw, article_id, ingested_at, cleaned, language, incomplete)
        if not _is_understood(language):
            incomplete.extend(_report(UNDERSTANDING, Reason.UNSUPPORTED_LANGUAGE))
            return prepared
        with self._timer("encode"):
            prepared.split = self._attempt_reading(incomplete, lambda: self._split(cleaned))
        return prepared

    def scan(self, articles: Sequence[PreparedArticle]) -> None:
        """Let the encoder read the sentences of several articles together.

        If that fails, `finish` reads each article alone, so that only the article that causes the failure fails.
        """
        pairs = [(prepared, prepared.split) for prepared in articles if prepared.split]
        with self._timer("encode"):
            try:
                results = self._encoder.scan([split.scan_input for _, split in pairs])
            except Exception:  # noqa: BLE001 - `finish` meets the same exception again and reports it
                return
        for (prepared, _), result in zip(pairs, results, strict=True):
            prepared.scan_result = result

    def finish(self, prepared: PreparedArticle) -> AnnotatedArticle:
        """Build the annotated article of a prepared one. Raises as `annotate` does."""
        raw, cleaned = prepared.raw, prepared.cleaned
        reading = self._read(prepared)
        topics = self._classify(prepared)
        article = build_article(raw, cleaned, prepared.language, prepared.ingested_at)
        with self._timer("signature"):
            signature = sign_article(article)
            features = extract_features(article.headline, article.body, article.language.code)
        return AnnotatedArticle(
            id=prepared.article_id,
            article=article,
            cleaning=Cleaning(
                raw_sha256=hashlib.sha256(raw.content.encode()).hexdigest(),
                raw_length=len(raw.content),
                kept=cleaned.kept,
                removed=cleaned.removed,
                confidence=round(cleaned.confidence, CONFIDENCE_DIGITS),
            ),
            entities=build_entities(reading, cleaned) if reading else None,
            sentiment=build_article_sentiment(reading),
            topics=None if topics is None else build_topics(topics),
            signature=signature,
            story_features=features,
            enrichment=self._describe(prepared, self._list_models(reading, topics)),
        )

    def _describe(self, prepared: PreparedArticle, models: Mapping[str, Model]) -> Enrichment:
        """Return what made the annotation. The revision depends only on what concerns this article."""
        options = {
            "default_language": self._find_default_language(prepared.raw),
            "max_encoded_words": self._max_encoded_words,
        }
        return Enrichment(
            pipeline=__version__,
            models=dict(models),
            incomplete=tuple(prepared.incomplete),
            revision=Revision(hash=hash_revision(__version__, models, options)),
        )

    def _list_models(self, reading: ArticleReading | None, topics: Sequence[TopicReading] | None) -> dict[str, Model]:
        used = {"encoder": reading is not None, "topics": topics is not None, "knowledge_base": reading is not None}
        return {part: model for part, model in self._models.items() if used[part]}

    def _find_default_language(self, raw: RawArticle) -> str | None:
        return self._default_languages.find(derive_source(raw))

    def _detect_language(self, cleaned: CleanArticle, raw: RawArticle) -> Language:
        return detect_language(_join_text(cleaned), raw.language, self._find_default_language(raw))

    def _split(self, cleaned: CleanArticle) -> SplitArticle:
        fields = {"headline": cleaned.headline or "", "body": cleaned.body}
        return split_article(fields, self._encoder, self._max_encoded_words)

    def _read(self, prepared: PreparedArticle) -> ArticleReading | None:
        split = prepared.split
        if split is None:
            return None

        def read() -> ArticleReading:
            if prepared.scan_result is None:
                (prepared.scan_result,) = self._encoder.scan([split.scan_input])
            return combine_readings(split, prepared.scan_result, self._linker)

        with self._timer("encode"):
            reading = self._attempt_reading(prepared.incomplete, read)
        if reading and reading.truncated:
            prepared.incomplete.extend(_report(("entities", "sentiment"), Reason.TRUNCATED))
        return reading

    def _classify(self, prepared: PreparedArticle) -> Sequence[TopicReading] | None:
        if not _is_understood(prepared.language):
            return None
        cleaned, scanned = prepared.cleaned, prepared.scan_result
        states = scanned.states if scanned else ()
        with self._timer("topics"):
            return self._attempt(
                "topics",
                prepared.incomplete,
                lambda: self._topic_classifier.classify(cleaned.headline or "", cleaned.body, states),
            )

    def _attempt_reading(self, incomplete: list[Incomplete], step: Callable[[], T]) -> T | None:
        result = self._attempt("entities", incomplete, step)
        if result is None:
            incomplete.append(Incomplete(part="sentiment", reason=Reason.ENRICHER_FAILED))
        return result

    def _attempt(self, part: Part, incomplete: list[Incomplete], step: Callable[[], T]) -> T | None:
        """Run a step; if it fails, record the missing part, or raise PermanentError if `on_failure` is "fail"."""
        try:
            return step()
        except Exception as error:
            if self._on_failure == "fail":
                if isinstance(error, CopydeskError):
                    raise
                raise PermanentError(
                    f"{part}: {type(error).__name__}: {error}", reason=Reason.ENRICHER_FAILED, stage=Stage.ANNOTATE
                ) from error
            incomplete.append(Incomplete(part=part, reason=Reason.ENRICHER_FAILED))
            return None


def _join_text(cleaned: CleanArticle) -> str:
    return f"{cleaned.headline or ''}\n{cleaned.body}"


def _is_understood(language: Language) -> bool:
    return language.code.split("-")[0] in ENCODED_LANGUAGES


def _report(parts: Sequence[Part], reason: Reason) -> list[Incomplete]:
    return [Incomplete(part=part, reason=reason) for part in parts]


def _build_model(identity: Identity) -> Model:
    return Model(name=identity.name, version=identity.version, sha256=identity.sha256)


def sign_raw_article(raw: RawArticle, *, ingested_at: datetime) -> tuple[Language, Signature]:
    """Return the language of an article's words and its signature, by which match compares it, without the encoder.

    Both are those of the annotated article. Raises PermanentError when the article cannot be cleaned.
    """
    cleaned = clean(raw, reference=raw.fetched_at or ingested_at)
    language = detect_language(_join_text(cleaned), None)
    return language, sign_article(build_article(raw, cleaned, language, ingested_at))


def sign_article(article: Article) -> Signature:
    """Return the signature of an article, with which match compares it."""
    return compute_signature(
        article.headline,
        article.body,
        canonical_url=article.canonical_url,
        written_s=first_exact_time_seconds(article.modified_at, article.published_at),
        published_day=find_day(article.published_at),
    )
