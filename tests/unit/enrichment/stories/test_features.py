"""Tests of the features of an article for comparison with stories."""

from __future__ import annotations

import pytest

from services.contracts.event.story_features import StoryFeatures
from services.enrichment.stories.features.extraction import FACTS, LEAD, NAME, TERMS, extract_features
from services.enrichment.stories.features.rarity import measure_english
from services.enrichment.stories.features.tokens import split_tokens, stem
from services.enrichment.stories.similarity.article_view import view_article
from services.errors import PermanentError


@pytest.mark.parametrize(
    "forms", [("cables", "cable"), ("parties", "party"), ("killing", "killed"), ("mayor's", "mayor")]
)
def test_forms_of_a_word_share_their_stem(forms: tuple[str, str]) -> None:
    """Plural, past, gerund and possessive of a word have one stem."""
    assert stem(forms[0]) == stem(forms[1])


def test_numbers_and_words_are_separate_tokens() -> None:
    """A number has no separators of thousands, and a name with digits stays one word."""
    tokens = [(token.stem, token.is_number) for token in split_tokens("Q10 sold 12,500 units.")]
    assert tokens == [("q10", False), ("sold", False), ("12500", True), ("unit", False)]


def test_common_words_are_left_out() -> None:
    """A word that most articles have is no term."""
    words = extract_features(None, "The mayor of Brindlewick said that it was the flood.", "en").words.split()
    assert "Brindlewick" in words and not {"The", "of", "that", "was"} & set(words)


def test_names_and_lead_have_roles() -> None:
    """A capitalised word within a sentence is a name; only the beginning of a text is its lead."""
    filler = " ".join(f"pebble{number}" for number in range(80))
    view = view_article(extract_features(None, f"Yesterday the ferry Calloway sank. {filler} quagmire", "en"))
    roles = {term.word: term.roles for term in view.terms}
    assert roles["Calloway"] & NAME and roles["Calloway"] & LEAD
    assert not roles["ferry"] & NAME


def test_dates_and_numbers_are_facts() -> None:
    """A month next to a number is a date, and a number has the meaning of the word next to it."""
    facts = extract_features(None, "On May 14, 2009 a quake of magnitude 5.6 hit; 1,200 fled.", "en").facts
    assert {"date 5-14", "year 2009", "slot magnitude 5.6", "number 1200"} <= set(facts)


@pytest.mark.parametrize("text", ["", "a", "\n\n", "…", "1" * 5_000, "x" * 100_000, "東京で火災" * 50, "\ud800 word"])
def test_any_text_has_features(text: str) -> None:
    """Text of any kind gives features that can be read."""
    for language in ("en", "ja", "und", ""):
        features = extract_features(None, text, language)
        view = view_article(features)
        assert len(view.terms) <= TERMS and len(features.facts) <= FACTS


def test_unreadable_features_are_permanent_errors() -> None:
    """Features that no build wrote are refused and raise nothing else."""
    for words, terms in (("a b", "AAAA"), ("a", "?"), ("", "AAAAAAAAAAAA"), ("a b", "")):
        with pytest.raises(PermanentError):
            view_article(StoryFeatures(words=words, terms=terms))


def test_a_rare_word_is_rarer_than_a_common_one() -> None:
    """The table knows common words, and a word that it does not know is rare."""
    assert measure_english("the") < measure_english("company") < measure_english("zyxw")
