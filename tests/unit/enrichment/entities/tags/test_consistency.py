"""Consistency within an article: one name has one type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.encoder import TagProbabilities
from services.enrichment.entities.tags.consistency import HEADLINE_TRUST, build_consistency_revision
from services.enrichment.labels import TAG_INDEX, TAGS
from services.enrichment.models.tag_decoding import decode_tags

Reading = Mapping[str, float]
"""Probabilities of some tags of one word; O has the rest."""


def sentence(*readings: tuple[str, Reading]) -> tuple[list[str], TagProbabilities]:
    rows = np.zeros((len(readings), len(TAGS)))
    for row, (_, reading) in enumerate(readings):
        for tag, probability in reading.items():
            rows[row, TAG_INDEX[tag]] = probability
    rows[:, TAG_INDEX["O"]] += 1 - rows.sum(axis=1)
    return [word for word, _ in readings], rows


def tag(*sentences: tuple[list[str], TagProbabilities], trust: Sequence[float] | None = None) -> list[list[str]]:
    words, rows = [list(column) for column in zip(*sentences, strict=True)]
    return decode_tags(build_consistency_revision(trust)(words, rows))


COMPANY = sentence(("Shares", {}), ("of", {}), ("Solvara", {"B-ORG": 0.95, "B-PER": 0.03}), ("fell", {}))


def test_a_sure_body_overrules_a_headline() -> None:
    """A body that is sure of a company's type overrules a headline whose verb suggests a person."""
    headline = sentence(("Solvara", {"B-PER": 0.7, "B-ORG": 0.2}), ("wins", {}), ("approval", {}))
    assert tag(headline, COMPANY, trust=[HEADLINE_TRUST, 1.0])[0][0] == "B-ORG"
    assert tag(headline)[0][0] == "B-PER"


def test_two_sure_mentions_keep_their_types() -> None:
    """Two contradictory mentions that are equally sure both keep their own type."""
    place = sentence(("Pontelar", {"B-LOC": 0.9, "B-ORG": 0.1}), ("slept", {}))
    club = sentence(("Pontelar", {"B-ORG": 0.9, "B-LOC": 0.1}), ("scored", {}))
    first, second = build_consistency_revision()([place[0], club[0]], [place[1], club[1]])
    assert first[0, TAG_INDEX["B-LOC"]] >= first[0, TAG_INDEX["B-ORG"]] - 1e-9
    assert second[0, TAG_INDEX["B-ORG"]] >= second[0, TAG_INDEX["B-LOC"]] - 1e-9


def test_the_body_wins_a_tie() -> None:
    """The body's type is used if headline and body are equally sure."""
    headline = sentence(("Pontelar", {"B-LOC": 0.9, "B-ORG": 0.1}), ("slept", {}))
    body = sentence(("Pontelar", {"B-ORG": 0.9, "B-LOC": 0.1}), ("scored", {}))
    assert [tags[0] for tags in tag(headline, body, trust=[HEADLINE_TRUST, 1.0])] == ["B-ORG", "B-ORG"]


def test_a_surname_is_a_person_because_of_the_full_name() -> None:
    """A surname that the encoder read as a place in the headline is a person if the body has the person's full name."""
    headline = sentence(("Larsen", {"B-LOC": 0.6, "B-PER": 0.3}), ("agrees", {}))
    body = sentence(("Anna", {"B-PER": 0.97}), ("Larsen", {"I-PER": 0.97}), ("agreed", {}))
    assert tag(headline, body)[0][0] == "B-PER"


def test_clear_mentions_help_to_find_a_doubtful_one() -> None:
    """A doubtful mention is found if the article has clear mentions of the same name."""
    doubtful = sentence(("Solvara", {"B-ORG": 0.3}), ("rose", {}))
    assert tag(doubtful)[0][0] == "O"
    assert tag(doubtful, COMPANY, COMPANY)[0][0] == "B-ORG"


def test_a_word_that_is_surely_no_name_stays_one() -> None:
    """A word that is surely no name stays one, even if another sentence has it as a sure name."""
    word = sentence(("They", {}), ("may", {"B-PER": 0.002}), ("go", {}))
    name = sentence(("may", {"B-PER": 0.9}), ("spoke", {}))
    assert tag(word, name, name)[0] == ["O", "O", "O"]


def test_a_longer_name_is_not_cut() -> None:
    """A country's name in another sentence does not cut it out of a ministry's longer name."""
    ministry = sentence(
        ("Velm", {"B-ORG": 0.9, "B-LOC": 0.08}), ("Port", {"I-ORG": 0.95}), ("Council", {"I-ORG": 0.95})
    )
    country = sentence(("Velm", {"B-LOC": 0.97}), ("agreed", {}))
    assert tag(ministry, country, country, country)[0] == ["B-ORG", "I-ORG", "I-ORG"]


