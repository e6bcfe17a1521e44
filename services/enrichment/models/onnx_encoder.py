"""The encoder behind the port: ONNX Runtime in int8, one forward pass for entities and sentiment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import partial
from itertools import accumulate, chain, pairwise
from operator import itemgetter
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
    Scan,
    SentenceReading,
    SpanReading,
    TagProbabilities,
    Words,
    keep,
)
from services.enrichment.labels import TAGS, inside
from services.enrichment.models.cache import Seen, SentenceCache
from services.enrichment.models.decoding import DecodedSpan, decode_spans, decode_tags, softmax
from services.enrichment.models.heads import Floats, Heads
from services.enrichment.models.pieces import PieceCutter, Pieces, Span
from services.enrichment.models.session import lay_out, open_session, plan_batches
from services.enrichment.models.weights import Weights, read_weights
from services.enrichment.models.windows import split_sentence

OUTPUTS: Final = ("tags", "spans", "firsts")
"""Of the graph: tag logits of each piece, and the two halves of the sentiment head's inner layer."""


class _Found(NamedTuple):
    """What is known of a sentence, and whether it was known before."""

    seen: Seen
    is_hit: bool


class OnnxEncoder:
    """Implements `services.enrichment.encoder.Encoder`; `cache_bytes` bounds what it remembers, 0 for nothing."""

    def __init__(self, weights: Weights, *, cache_bytes: int = 0) -> None:
        self._weights = weights
        self._cutter = PieceCutter.from_json(weights.tokenizer)
        self._heads = Heads.from_bytes(weights.heads)
        self._session = open_session(weights.model)
        self._cache = SentenceCache(cache_bytes)
        self._keeps = cache_bytes > 0

    @classmethod
    def from_folder(cls, folder: Path, *, cache_bytes: int = 0) -> OnnxEncoder:
        """Load the weights in `folder`. Raises ConfigurationError when they are not what they should be."""
        return cls(read_weights(folder), cache_bytes=cache_bytes)

    @property
    def identity(self) -> Identity:
        """The weights that this encoder runs."""
        return self._weights.identity

    def scan(self, articles: Sequence[Sequence[str]]) -> list[Scan]:
        """Run the encoder over the sentences of several articles, those of equal length together."""
        sentences = list(chain.from_iterable(articles))
        cut = [self._cutter.cut(sentence) for sentence in sentences]
        found = self._recall(sentences, cut)
        ends = accumulate(map(len, articles), initial=0)
        return [
            self._open(own, cut[start:end], found[start:end])
            for own, (start, end) in zip(articles, pairwise(ends), strict=True)
        ]

    def _open(self, sentences: Sequence[str], cut: Sequence[Pieces], found: Sequence[_Found]) -> Scan:
        hits = sum(each.is_hit for each in found)
        reuse = Reuse(hits, len(found) - hits) if self._keeps else Reuse()
        return Scan(partial(self._read, sentences, cut, [each.seen for each in found]), reuse)

    def _read(
        self, sentences: Sequence[str], cut: Sequence[Pieces], seen: Sequence[Seen], revise: Revision
    ) -> list[SentenceReading]:
        """Return the mentions and the sentiment of each sentence of one article."""
        words = [_place_words(pieces) for pieces in cut]
        texts = [
            [sentence[start:end] for start, end in places] for sentence, places in zip(sentences, words, strict=True)
        ]
        found = decode_spans(revise(texts, [each.tags for each in seen]))
        spans = [
            [(places[span.start][0], places[span.end - 1][1]) for span in members]
            for places, members in zip(words, found, strict=True)
        ]
        whole = [(0, len(sentence)) for sentence in sentences]
        judged = self._judge(cut, seen, [[*own, all_] for own, all_ in zip(spans, whole, strict=True)])
        return [
            SentenceReading(_join(members, places, sentiments[:-1]), sentiments[-1])
            for members, places, sentiments in zip(found, spans, judged, strict=True)
        ]

    def tag(self, rows: Words, revise: Revision = keep) -> list[list[str]]:
        """Return the IOB2 tags of the tokenised sentences of one article."""
        cut = [self._cutter.cut_tokens(tokens) for tokens in rows]
        texts = [
            [token for token, head in zip(tokens, pieces.heads, strict=True) if head >= 0]
            for tokens, pieces in zip(rows, cut, strict=True)
        ]
        decoded = decode_tags(revise(texts, [seen.tags for seen in self._compute(cut)]))
        return [_fill(pieces.heads, tags) for pieces, tags in zip(cut, decoded, strict=True)]

    def score(self, rows: Sequence[Sequence[str]]) -> list[tuple[list[int], TagProbabilities]]:
        """Return, for each tokenised sentence, its tokens with pieces and their tag probabilities."""
        cut = [self._cutter.cut_tokens(tokens) for tokens in rows]
        kept = [[index for index, head in enumerate(pieces.heads) if head >= 0] for pieces in cut]
        return list(zip(kept, (seen.tags for seen in self._compute(cut)), strict=True))

    def judge(self, sentence: str, spans: Sequence[Span]) -> list[Probabilities]:
        """Return the sentiment toward each span of one sentence on its own."""
        cut = [self._cutter.cut(sentence)]
        # The last span of a sentence is judged with the temperature of sentences.
        return self._judge(cut, self._compute(cut), [[*spans, (0, len(sentence))]])[0][:-1]

    def _recall(self, sentences: Sequence[str], cut: Sequence[Pieces]) -> list[_Found]:
        """Return what is known of each sentence, computed once where the cache has nothing."""
        if not self._keeps:
            return [_Found(seen, is_hit=False) for seen in self._compute(cut)]
        known = {text: self._cache.find(text) for text in sentences}
        # Backwards, so that of equal sentences the first is computed and the others are hits.
        missing = {text: index for index, text in reversed([*enumerate(sentences)]) if known[text] is None}
        for text, seen in zip(missing, self._compute([cut[index] for index in missing.values()]), strict=True):
            known[text] = seen
            self._cache.add(text, seen)
        return [
            _Found(cast(Seen, known[text]), is_hit=missing.get(text) != index) for index, text in enumerate(sentences)
        ]

    def _compute(self, cut: Sequence[Pieces]) -> list[Seen]:
        """Run the encoder over sentences; each comes out the same whatever the others are."""
        logits, spans, firsts = self._allocate(cut)
        parts = [part for index, pieces in enumerate(cut) for part in split_sentence(index, len(pieces.ids))]
        for batch in plan_batches(parts):
            outputs = self._session.run(OUTPUTS, lay_out(batch, cut))
            for part, tag_rows, span_rows, first in zip(batch, *outputs, strict=True):
                rows = slice(part.keep_start - part.start + 1, part.keep_end - part.start + 1)
                logits[part.sentence][part.keep_start : part.keep_end] = tag_rows[rows]
                spans[part.sentence][part.keep_start : part.keep_end] = span_rows[rows]
                if part.start == 0:
                    firsts[part.sentence][:] = first
        tags = self._soften(cut, logits)
        return [Seen(*each).freeze() for each in zip(tags, spans, firsts, strict=True)]

    def _allocate(self, cut: Sequence[Pieces]) -> tuple[list[Floats], list[Floats], list[Floats]]:
        inner = len(self._heads.sentiment_inner_bias)
        return (
            [np.empty((len(pieces.ids), len(TAGS)), np.float32) for pieces in cut],
            [np.empty((len(pieces.ids), inner), np.float32) for pieces in cut],
            [np.empty(inner, np.float32) for _ in cut],
        )

    def _soften(self, cut: Sequence[Pieces], logits: Sequence[Floats]) -> list[TagProbabilities]:
        """Return the tag probabilities of each sentence's words that have a piece."""
        rows = [own[[head for head in pieces.heads if head >= 0]] for pieces, own in zip(cut, logits, strict=True)]
        if not rows:
            return []
        probabilities = softmax(np.concatenate(rows), self._weights.tag_temperature)
        ends = np.cumsum([len(own) for own in rows])[:-1]
        return [own.copy() for own in np.split(probabilities, ends)]

    def _judge(
        self, cut: Sequence[Pieces], seen: Sequence[Seen], spans: Sequence[Sequence[Span]]
    ) -> list[list[Probabilities]]:
        """Return the sentiment toward each span, the last of each being the sentence; NEUTRAL without a piece."""
        judged = [[NEUTRAL] * len(members) for members in spans]
        places, bounds, owners, temperatures, offset = [], [], [], [], 0
        for sentence, (pieces, members) in enumerate(zip(cut, spans, strict=True)):
            for index, span in enumerate(members):
                if (found := find_pieces(pieces, *span)) is not None:
                    places.append((sentence, index))
                    owners.append(sentence)
                    bounds += [offset + found[0], offset + found[1]]
                    last = index == len(members) - 1
                    temperatures.append(
                        self._weights.sentence_temperature if last else self._weights.target_temperature
                    )
            offset += len(pieces.ids)
        if places:
            limits = np.array(bounds)
            # A row behind the last, for a sum that ends there.
            stacked = np.concatenate([*(each.spans for each in seen), np.zeros_like(seen[0].first)[None]])
            means = np.add.reduceat(stacked, limits, axis=0)[::2] / (limits[1::2] - limits[::2])[:, None]
            inner = means.astype(np.float32) + np.stack([seen[owner].first for owner in owners])
            rows = softmax(self._heads.judge(inner) / np.array(temperatures)[:, None])
            for (sentence, index), row in zip(places, rows.tolist(), strict=True):
                judged[sentence][index] = Probabilities(*row)
        return judged


