"""The encoder's readings are well-formed for any text, and depend on nothing but the text."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from services.contracts.raw import RawArticle
from services.enrichment.encoder import Encoder, Reuse, ScanInput, SentenceReading, read_sentences
from services.enrichment.entities import read_fields
from services.enrichment.models import load_encoder, load_topic_classifier
from services.enrichment.pipeline import Pipeline
from tests.quality.marked import read_entities

pytestmark = pytest.mark.weights

ODD_SENTENCES = [
    "",
    " ",
    "...!?",
    "😀🇫🇷👩‍👩‍👧 ok",
    "أعلن الرئيس في القاهرة",
    "\x00\x07\x1b[0m",
    "x" * 10_000,
    "a." * 3_000,
    "e\u0301" * 500,
    "Zoë\u200bFernández\u00a0said [SEP] [CLS]",
    "中国外交部发言人",
]


def sentences() -> list[str]:
    return [sentence for sentence, _ in read_entities()]


def check(sentence: str, reading: SentenceReading) -> None:
    last = 0
    for span in reading.spans:
        surface = sentence[span.start : span.end]
        assert surface
        assert surface == surface.strip()
        assert span.start >= last
        assert 0 <= span.probability <= 1
        last = span.end
    for each in [reading.sentiment, *(span.sentiment for span in reading.spans)]:
        assert each.negative + each.neutral + each.positive == pytest.approx(1)


@pytest.mark.parametrize("sentence", ODD_SENTENCES, ids=lambda sentence: repr(sentence[:12]))
def test_odd_text_is_read(encoder: Encoder, sentence: str) -> None:
    """Empty, very long, foreign and broken text gets a well-formed reading."""
    (reading,) = read_sentences(encoder, [sentence])
    check(sentence, reading)


def test_random_text_is_read(encoder: Encoder) -> None:
    """Random characters of all Unicode get well-formed readings."""
    rng = random.Random(7)
    alphabet = [chr(code) for code in range(0x20, 0x3000)] + ["\n", "\t", " ", " ", "A", "b", "."]
    drawn = ["".join(rng.choices(alphabet, k=rng.randint(0, 80))) for _ in range(200)]
    for sentence, reading in zip(drawn, read_sentences(encoder, drawn), strict=True):
        check(sentence, reading)


def test_earlier_articles_do_not_change_a_reading(encoder: Encoder) -> None:
    """A reading depends on the article alone, and not on earlier articles."""
    first, second = sentences()[:12], sentences()[12:]
    alone = read_sentences(encoder, first)
    read_sentences(encoder, second)
    assert read_sentences(encoder, first) == alone


def mix_lengths() -> list[str]:
    """Return sentences of many lengths: single, joined, longer than one window, and odd ones."""
    plain = sentences()[:24]
    joined = [" ".join(plain[start : start + size]) for start, size in ((0, 2), (3, 3), (8, 5), (2, 20))]
    return [*plain, *joined, "", "Berlin", "...", plain[0]]


def test_other_sentences_do_not_change_a_reading(encoder: Encoder) -> None:
    """A sentence's reading is bitwise the same, in any order and with any other sentences."""
    mixed = mix_lengths()
    alone = [read_sentences(encoder, [sentence])[0] for sentence in mixed]
    assert read_sentences(encoder, mixed) == alone
    for seed in range(4):
        order = random.Random(seed).sample(range(len(mixed)), k=len(mixed) - 5 * seed)
        assert read_sentences(encoder, [mixed[index] for index in order]) == [alone[index] for index in order]


def test_the_cache_changes_no_reading(encoder: Encoder) -> None:
    """The readings are the same with a large cache, with one that evicts at once and without one; hits are counted."""
    mixed = mix_lengths()
    expected = read_sentences(encoder, mixed)
    roomy, narrow = load_encoder(cache_bytes=10_000_000), load_encoder(cache_bytes=40_000)
    counts = []
    for _ in range(2):
        (scan,) = roomy.scan([ScanInput(mixed)])
        counts.append((scan.reuse.hits, scan.reuse.misses))
        assert scan.readings == expected
        assert read_sentences(narrow, mixed[::-1]) == expected[::-1]
    different = len(set(mixed))
    assert counts == [(len(mixed) - different, different), (len(mixed), 0)]
    (scan,) = narrow.scan([ScanInput(mixed)])
    assert scan.reuse.misses > 0
    (scan,) = encoder.scan([ScanInput(mixed)])
    assert scan.reuse == Reuse()


