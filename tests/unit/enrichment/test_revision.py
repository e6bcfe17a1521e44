"""The revision of an annotation: what gives it another hash, and what does not."""

from __future__ import annotations

import pytest

from services.contracts.event import Model
from services.contracts.raw import RawArticle
from services.contracts.state.revision import hash_revision
from services.enrichment.encoder import Identity
from services.enrichment.language import DefaultLanguages
from services.enrichment.pipeline import Pipeline
from tests.support.fake_topics import FakeTopicClassifier
from tests.support.quiet_annotate import QuietEncoder

ENGLISH = (
    "The council of the town met on Monday and decided that the old bridge over the river will be closed for a year."
)
GERMAN = "Der Rat der Stadt hat am Montag beschlossen, dass die alte Brücke über den Fluss für ein Jahr gesperrt wird."


FAKE = FakeTopicClassifier()


class NewerEncoder(QuietEncoder):
    """The same encoder with other weights."""

    identity = Identity("quiet", "1", "1" * 64)


class NewerClassifier(FakeTopicClassifier):
    """The same classifier of topics with other weights."""

    identity = Identity("fake-topics", "2.0.0", "2" * 64)


def find_hash(content: str, encoder: QuietEncoder, classifier: FakeTopicClassifier = FAKE, **options: object) -> str:
    """Return the hash of the article's revision."""
    settings = {"max_encoded_words": 100, **options}
    pipeline = Pipeline(encoder, classifier, **settings)  # type: ignore[arg-type]
    raw = RawArticle(content=content, source="post.example")
    revision = pipeline.annotate(raw, article_id="a", ingested_at=None).enrichment.revision
    assert revision is not None and (revision.number, revision.replaces) == (1, None)
    return revision.hash


def test_other_weights_make_a_new_revision_of_what_they_read() -> None:
    """An article that a model read has another hash with other weights, and one that it did not read has not."""
    assert find_hash(ENGLISH, QuietEncoder()) == find_hash(ENGLISH, QuietEncoder())
    assert find_hash(ENGLISH, QuietEncoder()) != find_hash(ENGLISH, NewerEncoder())
    assert find_hash(GERMAN, QuietEncoder()) == find_hash(GERMAN, NewerEncoder())
    assert find_hash(ENGLISH, QuietEncoder()) != find_hash(ENGLISH, QuietEncoder(), NewerClassifier())
    assert find_hash(GERMAN, QuietEncoder()) == find_hash(GERMAN, QuietEncoder(), NewerClassifier())


@pytest.mark.parametrize(
    ("options", "is_new"),
    [
        ({"max_encoded_words": 50}, True),
        ({"default_languages": DefaultLanguages("en")}, True),
        ({"default_languages": DefaultLanguages(None, {"post.example": "en"})}, True),
        ({"default_languages": DefaultLanguages(None, {"other.example": "en"})}, False),
        ({"on_failure": "fail"}, False),
    ],
)
def test_an_option_that_concerns_the_article_makes_a_new_revision(options: dict[str, object], is_new: bool) -> None:
    """An option that can change the event of this article changes the hash, and no other option does."""
    assert (find_hash(ENGLISH, QuietEncoder(), FAKE, **options) != find_hash(ENGLISH, QuietEncoder())) is is_new


def test_the_hash_is_a_promise() -> None:
    """The hash depends on version, models and options, not on their order, and is the same in every release."""
    one, two = Model(name="n", version="1", sha256="0"), Model(name="m", version="2", sha256="1")
    options = {"a": None, "b": 5}
    known = hash_revision("0.2.0", {"x": one, "y": two}, options)
    assert known == hash_revision("0.2.0", {"y": two, "x": one}, dict(reversed(options.items())))
    assert known == "f68ec268d97359a4"
    others = [
        hash_revision("0.2.1", {"x": one, "y": two}, options),
        hash_revision("0.2.0", {"x": two, "y": one}, options),
        hash_revision("0.2.0", {"x": one}, options),
        hash_revision("0.2.0", {"x": one, "y": two}, {**options, "b": 6}),
    ]
    assert known not in others and len(set(others)) == len(others)