def test_a_name_in_capitals_is_the_same_name() -> None:
    """A name in capitals has the type of the same name in normal letters."""
    headline = sentence(("SOLVARA", {"B-PER": 0.6, "B-ORG": 0.3}), ("WINS", {}))
    assert tag(headline, COMPANY, COMPANY)[0][0] == "B-ORG"


def test_a_name_without_its_accents_is_the_same_name() -> None:
    """A headline that leaves out accents has the type of the name in the body."""
    headline = sentence(("Lodz", {"B-PER": 0.6, "B-LOC": 0.3}), ("waits", {}))
    body = sentence(("in", {}), ("Łódź", {"B-LOC": 0.95}), ("today", {}))
    assert tag(headline, body, body)[0][0] == "B-LOC"


def test_a_month_does_not_take_a_first_name() -> None:
    """A word that is no name elsewhere stays in the name of the person that it begins."""
    person = sentence(("April", {"B-PER": 0.6}), ("Lindqvist", {"I-PER": 0.5, "B-PER": 0.45}), ("won", {}))
    month = sentence(("in", {}), ("April", {}), ("they", {}))
    alone = sentence(("Lindqvist", {"B-PER": 0.9}), ("left", {}))
    assert tag(person, month, month, alone)[0] == ["B-PER", "I-PER", "O"]


def test_a_country_does_not_take_a_first_name_and_the_person_not_the_country() -> None:
    """Each keeps its mentions where the article calls the person by the surname."""
    person = sentence(("Sydney", {"B-PER": 0.5, "B-LOC": 0.3}), ("Okafor", {"I-PER": 0.5, "B-PER": 0.4}), ("left", {}))
    place = sentence(("in", {}), ("Sydney", {"B-LOC": 0.95}), ("today", {}))
    doubtful = sentence(("Sydney", {"B-PER": 0.7, "B-LOC": 0.2}), ("waited", {}))
    alone = sentence(("Okafor", {"B-PER": 0.95}), ("left", {}))
    tags = tag(person, place, doubtful, alone)
    assert tags[0] == ["B-PER", "I-PER", "O"]
    assert (tags[1][1], tags[2][0]) == ("B-LOC", "B-LOC")


def test_a_sentence_without_weight_has_no_names() -> None:
    """Names in an article's credits are no mentions."""
    assert tag(COMPANY, COMPANY, trust=[1.0, 0.0])[1] == ["O"] * 4


def test_an_acronym_has_the_type_of_its_long_form() -> None:
    """An acronym in parentheses after a name has the name's type."""
    defined = sentence(
        ("Tarnby", {"B-ORG": 0.98}),
        ("Port", {"I-ORG": 0.98}),
        ("Council", {"I-ORG": 0.98}),
        ("(", {}),
        ("TPC", {"B-ORG": 0.4, "B-MISC": 0.5}),
        (")", {}),
    )
    assert tag(defined)[0][4] == "B-ORG"


def test_an_acronym_before_its_long_form_shares_its_type() -> None:
    """The order of acronym and long form makes no difference."""
    defined = sentence(
        ("TPC", {"B-ORG": 0.4, "B-MISC": 0.5}),
        ("(", {}),
        ("Tarnby", {"B-ORG": 0.98}),
        ("Port", {"I-ORG": 0.98}),
        ("Council", {"I-ORG": 0.98}),
        (")", {}),
    )
    assert tag(defined)[0][0] == "B-ORG"


def test_a_company_without_its_legal_form_is_a_company() -> None:
    """A name that is a company with its legal form is a company without it too."""
    full = sentence(("Solvara", {"B-ORG": 0.95}), ("Group", {"I-ORG": 0.95}), ("rose", {}))
    assert tag(sentence(("Solvara", {"B-LOC": 0.5, "B-ORG": 0.3}), ("fell", {})), full)[0][0] == "B-ORG"


def test_a_name_without_related_mentions_is_unchanged() -> None:
    """A name without any related mention keeps its probabilities exactly."""
    words, rows = COMPANY
    (revised,) = build_consistency_revision()([words], [rows])
    assert revised == pytest.approx(rows, abs=1e-12)


_words = st.sampled_from(
    """Velm velm VELM Port Council ( VPC ) said 's 'S - led based R , $ HK < > : 12 3.5 . May Ørsted Orsted Dr of é
    \u0301""".split()
)


@given(st.lists(st.lists(_words, max_size=8), max_size=5), st.integers(0, 2**31))
def test_rows_remain_distributions_of_the_same_shape(words: list[list[str]], seed: int) -> None:
    """Each word keeps one distribution over the tags for any input, and the input is not changed."""
    rows = [np.random.default_rng(seed).dirichlet(np.full(len(TAGS), 0.3), len(each)) for each in words]
    before = [each.copy() for each in rows]
    revised = build_consistency_revision()(words, rows)
    assert [each.shape for each in revised] == [each.shape for each in rows]
    for old, kept, new in zip(rows, before, revised, strict=True):
        assert (old == kept).all()
        assert (new >= 0).all()
        assert new.sum(axis=1) == pytest.approx(np.ones(len(new)))
