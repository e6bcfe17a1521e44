"""An event of a route without the text quotes the text nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.contracts.event import (
    Caption,
    Cleaning,
    Dateline,
    EnrichedArticle,
    KeptSpan,
    Mention,
    RemovedSpan,
    Story,
    StoryReason,
)
from services.contracts.ninjs import build_ninjs
from services.sink.omission import leave_text_out
from tests.support.events import build_entity, build_event, build_sentiment

BODY = "The harbour quarter of Larkvale was closed at dawn. Engineer Ina Holt said the old sea wall had moved again."
SUBHEADLINE = "Cracks appeared after the spring tides had passed"
CAPTION = "Workers measure the quay beside the empty fish market"

SAFE = {
    "id", "article.url", "article.canonical_url", "article.source", "article.headline", "article.byline[]",
    "article.section", "article.tags[]", "article.access", "article.provided[]",
    "article.dateline.place", "article.dateline.date", "article.dateline.agency",
    "article.language.code", "article.language.basis", "article.published_at.precision", "article.published_at.basis",
    "article.published_at.value", "article.modified_at.precision", "article.modified_at.basis",
    "article.modified_at.value", "article.fetched_at", "article.ingested_at", "cleaning.raw_sha256", "entities[].id",
    "entities[].key", "entities[].name", "entities[].type", "entities[].sentiment.polarity",
    "entities[].mentions[].field", "sentiment.polarity", "sentiment.headline.polarity", "sentiment.body.polarity",
    "duplicate.verdict", "duplicate.duplicate_of", "duplicate.matched_on", "duplicate.evidence.differs[]",
    "duplicate.evidence.similar_to", "enrichment.pipeline", "enrichment.models{}.name", "enrichment.models{}.version",
    "enrichment.models{}.sha256", "enrichment.incomplete[].part", "enrichment.incomplete[].reason",
    "enrichment.revision.hash", "enrichment.revision.replaces", "origin.topic", "topics[].id", "topics[].name",
    "story.id", "entities[].identifiers.isin", "entities[].identifiers.iso3166", "entities[].identifiers.lei",
    "entities[].identifiers.own", "entities[].identifiers.ror", "entities[].identifiers.ticker[]",
    "entities[].identifiers.wikidata", "entities[].link.candidates[].name", "entities[].link.candidates[].wikidata",
    "entities[].link.relation",
}  # fmt: skip
"""Every text of the event that quotes nothing: names, times, labels, identifiers and hashes."""
EMPTIED = {
    "article.subheadline", "article.captions[].text", "article.captions[].credit", "article.body",
    "article.metadata{}", "article.entries[].at.value", "article.entries[].at.precision", "article.entries[].at.basis",
    "cleaning.kept[].field", "cleaning.removed[].rule", "entities[].mentions[].text",
    "story.because[].kind", "story.because[].values[]",
}  # fmt: skip
"""Every text of the event that may quote the article's text; `leave_text_out` empties each."""


def build_full_event() -> EnrichedArticle:
    """Build an event whose every part that can quote the text does."""
    event = build_event(body=BODY, headline="Sea wall closes the quarter", sentiment=build_sentiment("negative"))
    entity = build_entity("Ina Holt", "PER", mentioned=("Engineer Ina Holt", "Ina Holt"))
    headline = Mention(field="headline", start=0, end=8, raw_start=0, raw_end=8, text="Sea wall", probability=0.8)
    because = (StoryReason(kind="words", values=("quarter", "sea wall")),)
    return event.model_copy(
        update={
            "story": Story(id="b" * 32, is_first=False, size=2, sources=1, similarity=0.9, because=because),
            "article": event.article.model_copy(
                update={
                    "subheadline": SUBHEADLINE,
                    "captions": (Caption(text=CAPTION, credit="Photo desk"),),
                    "dateline": Dateline(place="LARKVALE"),
                    "metadata": {
                        "summary": f"Summary: {BODY[:60].upper()}",
                        "lead": SUBHEADLINE,
                        "picture": f"“{CAPTION}”",
                        "licence": "headline and link only",
                        "place": "Larkvale",
                    },
                }
            ),
            "cleaning": Cleaning(
                raw_sha256="0" * 64,
                raw_length=400,
                kept=(KeptSpan(field="body", start=0, end=9, raw_start=3, raw_end=12),),
                removed=(RemovedSpan(raw_start=0, raw_end=3, rule="navigation"),),
            ),
            "entities": (entity.model_copy(update={"mentions": (headline, *entity.mentions)}),),
        }
    )


