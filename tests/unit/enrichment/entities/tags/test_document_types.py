"""Evidence of types from the whole article."""

from __future__ import annotations

from services.enrichment.entities.tags.document_types import weigh_document
from services.enrichment.entities.tags.occurrences import WordRow
from tests.unit.enrichment.entities.tagged import TaggedSentence, apply, text

UNCLEAR = {"B-PER": 0.6, "B-ORG": 0.3}
PERSON = text("said Mara Lindqvist .", Mara="B-PER", Lindqvist="I-PER")
FILLER = [text("it rained .") for _ in range(4)]


def weigh(*sentences: TaggedSentence) -> list[tuple[str, str]]:
    def evidence(article: WordRow) -> None:
        weigh_document(article, 0)

    return apply(evidence, *sentences)


def test_a_lone_name_is_hardly_a_person_where_persons_have_whole_names() -> None:
    """An article that introduces its persons by whole names means no person by an unclear name of one word."""
    party = text("then Velmo voted .", Velmo=UNCLEAR)
    assert ("Velmo", "ORG") in weigh(PERSON, party, *FILLER)
    assert ("Velmo", "PER") in weigh(party, *FILLER)
    assert ("Velmo", "PER") in weigh(PERSON, party)


def test_a_surname_a_title_and_an_acronym_stay_persons() -> None:
    """A word that belongs to a whole name, follows a title or is an acronym stays a person."""
    again = text("then Lindqvist voted .", Lindqvist=UNCLEAR)
    titled = text("then President Velmo voted .", Velmo=UNCLEAR)
    acronym = text("then VLM voted .", VLM=UNCLEAR)
    found = weigh(PERSON, again, titled, acronym, *FILLER)
    assert [kind for _, kind in found] == ["PER"] * 4


def test_a_name_with_a_plural_is_of_a_people() -> None:
    """A place has no plural."""
    unclear = {"B-LOC": 0.7, "B-MISC": 0.2}
    singular = text("the Velgur village", Velgur={"B-MISC": 0.5, "B-LOC": 0.4})
    plural = text("for Velgurs and others", Velgurs=unclear)
    assert weigh(singular, plural) == [("Velgur", "MISC"), ("Velgurs", "MISC")]
    assert weigh(text("for Velgurs and others", Velgurs=unclear)) == [("Velgurs", "LOC")]


def test_an_unclear_word_may_end_as_names_of_peoples_do() -> None:
    """The end of an unknown word says that it is of a people."""
    assert weigh(text("a Tarnbese colony", Tarnbese={"B-LOC": 0.7, "B-MISC": 0.2})) == [("Tarnbese", "MISC")]
    whole = text("the Tarnbian Fund", Tarnbian={"B-ORG": 0.7, "B-MISC": 0.2}, Fund="I-ORG")
    assert weigh(whole) == [("Tarnbian Fund", "ORG")]


def test_a_noun_before_a_name_says_that_it_is_an_organisation() -> None:
    """A company is one, whatever its name looks like."""
    tags = {"Velmo": {"B-PER": 0.75, "B-ORG": 0.2}, "Tarn": {"I-PER": 0.75, "I-ORG": 0.2}}
    assert weigh(text("the textile company Velmo Tarn said", **tags)) == [("Velmo Tarn", "ORG")]
    assert weigh(text("the tall Velmo Tarn said", **tags)) == [("Velmo Tarn", "PER")]


def test_an_article_begins_with_its_place() -> None:
    """A name and a mark at the beginning of the body are its dateline."""
    unclear = {"B-ORG": 0.5, "B-LOC": 0.3}
    assert weigh(text("Velmo : The ministry said", Velmo=unclear)) == [("Velmo", "LOC")]
    assert weigh(text("Velmo said : The ministry", Velmo=unclear)) == [("Velmo", "ORG")]
