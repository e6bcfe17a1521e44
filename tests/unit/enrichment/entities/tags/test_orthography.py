"""What spelling says about names."""

from __future__ import annotations

import pytest

from services.enrichment.entities.tags.orthography import apply_spelling
from tests.unit.enrichment.entities.tagged import Reading, TaggedSentence, apply, sentence, text

PLACE: Reading = {"B-LOC": 0.9}
PERSON: Reading = {"B-PER": 0.9}
MORE_PLACE: Reading = {"I-LOC": 0.9}


@pytest.mark.parametrize(
    "written",
    [
        "Tarnby < TRNB >",
        "Tarnby < TRNB . L >",
        "Tarnby ( NASDAQ : TRNB )",
        "Tarnby ( LSE : TRNB )",
        "Tarnby ( TRNB . L )",
    ],
)
def test_a_ticker_in_brackets_is_no_name(written: str) -> None:
    """A company keeps its name, and the ticker behind it is none."""
    assert apply(apply_spelling, text(written, Tarnby="B-ORG", TRNB="B-ORG"))[:1] == [("Tarnby", "ORG")]
    assert all(name != "TRNB" for name, _ in apply(apply_spelling, text(written, Tarnby="B-ORG", TRNB="B-ORG")))


@pytest.mark.parametrize("written", ["< Tarnby Lines >", "( Tarnby )", "( see Tarnby : a history )", "( Tarnby"])
def test_a_name_in_brackets_stays_one(written: str) -> None:
    """Brackets around several words, or without an exchange, do not make a ticker."""
    assert ("Tarnby", "ORG") in [
        (name.split()[0], kind) for name, kind in apply(apply_spelling, text(written, Tarnby="B-ORG"))
    ]


def test_a_cashtag_is_no_name() -> None:
    """A dollar sign before letters marks a ticker."""
    assert apply(apply_spelling, text("They pushed $ TRNB up", TRNB="B-ORG")) == []


@pytest.mark.parametrize("code", ["HK", "NT", "US", "A", "U.S."])
def test_a_country_code_before_a_currency_sign_is_no_name(code: str) -> None:
    """HK$ is money, and no place."""
    assert apply(apply_spelling, sentence("cost", (code, {"B-LOC": 0.8}), ("$", {"I-LOC": 0.6}), "500")) == []


def test_a_name_before_an_amount_stays_one() -> None:
    """Only a short code in capitals belongs to a currency sign."""
    assert apply(apply_spelling, text("paid Tarnby $ 500", Tarnby="B-ORG")) == [("Tarnby", "ORG")]


def compound(first: str, last: str, reading: Reading, inner: float = 0.7) -> TaggedSentence:
    return sentence("A", (first, reading), ("-", {"I-MISC": inner}), (last, {"I-MISC": inner}), "group")


def test_a_name_ends_before_a_word_in_lower_case() -> None:
    """What the encoder takes for one word of the type MISC is a name and a common word."""
    assert apply(apply_spelling, compound("Velm", "led", {"B-MISC": 0.7, "B-ORG": 0.2})) == [("Velm", "ORG")]
    assert apply(apply_spelling, compound("Velm", "backed", {"B-MISC": 0.8, "B-LOC": 0.12})) == [("Velm", "LOC")]


def test_a_nationality_before_a_word_in_lower_case_stays_one() -> None:
    """Where no other type is likely, the type stays."""
    assert apply(apply_spelling, compound("Danish", "led", {"B-MISC": 0.97})) == [("Danish", "MISC")]


def test_a_known_compound_stays_a_name() -> None:
    """An encoder that is certain knows the compound as a name."""
    assert apply(apply_spelling, compound("Velm", "ray", {"B-MISC": 0.95}, 0.95)) == [("Velm - ray", "MISC")]


def test_a_given_name_after_a_hyphen_stays_in_the_name() -> None:
    """Persons' names may go on in lower case."""
    person = sentence(("Seo", {"B-PER": 0.9}), ("Min", {"I-PER": 0.9}), ("-", {"I-PER": 0.8}), ("jae", {"I-PER": 0.8}))
    assert apply(apply_spelling, person) == [("Seo Min - jae", "PER")]


@pytest.mark.parametrize("word", ["based", "born"])
def test_where_something_is_based_is_a_place(word: str) -> None:
    """A person is no place to be based in."""
    based = sentence(("Velm", {"B-PER": 0.6, "B-LOC": 0.2}), "-", word, "Solvara")
    assert apply(apply_spelling, based) == [("Velm", "LOC")]


@pytest.mark.parametrize("party", ["R", "D", "I"])
def test_a_party_is_no_part_of_a_place(party: str) -> None:
    """R-Ohio names Ohio."""
    senator = sentence("(", (party, PLACE), ("-", MORE_PLACE), ("Velm", MORE_PLACE), (".", MORE_PLACE), ")")
    assert apply(apply_spelling, senator) == [("Velm .", "LOC")]