@pytest.mark.parametrize("form", ["event", "ninjs"])
def test_no_run_of_words_of_the_text_is_left(form: str) -> None:
    """No three words in a row of body, subheadline or captions occur anywhere in the event, in any form."""
    event = leave_text_out(build_full_event())
    written = (build_ninjs(event).to_bytes() if form == "ninjs" else event.to_bytes()).decode().casefold()
    for text in (BODY, SUBHEADLINE, CAPTION):
        words = text.casefold().split()
        for start in range(len(words) - 2):
            assert " ".join(words[start : start + 3]) not in written


def test_the_rest_of_the_event_stays() -> None:
    """Headline, dateline, names, sentiments, verdict, figures and metadata that quote nothing are unchanged."""
    event, left = build_full_event(), leave_text_out(build_full_event())
    assert left.text_omitted and not event.text_omitted
    assert left.article.metadata == {"licence": "headline and link only", "place": "Larkvale"}
    assert (left.article.headline, left.article.dateline) == (event.article.headline, event.article.dateline)
    assert (left.article.word_count, left.sentiment, left.duplicate) == (20, event.sentiment, event.duplicate)
    assert left.entities is not None and event.entities is not None
    assert [entity.name for entity in left.entities] == ["Ina Holt"]
    assert [mention.text for mention in left.entities[0].mentions] == ["Sea wall", "", ""]
    assert EnrichedArticle.model_validate_json(left.to_bytes()) == left
    assert left.model_copy(update={"article": event.article}).article == event.article


@pytest.mark.parametrize("value", ["larkvale", "Closed at dawn", "the old wall of the sea had moved"])
def test_metadata_with_few_common_words_stay(value: str) -> None:
    """A name, a few words, or other words about the same thing are no quotation."""
    event = build_full_event()
    article = event.article.model_copy(update={"metadata": {"note": value}})
    assert leave_text_out(event.model_copy(update={"article": article})).article.metadata == {"note": value}


@pytest.mark.parametrize(
    ("body", "value"), [("All closed now", "ALL CLOSED, NOW!"), ("港口今天关闭了大门", "港口今天关闭")]
)
def test_short_texts_and_texts_without_spaces_are_quoted_too(body: str, value: str) -> None:
    """Metadata that repeat a very short text, or a part of a Chinese one, are left out."""
    event = build_event(body=body)
    article = event.article.model_copy(update={"metadata": {"note": value}})
    assert leave_text_out(event.model_copy(update={"article": article})).article.metadata == {}


def test_every_text_of_the_event_is_classified() -> None:
    """A new text of the event must be named here: as one that is emptied, or as one that quotes nothing."""
    schema = EnrichedArticle.model_json_schema(mode="serialization")
    assert set(_list_text_paths(schema, schema, "")) == SAFE | EMPTIED, "see services/sink/omission.py"


def test_every_text_that_may_quote_is_emptied() -> None:
    """Each text that may quote the article is missing or empty in the event without the text."""
    written = json.loads(leave_text_out(build_full_event()).to_bytes())
    del written["article"]["metadata"]
    found = {path for path, text in _list_texts(written, "") if text}
    assert found <= SAFE | {"entities[].mentions[].text"}


def _list_text_paths(schema: dict[str, Any], node: dict[str, Any], path: str) -> Iterator[str]:
    """List the paths of all texts in a JSON schema."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    for option in node.get("anyOf", ()):
        yield from _list_text_paths(schema, option, path)
    if node.get("type") == "string":
        yield path
    if "items" in node:
        yield from _list_text_paths(schema, node["items"], f"{path}[]")
    if isinstance(node.get("additionalProperties"), dict):
        yield from _list_text_paths(schema, node["additionalProperties"], f"{path}{{}}")
    for name, part in node.get("properties", {}).items():
        yield from _list_text_paths(schema, part, f"{path}.{name}" if path else name)


def _list_texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    """List the texts of a JSON document with their paths."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for item in value:
            yield from _list_texts(item, f"{path}[]")
    elif isinstance(value, dict):
        for name, item in value.items():
            inner = f"{path}{{}}" if path.endswith("models") else f"{path}.{name}" if path else name
            yield from _list_texts(item, inner)
