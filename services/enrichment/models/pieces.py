"""Sentences to word pieces: one implementation for training and for run time.

The pieces depend on the text alone, never on how its words are counted: the vocabulary's
pre-tokeniser cuts at whitespace and at every punctuation mark. Words are spans laid over them; a
word is read at its first piece.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from tokenizers import Tokenizer

from services.enrichment.models.casing import classify_casing
from services.enrichment.words import find_words

CLS_PIECE: Final = 101
SEP_PIECE: Final = 102
PAD_PIECE: Final = 0
MASK_PIECE: Final = 103

Span = tuple[int, int]

_CHUNK = re.compile(r"[^ \t\n\r]+")
"""What stands between spaces. The vocabulary's normaliser and pre-tokeniser, and the pattern of words, never look
across one, so that a chunk is cut the same wherever it stands. Other white space stays inside: libraries do not agree
on it."""

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


Chunk = tuple[int, int] | Pieces
"""Of one chunk: number and casing of its one piece, where it is one word and one piece; else all of it."""


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
        ids: list[int] = []
        casings: list[int] = []
        offsets: list[Span] = []
        groups: list[int] = []
        found: list[Span] = []
        heads: list[int] = []
        count = 0
        for match in _CHUNK.finditer(text):
            written, first = match[0], len(ids)
            chunk = self._remembered(written) if len(written) <= MEMO_LENGTH else self._read_chunk(written)
            if isinstance(chunk, tuple):
                span = match.span()
                ids.append(chunk[0])
                casings.append(chunk[1])
                offsets.append(span)
                found.append(span)
                groups.append(count)
                heads.append(first)
                count += 1
                continue
            start = match.start()
            ids += chunk.ids
            casings += chunk.casings
            offsets += [(a + start, b + start) for a, b in chunk.offsets]
            groups += [group + count for group in chunk.groups]
            found += [(a + start, b + start) for a, b in chunk.words]
            heads += [head + first if head >= 0 else -1 for head in chunk.heads]
            count += chunk.groups[-1] + 1 if chunk.groups else 0
        if words is None:
            return Pieces(ids, casings, offsets, groups, found, heads)
        return Pieces(ids, casings, offsets, groups, list(words), _find_heads(offsets, words))

    def cut_tokens(self, tokens: Sequence[str]) -> Pieces:
        """Cut a sentence that comes as tokens; its words are the tokens."""
        text, spans = join_tokens(tokens)
        return self.cut(text, spans)

    def _read_chunk(self, text: str) -> Chunk:
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        words = list(find_words(text))
        offsets: list[Span] = encoding.offsets
        if offsets == words == [(0, len(text))]:
            return encoding.ids[0], classify_casing(text)
        groups = [group if group is not None else -1 for group in encoding.word_ids]
        return Pieces(
            ids=encoding.ids,
            casings=_find_casings(text, offsets, groups),
            offsets=offsets,
            groups=groups,
            words=words,
            heads=_find_heads(offsets, words),
        )


def strip_tokenizer(description: dict[str, object]) -> dict[str, object]:
    """Return a `tokenizer.json` without truncation, padding, special pieces and template."""
    dropped: dict[str, object] = {"truncation": None, "padding": None, "added_tokens": [], "post_processor": None}
    return {**description, **dropped}


def _find_casings(text: str, offsets: Sequence[Span], groups: Sequence[int]) -> list[int]:
    casings: list[int] = []
    for start in range(len(groups)):
        if start < len(casings):
            continue
        end = start + 1
        while end < len(groups) and groups[end] == groups[start]:
            end += 1
        casings.extend([classify_casing(text[offsets[start][0] : offsets[end - 1][1]])] * (end - start))
    return casings


def _find_heads(offsets: Sequence[Span], words: Iterable[Span]) -> list[int]:
    heads, piece = [], 0
    for start, end in words:
        while piece < len(offsets) and offsets[piece][0] < start:
            piece += 1
        has_piece = piece < len(offsets) and offsets[piece][0] < end
        heads.append(piece if has_piece else -1)
    return heads
