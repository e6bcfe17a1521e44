"""Batches for training: windows of sentences as tensors; seed and epoch decide them."""

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

from services.enrichment.labels import POLARITIES, TAGS
from services.enrichment.models.piece_cutter import PieceCutter
from services.enrichment.models.pieces import CLS_PIECE, MASK_PIECE, PAD_PIECE, SEP_PIECE
from services.enrichment.models.windows import SPECIALS
from services.training.augment import Names, vary
from services.training.corpus import IN_ORDER, REPEATS, Example
from services.training.labelled_sentence import LabelledSentence, label_example

ALONE: Final = 0.4
"""Share of windows with one sentence, so that headlines, captions and single rows are read well too."""

CONTEXT_BUDGETS: Final = (64, 192)
"""Range from which the number of pieces in the other windows is drawn evenly."""

MASKED_PIECES: Final = 0.03
"""Share of pieces that are hidden from the encoder, so that it learns to use the context."""

POOL: Final = 512
"""Windows that are sorted by length together, for little padding in batches that are still mixed."""


@dataclass(frozen=True, slots=True)
class HeadPositions:
    """Positions that the heads read, in the rows of a batch laid end to end."""

    words: Tensor
    span_pieces: Tensor
    span_ids: Tensor
    firsts: Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of one step: positions with labels (`gold`) and positions with a teacher's probabilities (`soft`)."""

    ids: Tensor
    casings: Tensor
    mask: Tensor
    gold: HeadPositions
    allowed: Tensor
    polarities: Tensor
    soft: HeadPositions
    soft_tags: Tensor
    soft_polarities: Tensor


def make_epoch(
    corpus: dict[str, list[Example]],
    names: Names,
    cutter: PieceCutter,
    *,
    budget: int,
    seed: int,
    epoch: int,
    soft_sentences: Sequence[LabelledSentence] = (),
    repeats: Mapping[str, int] = REPEATS,
) -> Iterator[Batch]:
    """Yield the batches of one epoch, each of about `budget` pieces, padding included.

    Each of the `soft_sentences` is alone in its window, as at run time. `repeats` has the number of times that a set is
    read.
    """
    rng = random.Random(f"{seed}/{epoch}")
    windows = [[sentence] for sentence in soft_sentences]
    for name, examples in sorted(corpus.items()):
        for _ in range(repeats.get(name, 1)):
            windows += _make_windows(name, examples, names, cutter, rng)
    rng.shuffle(windows)
    batches = [*group_by_length([*map(_count_pieces, windows)], range(len(windows)), budget, POOL)]
    rng.shuffle(batches)
    for batch in batches:
        yield collate([windows[index] for index in batch], rng)


def collate(windows: Sequence[list[LabelledSentence]], rng: random.Random | None = None) -> Batch:
    """Lay out windows as tensors; if `rng` is given, some pieces are masked."""
    ids = torch.full((len(windows), _width(windows)), PAD_PIECE)
    casings = torch.zeros_like(ids)
    mask = torch.zeros_like(ids, dtype=torch.bool)
    gold: list[tuple[int, LabelledSentence]] = []
    soft: list[tuple[int, LabelledSentence]] = []
    for first, sentence in _lay_out(windows):
        line = [CLS_PIECE, *_mask_pieces(sentence.pieces.ids, rng), SEP_PIECE]
        end = first + len(line)
        ids.view(-1)[first:end] = torch.tensor(line)
        casings.view(-1)[first + 1 : end - 1] = _longs(sentence.pieces.casings)
        mask.view(-1)[first:end] = True
        (soft if sentence.soft else gold).append((first, sentence))
    allowed = _tag_mask([tags for _, sentence in gold for tags in sentence.allowed])
    polarities = _longs([polarity for _, sentence in gold for _, _, polarity in sentence.spans])
    soft_labels = [sentence.soft for _, sentence in soft if sentence.soft]
    soft_tags = _floats([own.tags for own in soft_labels], len(TAGS))
    soft_polarities = _floats([own.polarities for own in soft_labels], len(POLARITIES))
    return Batch(
        ids,
        casings,
        mask,
        _find_positions(gold),
        allowed,
        polarities,
        _find_positions(soft),
        soft_tags,
        soft_polarities,
    )


