"""The encoder behind the port: ONNX Runtime in int8, one forward pass for entities and sentiment."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain, pairwise
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
    keep_unchanged,
)
from services.enrichment.labels import continue_tag
from services.enrichment.models.cache import EncodedSentence, SentenceCache
from services.enrichment.models.heads import Floats, Heads
from services.enrichment.models.pieces import PieceCutter, Pieces, RunTimePieces, Span, find_touching
from services.enrichment.models.session import lay_out, open_session, plan_batches
from services.enrichment.models.tag_decoding import DecodedSpan, decode_spans, decode_tags, softmax
from services.enrichment.models.weights import EncoderWeights, read_weights
from services.enrichment.models.windows import split_into_windows

OUTPUTS: Final = ("tags", "spans", "firsts")
"""Of the graph: tag logits of each piece, and the two halves of the sentiment head's inner layer."""


class _CachedSentence(NamedTuple):
    """What is known of a sentence, and whether it was known before."""

    seen: EncodedSentence
    is_hit: bool


class _WindowOutput(NamedTuple):
    """What the encoder read in one part of a sentence, which begins at piece `start`: rows of the pieces it keeps."""

    start: int
    tags: Floats
    spans: Floats
    first: Floats


class OnnxEncoder:
    """Implements `services.enrichment.encoder.Encoder`; `cache_bytes` bounds what it remembers, 0 for nothing."""

    def __init__(self, weights: EncoderWeights, *, cache_bytes: int = 0) -> None:
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

    def measure(self, text: str) -> int:
        """Count the pieces."""
        return self._cutter.count(text)

    def scan(self, articles: Sequence[ScanInput]) -> list[ScanResult]:
        """Run the encoder over the sentences of several articles, those of equal length together."""
        sentences = list(chain.from_iterable(article.sentences for article in articles))
        cut = self._cutter.read(sentences)
        found = self._recall(sentences, cut)
        ends = [*pairwise(accumulate((len(article.sentences) for article in articles), initial=0))]
        words, tags = [row.texts for row in cut], [each.seen.tags for each in found]
        revised = [
            article.revise(words[start:end], tags[start:end])
            for article, (start, end) in zip(articles, ends, strict=True)
        ]
        readings = self._read(cut, [each.seen for each in found], [*chain.from_iterable(revised)])
        return [ScanResult(readings[start:end], self._count(found[start:end])) for start, end in ends]

    def _count(self, found: Sequence[_CachedSentence]) -> Reuse:
        hits = sum(each.is_hit for each in found)
        return Reuse(hits, len(found) - hits) if self._keeps else Reuse()

    def _read(
        self, cut: Sequence[RunTimePieces], seen: Sequence[EncodedSentence], tags: Sequence[TagProbabilities]
    ) -> list[SentenceReading]:
        """Return the mentions and the sentiment of each sentence."""
        found = decode_spans(tags)
        placed = [
            [row.place(span.start, span.end) for span in members] for row, members in zip(cut, found, strict=True)
        ]
        ranges = [[*(touched for _, touched in own), (0, len(row.ids))] for row, own in zip(cut, placed, strict=True)]
        judged = self._judge(seen, ranges)
        return [
            SentenceReading(_join(members, places, sentiments), sentiments[-1])
            for members, places, sentiments in zip(found, placed, judged, strict=True)
        ]

    def tag(self, rows: Words, revise: Revision = keep_unchanged) -> list[list[str]]:
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
        pieces = self._cutter.cut(sentence)
        # The last range of a sentence is judged with the temperature of sentences.
        ranges = [*(find_touching(pieces.offsets, *span) for span in spans), (0, len(pieces.ids))]
        return self._judge(self._compute([pieces]), [ranges])[0][:-1]

    def _recall(self, sentences: Sequence[str], cut: Sequence[RunTimePieces]) -> list[_CachedSentence]:
        """Return what is known of each sentence, computed once where the cache has nothing."""
        if not self._keeps:
            return [_CachedSentence(seen, is_hit=False) for seen in self._compute(cut)]
        known = {text: self._cache.find(text) for text in sentences}
        # Backwards, so that of equal sentences the first is computed and the others are hits.
        missing = {text: index for index, text in reversed([*enumerate(sentences)]) if known[text] is None}
        for text, seen in zip(missing, self._compute([cut[index] for index in missing.values()]), strict=True):
            known[text] = own = seen.own()
            self._cache.add(text, own)
        return [
            _CachedSentence(cast(EncodedSentence, known[text]), is_hit=missing.get(text) != index)
            for index, text in enumerate(sentences)
        ]

    def _compute(self, cut: Sequence[RunTimePieces | Pieces]) -> list[EncodedSentence]:
        """Run the encoder over sentences; each comes out the same whatever the others are."""
        parts = [part for index, row in enumerate(cut) for part in split_into_windows(index, len(row.ids))]
        read: list[list[_WindowOutput]] = [[] for _ in cut]
        for batch in plan_batches(parts):
            outputs = self._session.run(OUTPUTS, lay_out(batch, cut))
            for part, tags, spans, first in zip(batch, *outputs, strict=True):
                rows = slice(part.keep_start - part.start + 1, part.keep_end - part.start + 1)
                read[part.sentence].append(_WindowOutput(part.start, tags[rows], spans[rows], first))
        whole = [_assemble(own) for own in read]
        tags = self._soften(cut, [own.tags for own in whole])
        return [EncodedSentence(rows, own.spans, own.first).freeze() for rows, own in zip(tags, whole, strict=True)]

    def _soften(self, cut: Sequence[RunTimePieces | Pieces], logits: Sequence[Floats]) -> list[TagProbabilities]:
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

    def _judge(self, seen: Sequence[EncodedSentence], ranges: Sequence[Sequence[Span]]) -> list[list[Probabilities]]:
        """Return the sentiment toward each range of pieces, the last of each being the sentence; NEUTRAL toward none.

        An end before its beginning is an empty range, too.
        """
        target, sentence = self._weights.target_temperature, self._weights.sentence_temperature
        sums: list[Floats] = []
        firsts: list[Floats] = []
        sizes: list[int] = []
        temperatures: list[float] = []
        for own, each in zip(ranges, seen, strict=True):
            for start, end in own:
                if start < end:
                    sums.append(np.add.reduce(each.spans[start:end], axis=0))
                    firsts.append(each.first)
                    sizes.append(end - start)
                    temperatures.append(target)
            if own[-1][0] < own[-1][1]:
                temperatures[-1] = sentence
        if not sums:
            return [[NEUTRAL] * len(own) for own in ranges]
        inner = np.stack(sums) / np.array(sizes, np.float32)[:, None] + np.stack(firsts)
        rows = softmax(self._heads.judge(inner) / np.array(temperatures)[:, None])
        judged = map(Probabilities, *rows.T.tolist())
        return [[next(judged) if start < end else NEUTRAL for start, end in own] for own in ranges]


def _assemble(parts: Sequence[_WindowOutput]) -> _WindowOutput:
    """Return what was read of a sentence in one; most were read in one."""
    if len(parts) == 1:
        return parts[0]
    ordered = sorted(parts, key=lambda part: part.start)
    tags, spans = (np.concatenate([part[column] for part in ordered]) for column in (1, 2))
    return _WindowOutput(0, tags, spans, ordered[0].first)


def _join(
    spans: Sequence[DecodedSpan], placed: Sequence[tuple[Span, Span]], sentiments: Sequence[Probabilities]
) -> tuple[SpanReading, ...]:
    """Return the mentions of a sentence; there is one sentiment more, the sentence's own."""
    return tuple(
        [
            SpanReading(start, end, cast(EntityType, span.type), span.probability, sentiment)
            for span, ((start, end), _), sentiment in zip(spans, placed, sentiments, strict=False)
        ]
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
            filled.append(continue_tag(filled[-1]) if filled and upcoming.startswith("I-") else "O")
    return filled
