"""Batches for training: windows of sentences as tensors, the same for the same seed and epoch."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from services.enrichment.labels import POLARITIES, TAG_INDEX, TAGS, continue_tag
from services.enrichment.models.piece_cutter import PieceCutter
from services.enrichment.models.pieces import CLS_PIECE, MASK_PIECE, PAD_PIECE, SEP_PIECE, Pieces
from services.enrichment.models.windows import MAX_PIECES, SPECIALS
from services.training.augment import Names, vary
from services.training.corpus import IN_ORDER, WITHOUT_MISC, Example

ALONE: Final = 0.4
"""Share of windows that hold one sentence: headlines, captions and single rows must be read as well."""

CONTEXT_BUDGETS: Final = (64, 192)
"""Pieces in the other windows: drawn evenly from this range, around what run time packs."""

MASKED_PIECES: Final = 0.03
"""Share of pieces hidden from the encoder, so that it leans on context too."""

REPEATS: Final = {"worldwide": 2}
"""Times an epoch reads a set unless told otherwise; worldwide is today's news, the others are older or other text."""

POOL: Final = 512
"""Windows sorted by length together: little padding, and still mixed batches."""


@dataclass(frozen=True, slots=True)
class Soft:
    """A teacher's probabilities: of tags (words, tags), and of polarities (spans, polarities)."""

    tags: NDArray[np.floating[Any]]
    polarities: NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One sentence cut into pieces, with what is known about it.

    `allowed` holds, for each word with a piece, the indices of the tags that may be right; `spans`
    are (first piece, piece after the last, polarity), half open. With `soft` a teacher's
    probabilities stand in for both, and polarities mean nothing.
    """

    pieces: Pieces
    words: tuple[int, ...]
    allowed: tuple[tuple[int, ...], ...]
    spans: tuple[tuple[int, int, int], ...]
    soft: Soft | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """Where in a batch's rows, laid end to end, the heads read."""

    words: Tensor
    span_pieces: Tensor
    span_ids: Tensor
    firsts: Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of one step: `gold` places with labels, and `soft` places with a teacher's probabilities."""

    ids: Tensor
    casings: Tensor
    mask: Tensor
    gold: Places
    allowed: Tensor
    polarities: Tensor
    soft: Places
    soft_tags: Tensor
    soft_polarities: Tensor


def label(example: Example, cutter: PieceCutter) -> Labelled:
    """Cut an example into pieces and lay its labels over them; what exceeds a window is dropped."""
    room = MAX_PIECES - SPECIALS
    if example.tokens:
        pieces = cutter.cut_tokens(example.tokens)
        words, tags = _spread_tags(pieces, example.tags)
        kept = [index for index, word in enumerate(words) if word < room]
        masked = example.source in WITHOUT_MISC
        allowed = tuple(_allowed(tags[index], masked) for index in kept)
        return Labelled(_shorten(pieces, room), tuple(words[index] for index in kept), allowed, ())
    pieces = cutter.cut(example.text)
    spans = [(*_piece_range(pieces, start, end), polarity) for start, end, polarity in example.targets]
    if example.polarity is not None:
        spans.append((0, len(pieces.ids), example.polarity))
    inner = tuple((first, min(last, room), polarity) for first, last, polarity in spans if first < min(last, room))
    return Labelled(_shorten(pieces, room), (), (), inner)


def make_epoch(
    corpus: dict[str, list[Example]],
    names: Names,
    cutter: PieceCutter,
    *,
    budget: int,
    seed: int,
    epoch: int,
    taught: Sequence[Labelled] = (),
    repeats: Mapping[str, int] = REPEATS,
) -> Iterator[Batch]:
    """Yield the batches of one epoch, each of about `budget` pieces, padding included.

    The `taught` sentences are each alone in their window, as at run time; a set in `repeats` is read so many times.
    """
    rng = random.Random(f"{seed}/{epoch}")
    windows = [[sentence] for sentence in taught]
    for name, examples in sorted(corpus.items()):
        for _ in range(repeats.get(name, 1)):
            windows += _make_windows(name, examples, names, cutter, rng)
    rng.shuffle(windows)
    for batch in _group(windows, budget, rng):
        yield collate(batch, rng)


def collate(windows: Sequence[list[Labelled]], rng: random.Random | None = None) -> Batch:
    """Lay windows out as tensors; with `rng`, hide some pieces."""
    ids = torch.full((len(windows), _width(windows)), PAD_PIECE)
    casings = torch.zeros_like(ids)
    mask = torch.zeros_like(ids, dtype=torch.bool)
    gold: list[tuple[int, Labelled]] = []
    soft: list[tuple[int, Labelled]] = []
    for first, sentence in _lay_out(windows):
        line = [CLS_PIECE, *_hide(sentence.pieces.ids, rng), SEP_PIECE]
        end = first + len(line)
        ids.view(-1)[first:end] = torch.tensor(line)
        casings.view(-1)[first + 1 : end - 1] = _longs(sentence.pieces.casings)
        mask.view(-1)[first:end] = True
        (soft if sentence.soft else gold).append((first, sentence))
    allowed = _tag_mask([tags for _, sentence in gold for tags in sentence.allowed])
    polarities = _longs([polarity for _, sentence in gold for _, _, polarity in sentence.spans])
    taught = [sentence.soft for _, sentence in soft if sentence.soft]
    soft_tags = _floats([own.tags for own in taught], len(TAGS))
    soft_polarities = _floats([own.polarities for own in taught], len(POLARITIES))
    return Batch(ids, casings, mask, _places(gold), allowed, polarities, _places(soft), soft_tags, soft_polarities)


