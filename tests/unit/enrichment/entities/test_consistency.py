"""One name is one thing throughout an article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.encoder import TagProbabilities
from services.enrichment.entities.consistency import HEADLINE_TRUST, make_consistent
from services.enrichment.labels import TAG_INDEX, TAGS
from services.enrichment.models.tag_decoding import decode_tags

Reading = Mapping[str, float]
"""Probabilities of some tags of one word; the rest is O's."""


def sentence(*readings: tuple[str, Reading]) -> tuple[list[str], TagProbabilities]:
    rows = np.zeros((len(readings), len(TAGS)))
    for row, (_, reading) in enumerate(readings):
        for tag, probability in reading.items():
            rows[row, TAG_INDEX[tag]] = probability
    rows[:, TAG_INDEX["O"]] += 1 - rows.sum(axis=1)
    return [word for word, _ in readings], rows


def tag(*sentences: tuple[list[str], TagProbabilities], trust: Sequence[float] | None = None) -> list[list[str]]:
    words, rows = [list(column) for column in zip(*sentences, strict=True)]
    return decode_tags(make_consistent(trust)(words, rows))


COMPANY = sentence(("Shares", {}), ("of", {}), ("Solvara", {"B-ORG": 0.95, "B-PER": 0.03}), ("fell", {}))


def test_the_body_decides_what_a_headline_leaves_open() -> None:
    """A company that a headline's verb makes a person is a company, since the body is sure of it."""
    headline = sentence(("Solvara", {"B-PER": 0.7, "B-ORG": 0.2}), ("wins", {}), ("approval", {}))
    assert tag(headline, COMPANY, trust=[HEADLINE_TRUST, 1.0])[0][0] == "B-ORG"
    assert tag(headline)[0][0] == "B-PER"


def test_two_sure_places_never_change_sides() -> None:
    """Where one place contradicts another and both are as sure, neither takes the other's type for its own."""
    place = sentence(("Pontelar", {"B-LOC": 0.9, "B-ORG": 0.1}), ("slept", {}))
    club = sentence(("Pontelar", {"B-ORG": 0.9, "B-LOC": 0.1}), ("scored", {}))
    first, second = make_consistent()([place[0], club[0]], [place[1], club[1]])
    assert first[0, TAG_INDEX["B-LOC"]] >= first[0, TAG_INDEX["B-ORG"]] - 1e-9
    assert second[0, TAG_INDEX["B-ORG"]] >= second[0, TAG_INDEX["B-LOC"]] - 1e-9


def test_a_headline_yields_to_the_body_in_a_tie() -> None:
    """As sure as each other, the body is believed."""
    headline = sentence(("Pontelar", {"B-LOC": 0.9, "B-ORG": 0.1}), ("slept", {}))
    body = sentence(("Pontelar", {"B-ORG": 0.9, "B-LOC": 0.1}), ("scored", {}))
    assert [tags[0] for tags in tag(headline, body, trust=[HEADLINE_TRUST, 1.0])] == ["B-ORG", "B-ORG"]


def test_a_surname_is_a_person_because_of_the_full_name() -> None:
    """A surname that a headline makes a place is the person whose full name the body gives."""
    headline = sentence(("Larsen", {"B-LOC": 0.6, "B-PER": 0.3}), ("agrees", {}))
    body = sentence(("Anna", {"B-PER": 0.97}), ("Larsen", {"I-PER": 0.97}), ("agreed", {}))
    assert tag(headline, body)[0][0] == "B-PER"


def test_a_missed_mention_is_found_by_the_clear_ones() -> None:
    """A doubtful place is found when the article names the same elsewhere."""
    doubtful = sentence(("Solvara", {"B-ORG": 0.3}), ("rose", {}))
    assert tag(doubtful)[0][0] == "O"
    assert tag(doubtful, COMPANY, COMPANY)[0][0] == "B-ORG"


def test_a_place_that_is_surely_no_name_stays_none() -> None:
    """Elsewhere's certainty does not overrule a place's own."""
    word = sentence(("They", {}), ("may", {"B-PER": 0.002}), ("go", {}))
    name = sentence(("may", {"B-PER": 0.9}), ("spoke", {}))
    assert tag(word, name, name)[0] == ["O", "O", "O"]


def test_a_part_of_a_longer_name_stays_in_it() -> None:
    """A country elsewhere does not cut a ministry's name in two."""
    ministry = sentence(
        ("Velm", {"B-ORG": 0.9, "B-LOC": 0.08}), ("Port", {"I-ORG": 0.95}), ("Council", {"I-ORG": 0.95})
    )
    country = sentence(("Velm", {"B-LOC": 0.97}), ("agreed", {}))
    assert tag(ministry, country, country, country)[0] == ["B-ORG", "I-ORG", "I-ORG"]


def test_a_shouted_headline_is_the_same_name() -> None:
    """Capitals do not hide a name."""
    headline = sentence(("SOLVARA", {"B-PER": 0.6, "B-ORG": 0.3}), ("WINS", {}))
    assert tag(headline, COMPANY, COMPANY)[0][0] == "B-ORG"


def test_an_acronym_is_what_its_long_form_is() -> None:
    """What stands in parentheses behind a name shares its type."""
    defined = sentence(
        ("Tarnby", {"B-ORG": 0.98}),
        ("Port", {"I-ORG": 0.98}),
        ("Council", {"I-ORG": 0.98}),
        ("(", {}),
        ("TPC", {"B-ORG": 0.4, "B-MISC": 0.5}),
        (")", {}),
    )
    assert tag(defined)[0][4] == "B-ORG"


def test_a_company_is_one_without_its_form_too() -> None:
    """What is somewhere called a group is a company where it is not."""
    full = sentence(("Solvara", {"B-ORG": 0.95}), ("Group", {"I-ORG": 0.95}), ("rose", {}))
    assert tag(sentence(("Solvara", {"B-LOC": 0.5, "B-ORG": 0.3}), ("fell", {})), full)[0][0] == "B-ORG"


def test_a_lone_name_is_left_alone() -> None:
    """What stands once and is related to nothing keeps its probabilities to the last digit."""
    words, rows = COMPANY
    (revised,) = make_consistent()([words], [rows])
    assert revised == pytest.approx(rows, abs=1e-12)


_words = st.sampled_from(["Velm", "velm", "VELM", "Port", "Council", "(", "VPC", ")", "said"])


@given(st.lists(st.lists(_words, max_size=6), max_size=5), st.integers(0, 2**31))
def test_rows_stay_distributions_of_the_same_shape(words: list[list[str]], seed: int) -> None:
    """Whatever is read, each word keeps one distribution over the tags, and the input is not changed."""
    rows = [np.random.default_rng(seed).dirichlet(np.full(len(TAGS), 0.3), len(each)) for each in words]
    before = [each.copy() for each in rows]
    revised = make_consistent()(words, rows)
    assert [each.shape for each in revised] == [each.shape for each in rows]
    for old, kept, new in zip(rows, before, revised, strict=True):
        assert (old == kept).all()
        assert (new >= 0).all()
        assert new.sum(axis=1) == pytest.approx(np.ones(len(new)))