def find_positions(windows: Sequence[list[LabelledSentence]]) -> HeadPositions:
    """Return the positions that the heads read in the batch that `collate` makes from the windows."""
    return _find_positions(list(_lay_out(windows)))


def _make_windows(
    name: str, examples: Sequence[Example], names: Names, cutter: PieceCutter, rng: random.Random
) -> list[list[LabelledSentence]]:
    ordered = list(examples) if name in IN_ORDER else rng.sample(list(examples), len(examples))
    windows: list[list[LabelledSentence]] = []
    for _, members in groupby(ordered, key=lambda example: example.article):
        window: list[LabelledSentence] = []
        limit = _draw_limit(rng)
        for example in members:
            sentence = label_example(vary(example, names, rng), cutter)
            if not sentence.pieces.ids:
                continue
            if window and _count_pieces([*window, sentence]) > limit:
                windows.append(window)
                window, limit = [], _draw_limit(rng)
            window.append(sentence)
        if window:
            windows.append(window)
    return windows


def _draw_limit(rng: random.Random) -> int:
    return 0 if rng.random() < ALONE else rng.randint(*CONTEXT_BUDGETS)


def group_by_length(sizes: Sequence[int], order: Sequence[int], budget: int, pool: int) -> Iterator[list[int]]:
    """Yield batches of indexes, in pools of the given order, each of at most about `budget` pieces with padding.

    Within a pool of `pool` rows those of like `sizes` (pieces) are together; a longer row is a batch of its own.
    """
    for start in range(0, len(order), pool):
        batch: list[int] = []
        for index in sorted(order[start : start + pool], key=sizes.__getitem__):
            if batch and sizes[index] * (len(batch) + 1) > budget:
                yield batch
                batch = []
            batch.append(index)
        if batch:
            yield batch


def _count_pieces(window: Sequence[LabelledSentence]) -> int:
    return sum(len(sentence.pieces.ids) + SPECIALS for sentence in window)


def _width(windows: Sequence[Sequence[LabelledSentence]]) -> int:
    return max(_count_pieces(window) for window in windows)


def _lay_out(windows: Sequence[Sequence[LabelledSentence]]) -> Iterator[tuple[int, LabelledSentence]]:
    """Yield each sentence with the position of its special piece, in rows laid end to end."""
    width = _width(windows)
    for row, window in enumerate(windows):
        first = row * width
        for sentence in window:
            yield first, sentence
            first += len(sentence.pieces.ids) + SPECIALS


def _mask_pieces(ids: list[int], rng: random.Random | None) -> list[int]:
    if rng is None:
        return ids
    return [MASK_PIECE if rng.random() < MASKED_PIECES else piece for piece in ids]


def _tag_mask(allowed: Sequence[tuple[int, ...]]) -> Tensor:
    mask = torch.zeros((len(allowed), len(TAGS)), dtype=torch.bool)
    for word, tags in enumerate(allowed):
        mask[word, list(tags)] = True
    return mask


def _find_positions(sentences: Sequence[tuple[int, LabelledSentence]]) -> HeadPositions:
    """Return the positions that the heads read; each sentence follows the special piece at its `first`."""
    words = [first + 1 + word for first, sentence in sentences for word in sentence.words]
    spans = [(first, a, b) for first, sentence in sentences for a, b, _ in sentence.spans]
    pieces = [first + 1 + piece for first, a, b in spans for piece in range(a, b)]
    owners = [index for index, (_, a, b) in enumerate(spans) for _ in range(a, b)]
    return HeadPositions(_longs(words), _longs(pieces), _longs(owners), _longs([first for first, _, _ in spans]))


def _floats(rows: Sequence[NDArray[np.floating[Any]]], width: int) -> Tensor:
    stacked = np.concatenate([np.zeros((0, width), np.float32), *rows])
    return torch.from_numpy(stacked.astype(np.float32))


def _longs(values: Sequence[int]) -> Tensor:
    return torch.tensor(values, dtype=torch.long)
