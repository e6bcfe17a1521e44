"""An event as a panel."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from services.cli.console.render import render_event
from services.contracts.event import (
    Article,
    ArticleSentiment,
    Cleaning,
    Duplicate,
    EnrichedArticle,
    Enrichment,
    Entity,
    EntitySentiment,
    Incomplete,
    Language,
    Mention,
)
from services.outcomes import Reason

NEGATIVE = EntitySentiment(polarity="negative", negative=0.7, neutral=0.2, positive=0.1)


def build_event(**changes: object) -> EnrichedArticle:
    """Build a small event."""
    fields: dict[str, object] = {
        "id": "a1",
        "article": Article(
            headline="Bridge [closed]",
            body="The bridge is closed.",
            language=Language(code="en", confidence=0.9),
            word_count=4,
        ),
        "cleaning": Cleaning(raw_sha256="0" * 64, raw_length=21),
        "entities": (
            Entity(
                id="e1",
                name="Pontelar",
                type="ORG",
                salience=0.5,
                sentiment=NEGATIVE,
                mentions=(Mention(field="body", start=0, end=8, text="Pontelar", probability=0.9),),
            ),
        ),
        "sentiment": ArticleSentiment(**NEGATIVE.model_dump(exclude={"certain"})),
        "duplicate": Duplicate(verdict="near", duplicate_of="a0", similarity=0.87, matched_on="shingles"),
        "enrichment": Enrichment(pipeline="1", incomplete=(Incomplete(part="sentiment", reason=Reason.TRUNCATED),)),
    }
    return EnrichedArticle.model_validate({**fields, **changes})


def show(event: EnrichedArticle, routes: list[str]) -> str:
    """Return the panel as text."""
    out = io.StringIO()
    Console(file=out, width=100).print(render_event(event, routes))
    return out.getvalue()


def test_the_panel_shows_every_part() -> None:
    """The panel has headline, language, entities with types, sentiment, verdict, missing parts, and routes."""
    shown = show(build_event(), ["people", "all"])
    for expected in (
        "Bridge [closed]",
        "en 0.90",
        "ORG",
        "Pontelar",
        "negative 0.70",
        "near copy of a0, similarity 0.87",
        "sentiment: the article is very long",
        "all, people",
    ):
        assert expected in shown


@pytest.mark.parametrize("changes", [{"entities": None, "sentiment": None}, {"entities": ()}])
def test_event_without_annotations_is_shown(changes: dict[str, object]) -> None:
    """An article without annotations, for example in an unsupported language, is shown without entities."""
    assert "Pontelar" not in show(build_event(**changes), [])
