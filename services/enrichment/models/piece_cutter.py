"""The tokenizer, which cuts text into word pieces: one implementation for training and for run time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import accumulate, chain, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from services.enrichment.models.casing import classify_casing
from services.enrichment.models.pieces import (
    INTEGER,
    Chunk,
    ChunkRow,
    Integers,
    Pieces,
    RunTimePieces,
    Span,
    find_touching,
)
from services.enrichment.words import find_words

_BLANKS: Final = "\t\n\r"
"""Characters that separate chunks like a space. The vocabulary's normaliser, its pre-tokeniser and the pattern of words
never look across one of them, so that a chunk is cut in the same way wherever it is. Other white space stays inside a
chunk, because libraries do not agree on it."""

MEMO_CHUNKS: Final = 30_000
"""Maximum number of chunks of text that are cached, which need at most 12 MB: news repeats nine of ten chunks."""

MEMO_LENGTH: Final = 32
"""Maximum number of code points of a chunk that is cached: a longer one is mostly a web address and is not repeated."""

_RUN_TIME: Final = itemgetter(*map(Chunk._fields.index, ("ids", "casings", "kept", "texts")))
"""Getter of a chunk's fields that every sentence needs."""

_IDS_AND_CASINGS: Final = itemgetter(*map(Chunk._fields.index, ("ids", "casings")))
"""Getter of the numbers of a chunk's pieces and of their casings."""

_CASINGS: Final = itemgetter(Chunk._fields.index("casings"))
"""Getter of a chunk's casings, of which there is one for each piece."""


