"""Windows: sentences split into parts, and parts grouped into batches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.models.pieces import CLS_PIECE, SEP_PIECE, Pieces
from services.enrichment.models.session import BATCH_PIECES, lay_out, plan_batches
from services.enrichment.models.windows import MAX_PIECES, split_into_windows

lengths = st.lists(st.integers(0, 900), max_size=20)


@given(st.integers(0, 3000))
def test_parts_cover_their_sentence_once(length: int) -> None:
    """Each piece of a sentence is read from exactly one part, and no part is too long."""
    parts = split_into_windows(0, length)
    kept = [piece for part in parts for piece in range(part.keep_start, part.keep_end)]
    assert kept == list(range(length))
    assert all(part.start <= part.keep_start <= part.keep_end <= part.end for part in parts)
    assert all(part.size <= MAX_PIECES for part in parts)


@given(lengths)
def test_batches_have_all_parts_and_one_length(sizes: list[int]) -> None:
    """Batches contain every part once, have one length each, and stay within the limit of pieces."""
    parts = [part for index, size in enumerate(sizes) for part in split_into_windows(index, size)]
    batches = plan_batches(parts)
    assert sorted((part.sentence, part.start) for batch in batches for part in batch) == [
        (part.sentence, part.start) for part in parts
    ]
    for batch in batches:
        assert len({part.size for part in batch}) == 1
        assert batch[0].size * len(batch) <= BATCH_PIECES


def test_each_sentence_is_between_special_pieces() -> None:
    """A row is the first special piece, the sentence and the last special piece."""
    sentences = [Pieces([7, 8], [1, 2], [(0, 1), (1, 2)], [0, 1], [], []), Pieces([9, 5], [3, 0], [], [], [], [])]
    feeds = lay_out([split_into_windows(0, 2)[0], split_into_windows(1, 2)[0]], sentences)
    assert feeds["ids"].tolist() == [[CLS_PIECE, 7, 8, SEP_PIECE], [CLS_PIECE, 9, 5, SEP_PIECE]]
    assert feeds["casings"].tolist() == [[0, 1, 2, 0], [0, 3, 0, 0]]