def find_places(windows: Sequence[list[Labelled]]) -> Places:
    """Return where the heads read in the batch that `collate` makes of the windows."""
    return _places(list(_lay_out(windows)))


def _make_windows(
    name: str, examples: Sequence[Example], names: Names, cutter: PieceCutter, rng: random.Random
) -> list[list[Labelled]]:
    ordered = list(examples) if name in IN_ORDER else rng.sample(list(examples), len(examples))
    windows: list[list[Labelled]] = []
    for _, members in groupby(ordered, key=lambda example: example.article):
        window: list[Labelled] = []
        limit = _draw_limit(rng)
        for example in members:
            sentence = label(vary(example, names, rng), cutter)
            if not sentence.pieces.ids:
                continue
            if window and _size([*window, sentence]) > limit:
                windows.append(window)
                window, limit = [], _draw_limit(rng)
            window.append(sentence)
        if window:
            windows.append(window)
    return windows


def _draw_limit(rng: random.Random) -> int:
    return 0 if rng.random() < ALONE else rng.randint(*CONTEXT_BUDGETS)


def _group(windows: list[list[Labelled]], budget: int, rng: random.Random) -> Iterator[list[list[Labelled]]]:
    batches: list[list[list[Labelled]]] = []
    for start in range(0, len(windows), POOL):
        pool = sorted(windows[start : start + POOL], key=_size)
        batch: list[list[Labelled]] = []
        for window in pool:
            if batch and _size(window) * (len(batch) + 1) > budget:
                batches.append(batch)
                batch = []
            batch.append(window)
        batches.append(batch)
    rng.shuffle(batches)
    yield from batches


def _size(window: Sequence[Labelled]) -> int:
    return sum(len(sentence.pieces.ids) + SPECIALS for sentence in window)


def _width(windows: Sequence[Sequence[Labelled]]) -> int:
    return max(_size(window) for window in windows)


def _lay_out(windows: Sequence[Sequence[Labelled]]) -> Iterator[tuple[int, Labelled]]:
    """Yield each sentence with the place of its special piece, rows laid end to end."""
    width = _width(windows)
    for row, window in enumerate(windows):
        first = row * width
        for sentence in window:
            yield first, sentence
            first += len(sentence.pieces.ids) + SPECIALS


def _spread_tags(pieces: Pieces, tags: Sequence[str]) -> tuple[list[int], list[str]]:
    """Tag every pre-token of a word: run time counts words more finely than some training sets."""
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


def _allowed(tag: str, misc_is_hidden: bool) -> tuple[int, ...]:
    if misc_is_hidden and tag == "O":
        return tuple(TAG_INDEX[other] for other in ("O", "B-MISC", "I-MISC"))
    return (TAG_INDEX[tag],)


def _piece_range(pieces: Pieces, start: int, end: int) -> tuple[int, int]:
    inside_span = [i for i, (a, b) in enumerate(pieces.offsets) if a < end and b > start]
    return (inside_span[0], inside_span[-1] + 1) if inside_span else (0, 0)


def _shorten(pieces: Pieces, room: int) -> Pieces:
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


def _hide(ids: list[int], rng: random.Random | None) -> list[int]:
    if rng is None:
        return ids
    return [MASK_PIECE if rng.random() < MASKED_PIECES else piece for piece in ids]


def _tag_mask(allowed: Sequence[tuple[int, ...]]) -> Tensor:
    mask = torch.zeros((len(allowed), len(TAGS)), dtype=torch.bool)
    for word, tags in enumerate(allowed):
        mask[word, list(tags)] = True
    return mask


def _places(sentences: Sequence[tuple[int, Labelled]]) -> Places:
    """Return where the heads read in sentences that stand behind the special piece at `first`."""
    words = [first + 1 + word for first, sentence in sentences for word in sentence.words]
    spans = [(first, a, b) for first, sentence in sentences for a, b, _ in sentence.spans]
    pieces = [first + 1 + piece for first, a, b in spans for piece in range(a, b)]
    owners = [index for index, (_, a, b) in enumerate(spans) for _ in range(a, b)]
    return Places(_longs(words), _longs(pieces), _longs(owners), _longs([first for first, _, _ in spans]))


def _floats(rows: Sequence[NDArray[np.floating[Any]]], width: int) -> Tensor:
    stacked = np.concatenate([np.zeros((0, width), np.float32), *rows])
    return torch.from_numpy(stacked.astype(np.float32))


def _longs(values: Sequence[int]) -> Tensor:
    return torch.tensor(values, dtype=torch.long)