def find_pieces(pieces: Pieces, start: int, end: int) -> Span | None:
    """Return the range of pieces that touch code points `start` to `end`, or None when none does."""
    offsets = pieces.offsets
    if offsets and start <= offsets[0][0] and offsets[-1][1] <= end:
        return 0, len(offsets)
    first = bisect_right(offsets, start, key=itemgetter(1))
    last = bisect_left(offsets, end, key=itemgetter(0))
    return (first, last) if first < last else None


def _place_words(pieces: Pieces) -> list[Span]:
    """Return the spans of the words that have a piece."""
    return [word for word, head in zip(pieces.words, pieces.heads, strict=True) if head >= 0]


def _join(
    spans: Sequence[DecodedSpan], places: Sequence[Span], sentiments: Sequence[Probabilities]
) -> tuple[SpanReading, ...]:
    return tuple(
        SpanReading(start, end, cast(EntityType, span.type), span.probability, sentiment)
        for span, (start, end), sentiment in zip(spans, places, sentiments, strict=True)
    )


def _fill(heads: Sequence[int], tags: Sequence[str]) -> list[str]:
    """Give every token a tag: one without a piece goes on with what surrounds it, or is O."""
    filled: list[str] = []
    following = iter([*tags, "O"])
    upcoming = next(following)
    for head in heads:
        if head >= 0:
            filled.append(upcoming)
            upcoming = next(following)
        else:
            filled.append(inside(filled[-1]) if filled and upcoming.startswith("I-") else "O")
    return filled
