"""Topics on texts that the project wrote: three for each topic of the top level, and short texts of many topics."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.enrichment.encoder import Encoder
from services.enrichment.models import TOPICS, find_weights, load_encoder, load_topic_classifier
from services.enrichment.options import Profile
from services.enrichment.topics import TopicClassifier
from services.evaluation.rows import read_rows
from services.evaluation.topics import classify_text, evaluate_topics, scan_states

ROWS = list(read_rows(Path(__file__).with_name("topics.jsonl")))
SHORT_ROWS = list(read_rows(Path(__file__).with_name("short_topics.jsonl")))
SPORT = "medtop:15000000"


FLOOR = 0.9
"""Lowest share of texts whose main topic is right."""

SHORT_FLOOR = 0.75
"""Lowest share of short texts whose main topic is right."""

CONFIDENT = 0.7
"""Confidence of a main topic that readers trust."""

MOST_CONFIDENTLY_WRONG = 1
"""Highest number of short texts with a confident main topic that is wrong."""

pytestmark = pytest.mark.weights

Reader = tuple[TopicClassifier, Encoder]


@pytest.fixture(scope="module", params=["accurate", "fast"])
def reader(request: pytest.FixtureRequest) -> Reader:
    """Return the classifier and the encoder of a profile."""
    profile: Profile = request.param
    return load_topic_classifier(profile=profile), load_encoder(profile=profile)


def test_main_topics_stay_above_their_floor(reader: Reader) -> None:
    """The main topic of the texts is right in at least the pinned share, and no topic is unknown to the network."""
    scores = evaluate_topics(ROWS, *reader)["main"]
    assert scores["accuracy"] >= FLOOR
    assert all(topic["f1"] > 0 for topic in scores["topics"].values())


def test_sport_is_separated_from_everything_else(reader: Reader) -> None:
    """A rule about sport finds each text about sport and no other text."""
    for row in ROWS:
        found = {reading.id for reading in classify_text(row["text"], *reader)}
        assert (SPORT in found) is (row["topics"] == [SPORT]), row["text"]


def test_short_texts_are_rarely_confidently_wrong(reader: Reader) -> None:
    """Headlines with a sentence or two are read rightly for the most part, and what is wrong is rarely confident.

    Their towns have famous football clubs, and are no sign of sport. Texts without topics are about nothing.
    """
    right, confidently_wrong = 0, []
    for row in SHORT_ROWS:
        main = next(iter(classify_text(row["text"], *reader)), None)
        if main is not None and main.id in row["topics"]:
            right += 1
        elif main is not None and main.confidence >= CONFIDENT:
            confidently_wrong.append(row["text"])
    assert right >= SHORT_FLOOR * sum(bool(row["topics"]) for row in SHORT_ROWS)
    assert len(confidently_wrong) <= MOST_CONFIDENTLY_WRONG, confidently_wrong


def test_states_do_not_depend_on_other_texts(reader: Reader) -> None:
    """The states of a text are the same bytes alone and in a batch, so that its topics are the same."""
    _, encoder = reader
    texts = [row["text"] for row in SHORT_ROWS]
    together = scan_states(texts, encoder)
    for text, states in zip(texts, together, strict=True):
        (alone,) = scan_states([text], encoder)
        assert [own.tobytes() for own in alone] == [own.tobytes() for own in states]


def test_the_encoder_of_the_default_profile_makes_topics_better() -> None:
    """The states change confidences, and the main topic is right at least as often as without them."""
    encoder = load_encoder()
    words, both = load_topic_classifier(), load_topic_classifier(profile="accurate")
    rows = [*ROWS, *(row for row in SHORT_ROWS if row["topics"])]
    right = [
        sum(row["topics"][0] in {one.id for one in classify_text(row["text"], reader, encoder)[:1]} for row in rows)
        for reader in (words, both)
    ]
    assert right[1] >= right[0]
    assert classify_text(rows[0]["text"], both, encoder) != classify_text(rows[0]["text"], words, encoder)


def test_states_are_those_that_the_network_learned() -> None:
    """The network over states learned from the states of this encoder."""
    states = json.loads((TOPICS / "manifest.json").read_bytes())["states"]
    for profile, trained in states.items():
        encoder = json.loads((find_weights(profile) / "manifest.json").read_bytes())
        learned_from = trained["trained_on"]["encoder"]
        current = {"name": encoder["name"], "version": encoder["version"]}
        assert learned_from == current, f"train the states of {profile} again (docs/training.md)"
