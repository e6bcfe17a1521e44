"""Sentences as training reads them: cut into pieces, with their labels assigned to the pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.enrichment.labels import TAG_INDEX, continue_tag
from services.enrichment.models.piece_cutter import PieceCutter
from services.enrichment.models.pieces import Pieces
from services.enrichment.models.windows import MAX_PIECES, SPECIALS
from services.training.corpus import WITHOUT_MISC, Example


@dataclass(frozen=True, slots=True)
class SoftLabels:
    """A teacher's probabilities for one sentence: of tags (words, tags) and of polarities (spans, polarities)."""

    tags: NDArray[np.floating[Any]]
    polarities: NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """One sentence cut into pieces, with its labels.

    `allowed` has, for each word with a piece, the indices of the tags that may be right. `spans` are (first piece,
    piece after the last, polarity), half open. When `soft` is given, a teacher's probabilities replace both, and the
    polarities in `spans` have no meaning.
    """

    pieces: Pieces
    words: tuple[int, ...]
    allowed: tuple[tuple[int, ...], ...]
    spans: tuple[tuple[int, int, int], ...]
    soft: SoftLabels | None = None


def label_example(example: Example, cutter: PieceCutter) -> LabelledSentence:
    """Cut an example into pieces and assign its labels to them; pieces after the end of a window are dropped."""
    room = MAX_PIECES - SPECIALS
    if example.tokens:
        pieces = cutter.cut_tokens(example.tokens)
        words, tags = _spread_tags(pieces, example.tags)
        kept = [index for index, word in enumerate(words) if word < room]
        misc_is_unlabelled = example.source in WITHOUT_MISC
        allowed = tuple(_list_allowed(tags[index], misc_is_unlabelled) for index in kept)
        return LabelledSentence(truncate(pieces, room), tuple(words[index] for index in kept), allowed, ())
    pieces = cutter.cut(example.text)
    spans = [(*_find_piece_range(pieces, start, end), polarity) for start, end, polarity in example.targets]
    if example.polarity is not None:
        spans.append((0, len(pieces.ids), example.polarity))
    inner = tuple((first, min(last, room), polarity) for first, last, polarity in spans if first < min(last, room))
    return LabelledSentence(truncate(pieces, room), (), (), inner)


def _spread_tags(pieces: Pieces, tags: Sequence[str]) -> tuple[list[int], list[str]]:
    """Tag every pre-token of a word, because words at run time are smaller than those of some training sets."""
    words, spread = [], []
    word = -1
    starts = {head: index for index, head in enumerate(pieces.heads) if head >= 0}
    for piece, group in enumerate(pieces.groups):
        begins_word = piece in starts
        word = starts.get(piece, word)
        if word < 0 or (piece and group == pieces.groups[piece - 1]):
            continue
        words.append(piece)
        spread.append(tags[word] if begins_word else continue_tag(tags[word]))
    return words, spread


def _list_allowed(tag: str, misc_is_unlabelled: bool) -> tuple[int, ...]:
    if misc_is_unlabelled and tag == "O":
        return tuple(TAG_INDEX[other] for other in ("O", "B-MISC", "I-MISC"))
    return (TAG_INDEX[tag],)


def _find_piece_range(pieces: Pieces, start: int, end: int) -> tuple[int, int]:
    inside_span = [i for i, (a, b) in enumerate(pieces.offsets) if a < end and b > start]
    return (inside_span[0], inside_span[-1] + 1) if inside_span else (0, 0)


def truncate(pieces: Pieces, room: int) -> Pieces:
    """Return the first `room` pieces of a sentence."""
    if len(pieces.ids) <= room:
        return pieces
    return Pieces(
        pieces.ids[:room],
        pieces.casings[:room],
        pieces.offsets[:room],
        pieces.groups[:room],
        pieces.words,
        pieces.heads,
    )
