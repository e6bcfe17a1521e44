"""The encoder behind the port: ONNX Runtime in int8, one forward pass for entities and sentiment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from services.enrichment.encoder import (
    NEUTRAL,
    EntityType,
    Identity,
    Probabilities,
    Revision,
    SentenceReading,
    SpanReading,
    Words,
    keep,
)
from services.enrichment.labels import inside
from services.enrichment.models.decoding import DecodedSpan, decode_spans, decode_tags, softmax
from services.enrichment.models.heads import Floats, Heads
from services.enrichment.models.pieces import PieceCutter, Pieces, Span
from services.enrichment.models.session import lay_out, open_session, plan_batches
from services.enrichment.models.weights import Weights, read_weights
from services.enrichment.models.windows import pack_windows

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HiddenSentence:
    """Hidden states of one sentence: its pieces (pieces, width) and the special piece before them."""

    pieces: Floats
    first: Floats


class OnnxEncoder:
    """Implements `services.enrichment.encoder.Encoder`."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._cutter = PieceCutter.from_json(weights.tokenizer)
        self._heads = Heads.from_bytes(weights.heads)
        self._session = open_session(weights.model)

    @classmethod
    def from_folder(cls, folder: Path) -> OnnxEncoder:
        """Load the weights in `folder`. Raises ConfigurationError when they are not what they should be."""
        return cls(read_weights(folder))

    @property
    def identity(self) -> Identity:
        """The weights that this encoder runs."""
        return self._weights.identity

    def read(self, sentences: Sequence[str], revise: Revision = keep) -> list[SentenceReading]:
        """Return the mentions and the sentiment of each sentence of one article."""
        cut = [self._cutter.cut(sentence) for sentence in sentences]
        hidden = self.encode(cut)
        words = [[index for index, head in enumerate(pieces.heads) if head >= 0] for pieces in cut]
        texts = [
            [sentence[slice(*pieces.words[index])] for index in kept]
            for sentence, pieces, kept in zip(sentences, cut, words, strict=True)
        ]
        found = decode_spans(revise(texts, self._tag_probabilities(cut, hidden)))
        spans = [
            [_to_characters(pieces, kept, span) for span in members]
            for pieces, kept, members in zip(cut, words, found, strict=True)
        ]
        toward = self._judge_spans(cut, hidden, spans, self._weights.target_temperature)
        whole = [[(0, len(sentence))] for sentence in sentences]
        overall = self._judge_spans(cut, hidden, whole, self._weights.sentence_temperature)
        return [
            SentenceReading(_join(members, places, sentiments), own[0])
            for members, places, sentiments, own in zip(found, spans, toward, overall, strict=True)
        ]

    def tag(self, rows: Words, revise: Revision = keep) -> list[list[str]]:
        """Return the IOB2 tags of the tokenised sentences of one article."""
        cut = [self._cutter.cut_tokens(tokens) for tokens in rows]
        texts = [
            [token for token, head in zip(tokens, pieces.heads, strict=True) if head >= 0]
            for tokens, pieces in zip(rows, cut, strict=True)
        ]
        decoded = decode_tags(revise(texts, self._tag_probabilities(cut, self.encode(cut))))
        return [_fill(pieces.heads, tags) for pieces, tags in zip(cut, decoded, strict=True)]

    def score(self, rows: Sequence[Sequence[str]]) -> list[tuple[list[int], Doubles]]:
        """Return, for each tokenised sentence, its tokens with pieces and their tag probabilities."""
        cut = [self._cutter.cut_tokens(tokens) for tokens in rows]
        kept = [[index for index, head in enumerate(pieces.heads) if head >= 0] for pieces in cut]
        return list(zip(kept, self._tag_probabilities(cut, self.encode(cut)), strict=True))

    def judge(self, sentence: str, spans: Sequence[Span]) -> list[Probabilities]:
        """Return the sentiment toward each span of one sentence on its own."""
        cut = [self._cutter.cut(sentence)]
        return self._judge_spans(cut, self.encode(cut), [list(spans)], self._weights.target_temperature)[0]

    def encode(self, sentences: Sequence[Pieces]) -> list[HiddenSentence]:
        """Return the hidden states of each sentence of one article."""
        width = self._heads.tag_weight.shape[1]
        hidden = [
            HiddenSentence(np.zeros((len(pieces.ids), width), np.float32), np.zeros(width, np.float32))
            for pieces in sentences
        ]
        windows = pack_windows([len(pieces.ids) for pieces in sentences], self._weights.context_pieces)
        for batch in plan_batches(windows):
            ids, casings, mask = lay_out(batch, sentences)
            (states,) = self._session.run(None, {"ids": ids, "casings": casings, "mask": mask})
            for row, window in enumerate(batch):
                position = 0
                for part in window:
                    first = position + 1 - part.start
                    kept = states[row, first + part.keep_start : first + part.keep_end]
                    hidden[part.sentence].pieces[part.keep_start : part.keep_end] = kept
                    if part.start == 0:
                        hidden[part.sentence].first[:] = states[row, position]
                    position += part.size
        return hidden

    def _tag_probabilities(self, cut: Sequence[Pieces], hidden: Sequence[HiddenSentence]) -> list[Doubles]:
        heads = [[head for head in pieces.heads if head >= 0] for pieces in cut]
        if not any(heads):
            return [np.zeros((0, len(self._heads.tag_bias))) for _ in cut]
        stacked = np.concatenate([states.pieces[indices] for states, indices in zip(hidden, heads, strict=True)])
        probabilities = softmax(self._heads.tag(stacked), self._weights.tag_temperature)
        return list(np.split(probabilities, np.cumsum([len(indices) for indices in heads])[:-1]))

    def _judge_spans(
        self,
        cut: Sequence[Pieces],
        hidden: Sequence[HiddenSentence],
        spans: Sequence[Sequence[Span]],
        temperature: float,
    ) -> list[list[Probabilities]]:
        """Return the sentiment toward each span of each sentence; NEUTRAL toward one without a piece."""
        means, firsts, places = [], [], []
        judged = [[NEUTRAL] * len(members) for members in spans]
        for sentence, members in enumerate(spans):
            for index, (start, end) in enumerate(members):
                piece_range = find_pieces(cut[sentence], start, end)
                if piece_range is None:
                    continue
                means.append(hidden[sentence].pieces[slice(*piece_range)].mean(axis=0))
                firsts.append(hidden[sentence].first)
                places.append((sentence, index))
        if places:
            rows = softmax(self._heads.judge(np.stack(means), np.stack(firsts)), temperature)
            for (sentence, index), row in zip(places, rows, strict=True):
                judged[sentence][index] = Probabilities(*(float(value) for value in row))
        return judged


def find_pieces(pieces: Pieces, start: int, end: int) -> Span | None:
    """Return the range of pieces that touch code points `start` to `end`, or None when none does."""
    first = bisect_right(pieces.offsets, start, key=itemgetter(1))
    last = bisect_left(pieces.offsets, end, key=itemgetter(0))
    return (first, last) if first < last else None


def _to_characters(pieces: Pieces, words: Sequence[int], span: DecodedSpan) -> Span:
    return pieces.words[words[span.start]][0], pieces.words[words[span.end - 1]][1]


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
