"""The implementation of the encoder's port: ONNX Runtime in int8, one forward pass for entities and sentiment."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain, islice, pairwise
from pathlib import Path
from typing import Final, NamedTuple, cast

import numpy as np

from services.enrichment.encoder import (
    NEUTRAL,
    EntityType,
    Identity,
    Probabilities,
    Reuse,
    Revision,
    ScanInput,
    ScanResult,
    SentenceReading,
    SpanReading,
    TagProbabilities,
    Words,
    no_revision,
)
from services.enrichment.labels import continue_tag
from services.enrichment.models.cache import EncodedSentence, SentenceCache
from services.enrichment.models.heads import Floats, Heads
from services.enrichment.models.passages import PassageReader
from services.enrichment.models.piece_cutter import open_cutter
from services.enrichment.models.pieces import Pieces, RunTimePieces, Span, find_touching
from services.enrichment.models.session import lay_out, open_session, plan_batches, run_layers
from services.enrichment.models.tag_decoding import DecodedSpan, decode_spans, decode_tags, softmax
from services.enrichment.models.weights import EncoderWeights, read_weights
from services.enrichment.models.windows import split_into_windows
from services.errors import ConfigurationError

OUTPUTS: Final = ("tags", "spans", "firsts")
"""Outputs of the graph: tag logits of each piece, and the two halves of the sentiment head's inner layer."""


class _CachedSentence(NamedTuple):
    """An encoded sentence, and whether it was in the cache."""

    encoded: EncodedSentence
    is_hit: bool


class _WindowOutput(NamedTuple):
    """The encoder's output for one window of a sentence, from piece `start` on: rows of the pieces that are kept."""

    start: int
    tags: Floats
    spans: Floats
    first: Floats


