"""Sentiment toward an entity from single judgements."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.encoder import NEUTRAL, Probabilities
from services.enrichment.entities.attitude.attitudes import ArticleContext, Attitude, Judgement, Role, judge_entity
from services.enrichment.labels import POLARITIES

AGAINST = Probabilities(negative=0.95, neutral=0.03, positive=0.02)
FOR = Probabilities(negative=0.02, neutral=0.03, positive=0.95)
PLAIN = Probabilities(negative=0.05, neutral=0.9, positive=0.05)

BAD_NEWS = Probabilities(negative=0.9, neutral=0.07, positive=0.03)
MILD = Probabilities(negative=0.05, neutral=0.35, positive=0.6)

PASSING = Role("PER", 1)
SUBJECT = Role("PER", 5, is_main=True)


def judge(
    judgements: list[Judgement], sentences: list[str], role: Role = PASSING, news: Probabilities = NEUTRAL
) -> Attitude:
    """Judge an entity in an article whose sentences are plain as a whole."""
    return judge_entity(judgements, role, ArticleContext(sentences, [(PLAIN, 1.0)] * len(sentences), news))


probabilities = st.tuples(*[st.floats(0.01, 1)] * 3).map(
    lambda values: Probabilities(*(value / sum(values) for value in values))
)


def test_a_judgement_that_may_be_of_another_makes_the_sentiment_uncertain() -> None:
    """Open blame lowers the probability of praise, and does not count as blame."""
    praise = Judgement(0, 0, FOR, 1.0)
    clear = judge([praise], ["", ""])
    open_ = judge([praise, *[Judgement(1, place, AGAINST, 0.9, is_open=True) for place in range(4)]], ["", ""])
    assert clear.is_certain
    assert not open_.is_certain
    assert open_.sentiment.positive < clear.sentiment.positive
    assert open_.sentiment.polarity != "negative"


def test_a_judgement_that_changes_nothing_leaves_the_sentiment_certain() -> None:
    """Open praise of someone who is praised anyway changes neither the sentiment nor its certainty."""
    praise = Judgement(0, 0, FOR, 1.0)
    assert judge([praise, Judgement(1, 0, FOR, 0.4, is_open=True)], ["", ""]) == judge([praise], ["", ""])


@given(probabilities, st.lists(st.tuples(probabilities, st.floats(0.2, 0.7)), max_size=5))
def test_open_judgements_never_make_the_opposite(own: Probabilities, others: list[tuple[Probabilities, float]]) -> None:
    """Whatever may be about an entity, its polarity stays the same or becomes neutral."""
    clear = Judgement(0, 0, own, 1.0)
    possible = [Judgement(0, place, each, share, is_open=True) for place, (each, share) in enumerate(others, 1)]
    before, after = judge([clear], [""]), judge([clear, *possible], [""])
    assert after.sentiment.polarity in (before.sentiment.polarity, "neutral")
    assert abs(sum(getattr(after.sentiment, polarity) for polarity in POLARITIES) - 1) < 1e-9


def test_a_contrast_between_sentences_is_carried_by_the_later_one() -> None:
    """The sentence before "Instead" yields, and without such a word both count."""
    both = [Judgement(0, 0, FOR, 1.0), Judgement(1, 9, AGAINST, 1.0)]
    contrast = ["Ada promised help.", "Instead she lied."]
    assert judge(both, contrast).sentiment.polarity == "negative"
    plain = judge(both, ["Ada helped.", "Later she lied."]).sentiment
    assert plain.negative == pytest.approx(plain.positive)
    assert ArticleContext(contrast, [(FOR, 1.0), (AGAINST, 1.0)], NEUTRAL).judge_tone(0.0).polarity == "negative"


def test_a_contrast_in_a_sentence_is_carried_by_its_main_part() -> None:
    """The part before "but" yields, and so does the part that "although" begins."""
    after = "Ada won prizes, but she lied to all of them."
    before = "Although Ada lied to all of them, she won prizes."
    for sentence, first, second, polarity in ((after, FOR, AGAINST, "negative"), (before, AGAINST, FOR, "positive")):
        judgements = [
            Judgement(0, sentence.index("Ada"), first, 1.0),
            Judgement(0, sentence.index("she"), second, 1.0),
        ]
        assert judge(judgements, [sentence]).sentiment.polarity == polarity


def test_neutral_judgements_stay_neutral() -> None:
    """An entity that is only named is neutral and certain."""
    attitude = judge([Judgement(0, 0, PLAIN, 1.0)], [""])
    assert attitude.sentiment.polarity == "neutral"
    assert attitude.is_certain


def test_an_entity_that_is_named_in_passing_is_judged_as_read() -> None:
    """One mention is not corrected, and the tone of the article does not count for it."""
    sentences = ["", ""]
    article = ArticleContext(sentences, [(FOR, 1.0), (FOR, 1.0)], NEUTRAL)
    attitude = judge_entity([Judgement(0, 0, PLAIN, 1.0)], Role("PER", 1, is_main=True), article)
    assert attitude.sentiment == judge([Judgement(0, 0, PLAIN, 1.0)], sentences).sentiment
    assert attitude.sentiment.neutral == pytest.approx(PLAIN.neutral)


def test_the_subject_of_an_article_has_its_tone() -> None:
    """The tone of all sentences counts for the main person, less so in bad news, and never for the main place."""
    article = ArticleContext([""], [(MILD, 1.0)], NEUTRAL)
    bad = ArticleContext([""], [(MILD, 1.0)], BAD_NEWS)
    plain = [Judgement(0, 0, PLAIN, 1.0)]
    person = judge_entity(plain, SUBJECT, article).sentiment
    assert person.positive > judge_entity(plain, SUBJECT, bad).sentiment.positive > PLAIN.positive
    place = Role("LOC", 5, is_main=True)
    assert judge_entity(plain, place, article).sentiment.positive < person.positive
    assert (SUBJECT.focus, Role("PER", 2).focus, place.focus) == (1.0, 0.5, 0.0)


def test_a_place_is_not_praised_by_bad_news() -> None:
    """Praise of a place in bad news is neutral, and that of a person stays."""
    praise = [Judgement(0, 0, MILD, 1.0)]
    assert judge(praise, [""], Role("LOC", 1), BAD_NEWS).sentiment.polarity == "neutral"
    assert judge(praise, [""], Role("LOC", 1)).sentiment.polarity == "positive"
    assert judge(praise, [""], PASSING, BAD_NEWS).sentiment.polarity == "positive"


def test_other_names_need_stronger_evidence() -> None:
    """A name of no person, organisation or place has a polarity only if that is sure, or if the article is about it."""
    assert judge([Judgement(0, 0, MILD, 1.0)], [""], Role("MISC", 1)).sentiment.polarity == "neutral"
    assert judge([Judgement(0, 0, FOR, 1.0)], [""], Role("MISC", 1)).sentiment.polarity == "positive"
    assert judge([Judgement(0, 0, MILD, 1.0)], [""], Role("MISC", 1, is_main=True)).sentiment.polarity == "positive"