class PieceCutter:
    """A cutter of text into the pieces of a vocabulary from a `tokenizer.json`."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._read_cached = lru_cache(MEMO_CHUNKS)(self._read_chunk)

    @classmethod
    def from_json(cls, text: str) -> PieceCutter:
        """Read a `tokenizer.json`; its truncation, padding and special pieces are ignored.

        Special pieces are not recognised in text: an article that has "[SEP]" means these characters.
        """
        return cls(Tokenizer.from_str(json.dumps(strip_tokenizer(json.loads(text)))))

    @classmethod
    def from_file(cls, path: Path) -> PieceCutter:
        """Read the `tokenizer.json` at `path`."""
        return cls.from_json(path.read_text(encoding="utf-8"))

    def cut(self, text: str, words: Sequence[Span] | None = None) -> Pieces:
        """Cut one sentence; `words` are its word spans in order, and are found in the text when not given."""
        written = _split(text)
        chunks = self._cut_chunks(written)
        ids, casings, offsets, groups, found, heads, *_ = zip(*chunks, strict=True)
        starts = [start + blanks for blanks, start in enumerate(accumulate(map(len, written[:-1]), initial=0))]
        firsts = [*accumulate(map(len, casings), initial=0)]
        placed = _move_spans(offsets, starts)
        if words is None:
            spans, moved_heads = _move_spans(found, starts), _move_heads(heads, firsts)
        else:
            spans, moved_heads = list(words), _find_heads(placed, words)
        ids_list, casings_list = _join(ids).tolist(), [*chain.from_iterable(casings)]
        return Pieces(ids_list, casings_list, placed, _number_groups(groups), spans, moved_heads)

    def cut_cased(self, text: str) -> tuple[Integers, NDArray[np.uint8]]:
        """Cut running text into the numbers of its pieces and their casings, without their places."""
        ids, casings = zip(*map(_IDS_AND_CASINGS, self._cut_chunks(_split(text))), strict=True)
        return _join(ids), np.frombuffer(b"".join(casings), np.uint8)

    def cut_many(self, texts: Sequence[str]) -> list[RunTimePieces]:
        """Cut sentences of running text in one step. As one row of chunks, each sentence costs little."""
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
        row = ChunkRow(chunks, owners.tolist(), heads.tolist(), starts.tolist(), firsts.tolist())
        all_ids, all_casings = _join(ids), np.frombuffer(b"".join(casings), np.uint8)
        all_kept, all_words = _join(kept) + firsts.repeat(sizes), [*chain.from_iterable(words)]
        ends = (pairwise(counted[bounds].tolist()) for counted in (pieces, heads))
        return [
            RunTimePieces(all_ids[p:q], all_casings[p:q], all_kept[v:w], all_words[v:w], row, v)
            for (p, q), (v, w) in zip(*ends, strict=True)
        ]

    def count(self, text: str) -> int:
        """Count the pieces of running text; `cut_many` then finds its chunks in the cache."""
        written = _split(text)
        if max(map(len, written)) <= MEMO_LENGTH:
            return sum(map(len, map(_CASINGS, map(self._read_cached, written))))
        return sum(map(self._count_chunk, written))

    def cut_tokens(self, tokens: Sequence[str]) -> Pieces:
        """Cut a sentence that is given as tokens; its words are the tokens."""
        text, spans = join_tokens(tokens)
        return self.cut(text, spans)

    def _cut_chunks(self, written: Sequence[str]) -> list[Chunk]:
        if max(map(len, written)) <= MEMO_LENGTH:
            return [*map(self._read_cached, written)]
        return [(self._read_cached if len(one) <= MEMO_LENGTH else self._read_chunk)(one) for one in written]

    def _count_chunk(self, text: str) -> int:
        if len(text) <= MEMO_LENGTH:
            return len(self._read_cached(text).casings)
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _read_chunk(self, text: str) -> Chunk:
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        words, offsets = tuple(find_words(text)), tuple(encoding.offsets)
        if offsets == words == ((0, len(text)),):
            # Most chunks are one word and one piece, for which the general code below gives the same.
            casings, first = bytes([classify_casing(text)]), INTEGER(0).tobytes()
            ids = _pack(encoding.ids)
            return Chunk(ids, casings, words, (0,), words, (0,), first, words, (text,), ((0, 1),))
        groups = tuple([group if group is not None else -1 for group in encoding.word_ids])
        heads = _find_heads(offsets, words)
        places = tuple([word for word, head in zip(words, heads, strict=True) if head >= 0])
        return Chunk(
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


@cache
def open_cutter(tokenizer: str) -> PieceCutter:
    """Return the cutter of a `tokenizer.json`, one for all models with the same vocabulary, which share its cache."""
    return PieceCutter.from_json(tokenizer)


def join_tokens(tokens: Sequence[str]) -> tuple[str, list[Span]]:
    """Return tokens as one text with a space between two, and the span of each."""
    spans, position = [], 0
    for token in tokens:
        spans.append((position, position + len(token)))
        position += len(token) + 1
    return " ".join(tokens), spans


def strip_tokenizer(description: dict[str, object]) -> dict[str, object]:
    """Return a `tokenizer.json` without truncation, padding, special pieces and template."""
    dropped: dict[str, object] = {"truncation": None, "padding": None, "added_tokens": [], "post_processor": None}
    return {**description, **dropped}


def _split(text: str) -> list[str]:
    """Split a text at its blanks; there is always one part, and parts may be empty."""
    for blank in _BLANKS:
        text = text.replace(blank, " ")
    return text.split(" ")


def _count(rows: Sequence[Sequence[object]]) -> Integers:
    """Return for each row the number of items before it; the last element is the total."""
    return np.array([*accumulate(map(len, rows), initial=0)], INTEGER)


def _restart(counted: Integers, bounds: Integers) -> Integers:
    """Return the items before each chunk, counted from the first chunk of its sentence; sentences begin at `bounds`."""
    before: Integers = counted[:-1] - counted[bounds[:-1]].repeat(np.diff(bounds))
    return before


def _pack(numbers: Sequence[int]) -> bytes:
    return np.array(numbers, INTEGER).tobytes()


def _join(rows: Iterable[bytes]) -> Integers:
    """Return the integers of all rows as one array."""
    return np.frombuffer(b"".join(rows), INTEGER)


def _move_spans(spans: Iterable[Sequence[Span]], starts: Iterable[int]) -> list[Span]:
    return [(a + start, b + start) for members, start in zip(spans, starts, strict=True) for a, b in members]


def _move_heads(heads: Iterable[Sequence[int]], firsts: Iterable[int]) -> list[int]:
    # `firsts` has one item more: the beginning of a chunk after the last.
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
    """Return the casing of each piece, which is the casing of its whole group."""
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