class OnnxEncoder:
    """An encoder in ONNX Runtime, which implements `services.enrichment.encoder.Encoder`.

    `cache_bytes` limits its cache of sentences; 0 switches the cache off.
    """

    def __init__(self, weights: EncoderWeights, *, cache_bytes: int = 0) -> None:
        self._weights = weights
        self._cutter = open_cutter(weights.tokenizer)
        self._heads = Heads.from_bytes(weights.heads)
        self._embeddings = open_session(weights.embeddings)
        self._layers = open_session(weights.model)
        self._passages = PassageReader(self._embeddings, weights, self._cutter)
        self._cache = SentenceCache(cache_bytes)
        self._has_cache = cache_bytes > 0

    @classmethod
    def from_folder(cls, folder: Path, *, cache_bytes: int = 0) -> OnnxEncoder:
        """Load the weights in `folder`. Raises ConfigurationError when they are missing or differ from the manifest."""
        weights = read_weights(folder)
        try:
            return cls(weights, cache_bytes=cache_bytes)
        except ConfigurationError as error:
            raise ConfigurationError(f"cannot use the weights in {folder}: {error}") from error

    @property
    def identity(self) -> Identity:
        """The weights that this encoder runs."""
        return self._weights.identity

    def measure(self, text: str) -> int:
        """Count the word pieces of a text."""
        return self._cutter.count(text)

    def scan(self, articles: Sequence[ScanInput]) -> list[ScanResult]:
        """Read the sentences of several articles; sentences of equal length go through the encoder together."""
        sentences = list(chain.from_iterable(article.sentences for article in articles))
        cut = self._cutter.cut_many(sentences)
        cached = self._encode_cached(sentences, cut)
        ends = [*pairwise(accumulate((len(article.sentences) for article in articles), initial=0))]
        words, tags = [row.texts for row in cut], [each.encoded.tags for each in cached]
        revised = [
            article.revise(words[start:end], tags[start:end])
            for article, (start, end) in zip(articles, ends, strict=True)
        ]
        references = chain.from_iterable(article.references or [()] * len(article.sentences) for article in articles)
        readings = self._read(cut, [each.encoded for each in cached], [*chain.from_iterable(revised)], [*references])
        read = iter(self._passages.read([*chain.from_iterable(article.passages for article in articles)]))
        passages = [[*islice(read, len(article.passages))] for article in articles]
        return [
            ScanResult(
                readings[start:end],
                [passage.sentiment for passage in own],
                self._count_reuse(cached[start:end]),
                [passage.states for passage in own if len(passage.states)],
            )
            for own, (start, end) in zip(passages, ends, strict=True)
        ]

    def _count_reuse(self, cached: Sequence[_CachedSentence]) -> Reuse:
        hits = sum(each.is_hit for each in cached)
        return Reuse(hits, len(cached) - hits) if self._has_cache else Reuse()

    def _read(
        self,
        cut: Sequence[RunTimePieces],
        encoded: Sequence[EncodedSentence],
        tags: Sequence[TagProbabilities],
        references: Sequence[Sequence[Span]],
    ) -> list[SentenceReading]:
        """Return the mentions and the sentiment of each sentence, and the sentiment toward its references."""
        decoded = decode_spans(tags)
        located = [
            [row.locate(span.start, span.end) for span in spans] for row, spans in zip(cut, decoded, strict=True)
        ]
        ranges = [
            [*(pieces for _, pieces in own), *(row.find_pieces(*span) for span in referred), (0, len(row.ids))]
            for row, own, referred in zip(cut, located, references, strict=True)
        ]
        judged = self._judge(encoded, ranges)
        return [
            SentenceReading(_build_spans(spans, places, sentiments), sentiments[-1], tuple(sentiments[len(spans) : -1]))
            for spans, places, sentiments in zip(decoded, located, judged, strict=True)
        ]

    def tag(self, rows: Words, revise: Revision = no_revision) -> list[list[str]]:
        """Return the IOB2 tags of the tokenised sentences of one article."""
        cut = [self._cutter.cut_tokens(tokens) for tokens in rows]
        texts = [
            [token for token, head in zip(tokens, pieces.heads, strict=True) if head >= 0]
            for tokens, pieces in zip(rows, cut, strict=True)
        ]
        decoded = decode_tags(revise(texts, [encoded.tags for encoded in self._encode(cut)]))
        return [_fill_tags(pieces.heads, tags) for pieces, tags in zip(cut, decoded, strict=True)]

    def score(self, rows: Sequence[Sequence[str]]) -> list[tuple[list[int], TagProbabilities]]:
        """Return, for each tokenised sentence, the indexes of its tokens with pieces and their tag probabilities."""
        cut = [self._cutter.cut_tokens(tokens) for tokens in rows]
        kept = [[index for index, head in enumerate(pieces.heads) if head >= 0] for pieces in cut]
        return list(zip(kept, (encoded.tags for encoded in self._encode(cut)), strict=True))

    def judge(self, sentence: str, spans: Sequence[Span]) -> list[Probabilities]:
        """Return the sentiment toward each span of one sentence on its own."""
        pieces = self._cutter.cut(sentence)
        # `_judge` uses the temperature of sentences for the last range, so that one more range is needed.
        ranges = [*(find_touching(pieces.offsets, *span) for span in spans), (0, len(pieces.ids))]
        return self._judge(self._encode([pieces]), [ranges])[0][:-1]

    def judge_passages(self, passages: Sequence[str]) -> list[Probabilities]:
        """Return the sentiment of each passage as a whole."""
        return [reading.sentiment for reading in self._passages.read(passages)]

    def _encode_cached(self, sentences: Sequence[str], cut: Sequence[RunTimePieces]) -> list[_CachedSentence]:
        """Encode each sentence, from the cache if possible; equal sentences are computed once."""
        if not self._has_cache:
            return [_CachedSentence(encoded, is_hit=False) for encoded in self._encode(cut)]
        known = {text: self._cache.find(text) for text in sentences}
        # In reverse order, so that the first of equal sentences is computed and the others are hits.
        missing = {text: index for index, text in reversed([*enumerate(sentences)]) if known[text] is None}
        for text, encoded in zip(missing, self._encode([cut[index] for index in missing.values()]), strict=True):
            known[text] = own = encoded.copy()
            self._cache.add(text, own)
        return [
            _CachedSentence(cast(EncodedSentence, known[text]), is_hit=missing.get(text) != index)
            for index, text in enumerate(sentences)
        ]

    def _encode(self, cut: Sequence[RunTimePieces | Pieces]) -> list[EncodedSentence]:
        """Run the encoder over sentences; the result for one is the same whatever the others are."""
        windows = [window for index, row in enumerate(cut) for window in split_into_windows(index, len(row.ids))]
        outputs: list[list[_WindowOutput]] = [[] for _ in cut]
        for batch in plan_batches(windows):
            arrays = run_layers(self._embeddings, self._layers, OUTPUTS, lay_out(batch, cut))
            for window, tags, spans, first in zip(batch, *arrays, strict=True):
                rows = slice(window.keep_start - window.start + 1, window.keep_end - window.start + 1)
                outputs[window.sentence].append(_WindowOutput(window.start, tags[rows], spans[rows], first))
        joined = [_join_windows(own) for own in outputs]
        probabilities = self._compute_tag_probabilities(cut, [own.tags for own in joined])
        return [
            EncodedSentence(tags, own.spans, own.first).make_read_only()
            for tags, own in zip(probabilities, joined, strict=True)
        ]

    def _compute_tag_probabilities(
        self, cut: Sequence[RunTimePieces | Pieces], logits: Sequence[Floats]
    ) -> list[TagProbabilities]:
        """Return the tag probabilities of each sentence's words that have a piece."""
        if not logits:
            return []
        kept = [row.kept for row in cut]
        sizes = [*map(len, kept)]
        firsts = np.array([*accumulate(map(len, logits), initial=0)])[:-1]
        heads = np.concatenate(kept) + firsts.repeat(sizes)
        probabilities = softmax(np.concatenate(logits)[heads], self._weights.tag_temperature)
        ends = accumulate(sizes, initial=0)
        return [probabilities[start:end] for start, end in pairwise(ends)]

    def _judge(self, encoded: Sequence[EncodedSentence], ranges: Sequence[Sequence[Span]]) -> list[list[Probabilities]]:
        """Return the sentiment toward each range of pieces; NEUTRAL toward an empty one.

        The last range of each sentence must be the whole sentence. A range whose end is before its start is empty too.
        """
        sizes = [end - start for own in ranges for start, end in own if start < end]
        if not sizes:
            return [[NEUTRAL] * len(own) for own in ranges]
        inner = np.empty((len(sizes), len(self._heads.sentiment_inner_bias)), np.float32)
        firsts, temperatures = np.empty_like(inner), np.full(len(sizes), self._weights.target_temperature)
        row = 0
        for own, each in zip(ranges, encoded, strict=True):
            begin = row
            for start, end in own:
                if end == start + 1:
                    inner[row] = each.spans[start]
                    row += 1
                elif start < end:
                    np.add.reduce(each.spans[start:end], axis=0, out=inner[row])
                    row += 1
            firsts[begin:row] = each.first
            if own[-1][0] < own[-1][1]:
                temperatures[row - 1] = self._weights.sentence_temperature
        inner /= np.array(sizes, np.float32)[:, None]
        inner += firsts
        rows = softmax(self._heads.judge(inner) / temperatures[:, None])
        judged = map(Probabilities, *rows.T.tolist())
        return [[next(judged) if start < end else NEUTRAL for start, end in own] for own in ranges]


