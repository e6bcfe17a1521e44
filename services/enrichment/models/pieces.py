"""Sentences to word pieces: one implementation for training and for run time.

The pieces depend on the text alone, never on how its words are counted: the vocabulary's
pre-tokeniser cuts at whitespace and at every punctuation mark. Words are spans laid over them; a
word is read at its first piece.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from services.enrichment.models.casing import classify_casing
from services.enrichment.words import find_words

CLS_PIECE: Final = 101
SEP_PIECE: Final = 102
PAD_PIECE: Final = 0
MASK_PIECE: Final = 103

Span = tuple[int, int]

INTEGER: Final = np.int64
"""What the graph takes."""

Integers = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_BLANKS: Final = "\t\n\r"
"""What parts chunks like a space does. The vocabulary's normaliser and pre-tokeniser, and the pattern of words, never
look across one, so that a chunk is cut the same wherever it stands. Other white space stays inside: libraries do not
agree on it."""

MEMO_CHUNKS: Final = 30_000
"""Chunks of text remembered: news repeats nine in ten of them. At most 12 MB."""

MEMO_LENGTH: Final = 32
"""Longest chunk remembered, in code points: what is longer is a web address, and does not come back."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """One sentence as the encoder sees it, without special pieces.

    `ids`, `casings`, `offsets` and `groups` run in parallel, one item a piece; offsets are half
    open, in code points of the sentence; `groups` numbers the pre-tokens. `words` are spans in code
    points, `heads` the index of each word's first piece, or -1 for a word that has none (control
    characters are dropped).
    """

    ids: list[int]
    casings: list[int]
    offsets: list[Span]
    groups: list[int]
    words: list[Span]
    heads: list[int]

    @property
    def kept(self) -> Integers:
        """The heads of the words that have a piece."""
        return np.array([head for head in self.heads if head >= 0], INTEGER)


class _Chunk(NamedTuple):
    """What stands between two blanks, cut as if it were all; empty between two blanks that touch.

    `kept` are the heads of the words that have a piece, `places` their spans, `texts` what they say, and `ranges` the
    pieces that touch them. `ids`, `casings` and `kept` are numbers as bytes, which join faster than anything else: of
    one each for a casing, of INTEGER for the others.
    """

    ids: bytes
    casings: bytes
    offsets: tuple[Span, ...]
    groups: tuple[int, ...]
    words: tuple[Span, ...]
    heads: tuple[int, ...]
    kept: bytes
    places: tuple[Span, ...]
    texts: tuple[str, ...]
    ranges: tuple[Span, ...]


_RUN_TIME: Final = itemgetter(*map(_Chunk._fields.index, ("ids", "casings", "kept", "texts")))
"""What every sentence needs of its chunks."""


@dataclass(frozen=True, slots=True)
class _ChunkRow:
    """The sentences of several articles as one row of chunks.

    `owners` numbers the chunk of each word; `words` counts the words before each chunk; `starts` and `firsts` say where
    each chunk begins in its sentence, in code points and in pieces.
    """

    chunks: Sequence[_Chunk]
    owners: Sequence[int]
    words: Sequence[int]
    starts: Sequence[int]
    firsts: Sequence[int]


class RunTimePieces:
    """One sentence as the encoder sees it at run time: what of `Pieces` every sentence needs, the rest where asked.

    `ids` and `casings` have one item a piece; `texts` are the words that have a piece, `kept` the index of the first
    piece of each.
    """

    __slots__ = ("_row", "_word", "casings", "ids", "kept", "texts")

    def __init__(
        self, ids: Integers, casings: Bytes, kept: Integers, texts: Sequence[str], row: _ChunkRow, word: int
    ) -> None:
        self.ids = ids
        self.casings = casings
        self.kept = kept
        self.texts = texts
        self._row = row
        self._word = word

    def place(self, start: int, end: int) -> tuple[Span, Span]:
        """Return the span, in code points, of the words `start` to `end`, half open, and the pieces that touch it."""
        row, first, last = self._row, self._word + start, self._word + end - 1
        opening, closing = row.owners[first], row.owners[last]
        head, tail = row.chunks[opening], row.chunks[closing]
        first -= row.words[opening]
        last -= row.words[closing]
        span = row.starts[opening] + head.places[first][0], row.starts[closing] + tail.places[last][1]
        return span, (row.firsts[opening] + head.ranges[first][0], row.firsts[closing] + tail.ranges[last][1])


def join_tokens(tokens: Sequence[str]) -> tuple[str, list[Span]]:
    """Return tokens as one text, a space between two, and the span of each."""
    spans, position = [], 0
    for token in tokens:
        spans.append((position, position + len(token)))
        position += len(token) + 1
    return " ".join(tokens), spans


class PieceCutter:
    """Cuts text by the vocabulary in a `tokenizer.json`."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._remembered = lru_cache(MEMO_CHUNKS)(self._read_chunk)

    @classmethod
    def from_json(cls, text: str) -> PieceCutter:
        """Read a `tokenizer.json`; whatever it says of truncation, padding and special pieces is dropped.

        Special pieces are not recognised in text: an article that writes "[SEP]" means the letters.
        """
        return cls(Tokenizer.from_str(json.dumps(strip_tokenizer(json.loads(text)))))

    @classmethod
    def from_file(cls, path: Path) -> PieceCutter:
        """Read the `tokenizer.json` at `path`."""
        return cls.from_json(path.read_text(encoding="utf-8"))

    def cut(self, text: str, words: Sequence[Span] | None = None) -> Pieces:
        """Cut one sentence; `words` are its word spans in order, found in the text when not given."""
        written = _split(text)
        chunks = self._cut_chunks(written)
        ids, casings, offsets, groups, found, heads, *_ = zip(*chunks, strict=True)
        starts = [start + blanks for blanks, start in enumerate(accumulate(map(len, written[:-1]), initial=0))]
        firsts = [*accumulate(map(len, casings), initial=0)]
        placed = _move_spans(offsets, starts)
        if words is None:
            laid, read = _move_spans(found, starts), _move_heads(heads, firsts)
        else:
            laid, read = list(words), _find_heads(placed, words)
        return Pieces(_join(ids).tolist(), [*chain.from_iterable(casings)], placed, _number_groups(groups), laid, read)

    def read(self, texts: Sequence[str]) -> list[RunTimePieces]:
        """Cut sentences of running text, all in one go: what is laid out as one row costs little a sentence."""
        if not texts:
            return []
        written = [*map(_split, texts)]
        flat = [*chain.from_iterable(written)]
        chunks = self._cut_chunks(flat)
        ids, casings, kept, words = zip(*map(_RUN_TIME, chunks), strict=True)
        bounds, pieces, heads = _count(written), _count(casings), _count(words)
        sizes = np.diff(heads)
        firsts, starts = _restart(pieces, bounds), _restart(_count(flat) + np.arange(len(flat) + 1), bounds)
        owners = np.arange(len(flat)).repeat(sizes)
        row = _ChunkRow(chunks, owners.tolist(), heads.tolist(), starts.tolist(), firsts.tolist())
        all_ids, all_casings = _join(ids), np.frombuffer(b"".join(casings), np.uint8)
        all_kept, said = _join(kept) + firsts.repeat(sizes), [*chain.from_iterable(words)]
        ends = (pairwise(counted[bounds].tolist()) for counted in (pieces, heads))
        return [
            RunTimePieces(all_ids[p:q], all_casings[p:q], all_kept[v:w], said[v:w], row, v)
            for (p, q), (v, w) in zip(*ends, strict=True)
        ]

    def count(self, text: str) -> int:
        """Return how many pieces running text has; `read` then finds its chunks remembered."""
        return sum(map(self._count_chunk, _split(text)))

    def cut_tokens(self, tokens: Sequence[str]) -> Pieces:
        """Cut a sentence that comes as tokens; its words are the tokens."""
        text, spans = join_tokens(tokens)
        return self.cut(text, spans)

    def _cut_chunks(self, written: Sequence[str]) -> list[_Chunk]:
        if max(map(len, written)) <= MEMO_LENGTH:
            return [*map(self._remembered, written)]
        return [(self._remembered if len(one) <= MEMO_LENGTH else self._read_chunk)(one) for one in written]

    def _count_chunk(self, text: str) -> int:
        if len(text) <= MEMO_LENGTH:
            return len(self._remembered(text).casings)
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _read_chunk(self, text: str) -> _Chunk:
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        words, offsets = tuple(find_words(text)), tuple(encoding.offsets)
        if offsets == words == ((0, len(text)),):
            # One word and one piece, as most are: what follows would find the same.
            casings, first = bytes([classify_casing(text)]), INTEGER(0).tobytes()
            ids = _pack(encoding.ids)
            return _Chunk(ids, casings, words, (0,), words, (0,), first, words, (text,), ((0, 1),))
        groups = tuple([group if group is not None else -1 for group in encoding.word_ids])
        heads = _find_heads(offsets, words)
        places = tuple([word for word, head in zip(words, heads, strict=True) if head >= 0])
        return _Chunk(
            ids=_pack(encoding.ids),
            casings=_find_casings(text, offsets, groups),
            offsets=offsets,
            groups=groups,
            words=words,
            heads=tuple(heads),
            kept=_pack([head for head in heads if head >= 0]),
            places=places,
            texts=tuple([text[start:end] for start, end in places]),
            ranges=tuple([find_touching(offsets, start, end) for start, end in places]),
        )