def write_articles() -> list[RawArticle]:
    """Build English articles with shared sentences, one with a repeated sentence, a German and an empty one."""
    texts = sentences()
    bodies = [" ".join(texts[start : start + size]) for start, size in ((0, 6), (2, 1), (4, 9), (0, 7), (20, 12))]
    bodies += [" ".join([texts[5]] * 4), "Die Stadtverwaltung hat am Montag beschlossen, den Hafen zu schliessen.", "."]
    return [
        RawArticle(content=body, title=texts[index], fetched_at=datetime(2026, 3, 2, tzinfo=UTC))
        for index, body in enumerate(bodies)
    ]


def annotate_together(pipeline: Pipeline, articles: Sequence[RawArticle]) -> list[bytes]:
    drafts = [pipeline.prepare(raw, article_id="0" * 64, ingested_at=None) for raw in articles]
    pipeline.scan(drafts)
    return [pipeline.finish(draft).to_bytes() for draft in drafts]


@pytest.mark.parametrize("cache_bytes", [0, 60_000, 10_000_000])
def test_other_articles_do_not_change_an_event(cache_bytes: int) -> None:
    """An article's event has the same bytes, in any order and with any other articles."""
    pipeline = Pipeline(
        load_encoder(cache_bytes=cache_bytes),
        load_topic_classifier(profile="accurate"),
        max_encoded_words=300,
        on_failure="fail",
    )
    articles = write_articles()
    alone = [pipeline.annotate(raw, article_id="0" * 64, ingested_at=None).to_bytes() for raw in articles]
    assert len(set(alone)) == len(articles)
    for seed in range(3):
        order = random.Random(seed).sample(range(len(articles)), k=len(articles) - seed)
        assert annotate_together(pipeline, [articles[index] for index in order]) == [alone[index] for index in order]


def test_annotations_do_not_depend_on_the_order_of_articles(encoder: Encoder) -> None:
    """The order of articles changes no digit of their annotations."""
    articles = [{"headline": s, "body": " ".join(sentences()[i : i + 5])} for i, s in enumerate(sentences()[:10])]
    forward = [read_fields(article, encoder, 5_000) for article in articles]
    backward = [read_fields(article, encoder, 5_000) for article in reversed(articles)]
    assert forward == backward[::-1]


def test_a_name_at_the_end_of_a_long_sentence_is_found(encoder: Encoder) -> None:
    """A name after a thousand words without a full stop is found at its position."""
    sentence = "and they walked on " * 300 + "until Angela Merkel arrived in Berlin"
    (reading,) = read_sentences(encoder, [sentence])
    assert {"Angela Merkel", "Berlin"} <= {sentence[span.start : span.end] for span in reading.spans}


def test_each_token_gets_one_legal_tag(encoder: Encoder) -> None:
    """Each gold token, even an odd one, gets one legal tag."""
    rows = [["Angela", "Merkel", "'s", "", "\x07", "Berlin", "."], [], ["."]]
    tagged = encoder.tag(rows)
    assert [len(tags) for tags in tagged] == [len(row) for row in rows]
    assert tagged[0][:2] == ["B-PER", "I-PER"]
    assert tagged[0][5] == "B-LOC"


def test_a_whole_article_is_annotated(encoder: Encoder) -> None:
    """A whole article has each person, place and organisation once, and its main person is the most salient entity."""
    fields = {
        "headline": "Merkel warns of hasty bank merger",
        "body": (
            "Former German chancellor Angela Merkel warned on Tuesday against a hasty merger of Deutsche Bank and\n"
            "Commerzbank.\n\nSpeaking in Hamburg, Mrs. Merkel said the European Central Bank (ECB) must decide first. "
            "The ECB declined to comment. Germany's government said it was watching."
        ),
    }
    entities = {entity.name: entity for entity in read_fields(fields, encoder, 5_000).entities}
    assert [m.text for m in entities["Angela Merkel"].mentions] == ["Merkel", "Angela Merkel", "Merkel"]
    assert [m.text for m in entities["European Central Bank"].mentions] == ["European Central Bank", "ECB", "ECB"]
    assert entities["Hamburg"].type == "LOC"
    assert entities["Germany"].mentions[0].text == "Germany"
    assert max(entities.values(), key=lambda entity: entity.salience).name == "Angela Merkel"