def _join_windows(outputs: Sequence[_WindowOutput]) -> _WindowOutput:
    """Join the outputs for the windows of one sentence; most sentences have one window."""
    if len(outputs) == 1:
        return outputs[0]
    ordered = sorted(outputs, key=lambda output: output.start)
    tags, spans = (np.concatenate([output[column] for output in ordered]) for column in (1, 2))
    return _WindowOutput(0, tags, spans, ordered[0].first)


def _build_spans(
    spans: Sequence[DecodedSpan], places: Sequence[tuple[Span, Span]], sentiments: Sequence[Probabilities]
) -> tuple[SpanReading, ...]:
    """Return the mentions of a sentence; `sentiments` has more items, for its references and for the whole."""
    return tuple(
        [
            SpanReading(start, end, cast(EntityType, span.type), span.probability, sentiment)
            for span, ((start, end), _), sentiment in zip(spans, places, sentiments, strict=False)
        ]
    )


def _fill_tags(heads: Sequence[int], tags: Sequence[str]) -> list[str]:
    """Give every token a tag: a token without a piece continues the entity around it, or is O."""
    filled: list[str] = []
    following = iter([*tags, "O"])
    upcoming = next(following)
    for head in heads:
        if head >= 0:
            filled.append(upcoming)
            upcoming = next(following)
        else:
            filled.append(continue_tag(filled[-1]) if filled and upcoming.startswith("I-") else "O")
    return filled
