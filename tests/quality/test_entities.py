"""Entities of sentences that the project wrote."""

from __future__ import annotations

import pytest

from services.enrichment.encoder import Encoder, read_sentences
from tests.quality.marked import read_entities

FLOOR = 0.95
"""Lowest exact F1 on running text."""

pytestmark = pytest.mark.weights


def test_entities_of_running_text_stay_above_their_floor(encoder: Encoder) -> None:
    """The exact spans and types in running text, tokenised by the run-time code, reach the pinned F1."""
    both = found = wanted = 0
    for sentence, gold in read_entities():
        (reading,) = read_sentences(encoder, [sentence])
        spans = {(span.start, span.end, span.type) for span in reading.spans}
        both += len(spans & gold)
        found += len(spans)
        wanted += len(gold)
    assert 2 * both / (found + wanted) >= FLOOR