def _split(text: str) -> list[str]:
    """Return what stands between the blanks of a text; there is always one, and it may be empty."""
    for blank in _BLANKS:
        text = text.replace(blank, " ")
    return text.split(" ")


def _count(rows: Sequence[Sequence[object]]) -> Integers:
    """Return how many items come before each row, and how many there are."""
    return np.array([*accumulate(map(len, rows), initial=0)], INTEGER)


def _restart(counted: Integers, bounds: Integers) -> Integers:
    """Return what comes before each chunk, counted from the first of its sentence; sentences begin at `bounds`."""
    before: Integers = counted[:-1] - counted[bounds[:-1]].repeat(np.diff(bounds))
    return before


def _pack(numbers: Sequence[int]) -> bytes:
    return np.array(numbers, INTEGER).tobytes()


def _join(rows: Iterable[bytes]) -> Integers:
    """Return the integers of all rows as one."""
    return np.frombuffer(b"".join(rows), INTEGER)


def find_touching(offsets: Sequence[Span], start: int, end: int) -> Span:
    """Return the range of pieces that touch code points `start` to `end`; it is empty, or less, when none does."""
    return bisect_right(offsets, start, key=itemgetter(1)), bisect_left(offsets, end, key=itemgetter(0))


def strip_tokenizer(description: dict[str, object]) -> dict[str, object]:
    """Return a `tokenizer.json` without truncation, padding, special pieces and template."""
    dropped: dict[str, object] = {"truncation": None, "padding": None, "added_tokens": [], "post_processor": None}
    return {**description, **dropped}


