"""Composed headlines: their labels follow from their parts."""

from __future__ import annotations

import re
from collections import Counter

from services.training.article.composed import compose_headlines


def test_headlines_depend_on_the_seed_alone_and_are_distinct() -> None:
    """The same seed gives the same headlines, another seed others, and none comes twice."""
    texts = [text for text, _ in compose_headlines(1)]
    assert texts == [text for text, _ in compose_headlines(1)]
    assert texts != [text for text, _ in compose_headlines(2)]
    assert len(texts) == len(set(texts))


def test_no_gap_stays_open_and_every_polarity_is_there() -> None:
    """Every headline is complete, begins with a capital or a digit, and each polarity has more than a hundred."""
    composed = compose_headlines(3)
    assert not [text for text, _ in composed if re.search(r"[{}]|  ", text) or text[:1].islower()]
    assert min(Counter(polarity for _, polarity in composed).values()) > 100


def test_a_change_is_judged_by_the_quantity_and_its_direction() -> None:
    """More infections are bad news and fewer are good news; with profits it is the other way round."""
    rise, fall = re.compile(r" (rise|soar|climb|grow)"), re.compile(r" (fall|drop|sink|plunge)")
    for text, polarity in compose_headlines(4):
        if text.startswith(("Infections", "Profits")) and (rise.search(text) or fall.search(text)):
            is_good = bool(rise.search(text)) == text.startswith("Profits")
            assert polarity == ("positive" if is_good else "negative"), text
