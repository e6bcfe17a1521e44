"""Sentiment toward an entity from single judgements."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.encoder import Probabilities
from services.enrichment.entities.attitudes import Judgement, judge_entity, judge_tone
from services.enrichment.labels import POLARITIES

AGAINST = Probabilities(negative=0.95, neutral=0.03, positive=0.02)
FOR = Probabilities(negative=0.02, neutral=0.03, positive=0.95)
PLAIN = Probabilities(negative=0.05, neutral=0.9, positive=0.05)

probabilities = st.tuples(*[st.floats(0.01, 1)] * 3).map(
    lambda values: Probabilities(*(value / sum(values) for value in values))
)


def test_a_judgement_that_may_be_of_another_makes_the_sentiment_uncertain() -> None:
    """Open blame lowers the probability of praise, and does not count as blame."""
    praise = Judgement(0, 0, FOR, 1.0)
    clear = judge_entity([praise], ["", ""], None)
    open_ = judge_entity(
        [praise, *[Judgement(1, place, AGAINST, 0.9, is_open=True) for place in range(4)]], ["", ""], None
    )
    assert clear.is_certain
    assert not open_.is_certain
    assert open_.sentiment.positive < clear.sentiment.positive
    assert open_.sentiment.polarity != "negative"


def test_a_judgement_that_changes_nothing_leaves_the_sentiment_certain() -> None:
    """Open praise of someone who is praised anyway changes neither the sentiment nor its certainty."""
    praise = Judgement(0, 0, FOR, 1.0)
    assert judge_entity([praise, Judgement(1, 0, FOR, 0.4, is_open=True)], ["", ""], None) == judge_entity(
        [praise], ["", ""], None
    )


@given(probabilities, st.lists(st.tuples(probabilities, st.floats(0.2, 0.7)), max_size=5))
def test_open_judgements_never_make_the_opposite(own: Probabilities, others: list[tuple[Probabilities, float]]) -> None:
    """Whatever may be about an entity, its polarity stays the same or becomes neutral."""
    clear = Judgement(0, 0, own, 1.0)
    possible = [Judgement(0, place, each, share, is_open=True) for place, (each, share) in enumerate(others, 1)]
    before, after = judge_entity([clear], [""], None), judge_entity([clear, *possible], [""], None)
    assert after.sentiment.polarity in (before.sentiment.polarity, "neutral")
    assert abs(sum(getattr(after.sentiment, polarity) for polarity in POLARITIES) - 1) < 1e-9


def test_a_contrast_between_sentences_is_carried_by_the_later_one() -> None:
    """The sentence before "Instead" yields, and without such a word both count."""
    both = [Judgement(0, 0, FOR, 1.0), Judgement(1, 9, AGAINST, 1.0)]
    contrast = ["Ada promised help.", "Instead she lied."]
    assert judge_entity(both, contrast, None).sentiment.polarity == "negative"
    assert judge_entity(both, ["Ada helped.", "Later she lied."], None).sentiment.polarity == "positive"
    assert judge_tone([FOR, AGAINST], [1.0, 1.0], contrast).polarity == "negative"


def test_a_contrast_in_a_sentence_is_carried_by_its_main_part() -> None:
    """The part before "but" yields, and so does the part that "although" begins."""
    after = "Ada won prizes, but she lied to all of them."
    before = "Although Ada lied to all of them, she won prizes."
    for sentence, first, second, polarity in ((after, FOR, AGAINST, "negative"), (before, AGAINST, FOR, "positive")):
        judgements = [
            Judgement(0, sentence.index("Ada"), first, 1.0),
            Judgement(0, sentence.index("she"), second, 1.0),
        ]
        assert judge_entity(judgements, [sentence], None).sentiment.polarity == polarity


def test_neutral_judgements_stay_neutral() -> None:
    """An entity that is only named is neutral and certain."""
    attitude = judge_entity([Judgement(0, 0, PLAIN, 1.0)], [""], None)
    assert attitude.sentiment.polarity == "neutral"
    assert attitude.is_certain