def _move_spans(spans: Iterable[Sequence[Span]], starts: Iterable[int]) -> list[Span]:
    return [(a + start, b + start) for members, start in zip(spans, starts, strict=True) for a, b in members]


def _move_heads(heads: Iterable[Sequence[int]], firsts: Iterable[int]) -> list[int]:
    # There is one more first: where a further chunk would begin.
    return [
        head + first if head >= 0 else -1 for members, first in zip(heads, firsts, strict=False) for head in members
    ]


def _number_groups(groups: Iterable[Sequence[int]]) -> list[int]:
    numbered: list[int] = []
    for members in groups:
        count = numbered[-1] + 1 if numbered else 0
        numbered += [group + count for group in members]
    return numbered


def _find_casings(text: str, offsets: Sequence[Span], groups: Sequence[int]) -> bytes:
    """Return the casing of each piece: that of the whole of its group."""
    casings: list[int] = []
    start = 0
    while start < len(groups):
        end = start + 1
        while end < len(groups) and groups[end] == groups[start]:
            end += 1
        casings += [classify_casing(text[offsets[start][0] : offsets[end - 1][1]])] * (end - start)
        start = end
    return bytes(casings)


def _find_heads(offsets: Sequence[Span], words: Iterable[Span]) -> list[int]:
    heads, piece = [], 0
    for start, end in words:
        while piece < len(offsets) and offsets[piece][0] < start:
            piece += 1
        has_piece = piece < len(offsets) and offsets[piece][0] < end
        heads.append(piece if has_piece else -1)
    return heads
