"""Sentences to windows and batches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.models.pieces import CLS_PIECE, SEP_PIECE, Pieces
from services.enrichment.models.session import BATCH_PIECES, lay_out, plan_batches
from services.enrichment.models.windows import MAX_PIECES, pack_windows, split_sentence

lengths = st.lists(st.integers(0, 900), max_size=20)


@given(st.integers(0, 3000))
def test_parts_tile_their_sentence(length: int) -> None:
    """Every piece of a sentence is read out of exactly one part, which fits a window."""
    parts = split_sentence(0, length)
    kept = [piece for part in parts for piece in range(part.keep_start, part.keep_end)]
    assert kept == list(range(length))
    assert all(part.start <= part.keep_start <= part.keep_end <= part.end for part in parts)
    assert all(part.size <= MAX_PIECES for part in parts)


@given(lengths, st.sampled_from([0, 64, 128, MAX_PIECES]))
def test_windows_hold_all_sentences_in_order(sizes: list[int], budget: int) -> None:
    """Packing drops no sentence, keeps their order, and exceeds the budget for a single part only."""
    windows = pack_windows(sizes, budget)
    sentences = [part.sentence for window in windows for part in window]
    assert sorted(set(sentences)) == list(range(len(sizes)))
    assert sentences == sorted(sentences)
    assert all(len(window) == 1 or sum(part.size for part in window) <= budget for window in windows)


@given(lengths)
def test_batches_hold_all_windows_within_the_budget(sizes: list[int]) -> None:
    """Batching drops no window, and only a single window may exceed the batch's budget."""
    windows = pack_windows(sizes, 128)
    batches = plan_batches(windows)
    assert sorted(part.sentence for batch in batches for window in batch for part in window) == sorted(
        part.sentence for window in windows for part in window
    )
    for batch in batches:
        width = max(sum(part.size for part in window) for window in batch)
        assert len(batch) == 1 or width * len(batch) <= BATCH_PIECES


def test_each_sentence_stands_between_its_own_special_pieces() -> None:
    """A window of two sentences has a first piece for each."""
    sentences = [Pieces([7, 8], [1, 2], [(0, 1), (1, 2)], [0, 1], [], []), Pieces([9], [3], [(0, 1)], [0], [], [])]
    ids, casings, mask = lay_out(pack_windows([2, 1], 128), sentences)
    assert ids.tolist() == [[CLS_PIECE, 7, 8, SEP_PIECE, CLS_PIECE, 9, SEP_PIECE]]
    assert casings.tolist() == [[0, 1, 2, 0, 0, 3, 0]]
    assert mask.all()