def test_a_letter_and_a_hyphen_stay_in_other_names() -> None:
    """Companies begin with a letter and a hyphen too."""
    company = sentence(("V", {"B-ORG": 0.9}), ("-", {"I-ORG": 0.9}), ("Solvara", {"I-ORG": 0.9}))
    assert apply(apply_spelling, company) == [("V - Solvara", "ORG")]


def test_a_letter_before_a_common_word_is_no_name() -> None:
    """The C of C-suite names nothing."""
    assert apply(apply_spelling, sentence("the", ("C", {"B-MISC": 0.6}), "-", "suite")) == []


def test_a_comma_parts_places() -> None:
    """A town and its country are two places."""
    town = sentence("in", ("Velm", PLACE), (",", MORE_PLACE), ("North", MORE_PLACE), ("Tarnby", MORE_PLACE), ".")
    assert apply(apply_spelling, town) == [("Velm", "LOC"), ("North Tarnby", "LOC")]


def test_a_comma_stays_in_an_organisation() -> None:
    """The comma of a ministry is part of its name."""
    ministry = sentence(*((word, {"I-ORG" if at else "B-ORG": 0.9}) for at, word in enumerate("Trade , Sport".split())))
    assert apply(apply_spelling, ministry) == [("Trade , Sport", "ORG")]


def test_a_common_noun_is_no_name() -> None:
    """A word that the article writes in lower case is no name, neither there nor where a sentence begins with it."""
    disease = {"B-MISC": 0.9}
    first = sentence("the", ("velmpox", disease), "spread")
    again = sentence(("Velmpox", disease), "kills")
    assert apply(apply_spelling, first, again) == []


def test_a_capitalised_name_inside_a_sentence_stays() -> None:
    """Only the beginning of a sentence makes a common noun capitalised."""
    name = sentence("the", ("Velmpox", {"B-MISC": 0.9}), "spread")
    assert apply(apply_spelling, name, sentence("the", ("velmpox", {"B-MISC": 0.9}), "spread")) == [("Velmpox", "MISC")]


def test_a_noun_at_the_beginning_of_sentences_is_no_person() -> None:
    """A word that only begins sentences with a capital, and is in lower case elsewhere, names no person."""
    sentences = [
        sentence(("Velmpox", PERSON), "kills"),
        sentence("doctors", "fight", "velmpox"),
        sentence(("Velmpox", PERSON), "spreads"),
    ]
    assert apply(apply_spelling, *sentences) == []


@pytest.mark.parametrize(
    "other",
    [
        sentence("a", "rose", "for", ("Rose", PERSON)),
        sentence("they", "met", ("Rose", PERSON), ("Tarn", {"I-PER": 0.9}), "where", "prices", "rose"),
        sentence("nothing", "grew"),
    ],
)
def test_a_person_at_the_beginning_of_a_sentence_stays(other: TaggedSentence) -> None:
    """A name with a capital inside a sentence is a name, and so is a word that the article never has in lower case."""
    assert ("Rose", "PER") in apply(apply_spelling, sentence(("Rose", PERSON), "won"), other)


def test_a_whole_name_and_a_body_at_the_beginning_of_a_sentence_stay() -> None:
    """The army of a country is written in both ways, and a first name may be a common word too."""
    names = sentence(("Rose", PERSON), ("Tarn", {"I-PER": 0.9})), sentence(("Army", {"B-ORG": 0.9}), "advances")
    others = sentence("prices", "rose"), sentence("the", "army", "rests")
    assert apply(apply_spelling, *names, *others) == [("Rose Tarn", "PER"), ("Army", "ORG")]


def test_lower_case_inside_a_name_stays() -> None:
    """Words in lower case are parts of titles of films and songs."""
    words = (("Song", {"B-MISC": 0.9}), ("of", {"I-MISC": 0.9}), ("the", {"I-MISC": 0.9}), ("sea", {"I-MISC": 0.9}))
    assert apply(apply_spelling, sentence(*words)) == [("Song of the sea", "MISC")]


def test_the_first_word_of_a_table_row_needs_more_evidence() -> None:
    """Column heads are capitalised; a team of which the encoder is certain stays."""
    head = sentence(("Revs", {"B-ORG": 0.5}), "12", "mln", "vs", "11", "mln")
    team = sentence(("Tarnby", {"B-ORG": 0.95}), "5", "3", "1", "1")
    prose = sentence(("Revs", {"B-ORG": 0.5}), "rose", "in", "the", "north")
    assert apply(apply_spelling, head, team, prose) == [("Tarnby", "ORG"), ("Revs", "ORG")]
