"""An event as a panel."""

from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from services.cli.console.render import Routes, render_event
from services.cli.console.wording import describe_removed, describe_verdict
from services.contracts.event import (
    Article,
    ArticleSentiment,
    Cleaning,
    Duplicate,
    EnrichedArticle,
    Enrichment,
    Entity,
    EntitySentiment,
    Evidence,
    Incomplete,
    Language,
    Mention,
    RemovedSpan,
    Topic,
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
        "topics": (
            Topic(id="medtop:03000000", name="disaster", level=1, confidence=0.81),
            Topic(id="medtop:20000139", name="fire", level=2, confidence=0.6),
        ),
        "sentiment": ArticleSentiment(**NEGATIVE.model_dump(exclude={"certain"})),
        "duplicate": Duplicate(verdict="near", duplicate_of="a0", similarity=0.87, matched_on="shingles"),
        "enrichment": Enrichment(pipeline="1", incomplete=(Incomplete(part="sentiment", reason=Reason.TRUNCATED),)),
    }
    return EnrichedArticle.model_validate({**fields, **changes})


def show(event: EnrichedArticle, routes: Routes, width: int = 100) -> str:
    """Return the panel as text."""
    out = io.StringIO()
    Console(file=out, width=width).print(render_event(event, routes))
    return out.getvalue()


def test_the_panel_shows_every_part() -> None:
    """The panel has headline, language, topics, entities with types, sentiment, verdict, missing parts, and routes."""
    shown = show(build_event(), ["people", "all"])
    for expected in (
        "Bridge [closed]",
        "en 0.90",
        "ORG",
        "Pontelar",
        "disaster 0.81 · fire 0.60",
        "negative 0.70",
        "near copy of a0, similarity 87%",
        "sentiment: the article is very long",
        "all, people",
    ):
        assert expected in shown


@pytest.mark.parametrize("changes", [{"entities": None, "sentiment": None}, {"entities": ()}])
def test_event_without_annotations_is_shown(changes: dict[str, object]) -> None:
    """An article without annotations, for example in an unsupported language, is shown without entities."""
    assert "Pontelar" not in show(build_event(**changes), [])


def test_routes_are_shown_with_their_reasons() -> None:
    """Each route is shown with its reason, if the reasons are known."""
    shown = show(build_event(), {"people": "the language is en", "all": "it takes every article"})
    assert "people  the language is en" in shown
    assert "all     it takes every article" in shown


def test_the_original_of_a_copy_is_named_by_its_source() -> None:
    """The original of a copy is named by the beginning of its id and, if it is known, by its source."""
    copy = Duplicate(
        verdict="update",
        duplicate_of="a0123456789",
        similarity=0.5,
        matched_on="page",
        evidence=Evidence(
            shared_shingles=10,
            total_shingles=20,
            headline_changed=True,
            numbers_changed=False,
            paragraphs_added=2,
            paragraphs_removed=0,
        ),
    )
    event = build_event(duplicate=copy)
    original = build_event(article=event.article.model_copy(update={"source": "Example Post"}))
    words = describe_verdict(copy, {"a0123456789": original})
    assert words == (
        "update of a0123456 (Example Post): 10 of 20 word groups are shared (50%); headline changed; "
        "numbers unchanged; paragraphs +2 −0"
    )


def test_a_difference_is_said_once() -> None:
    """A verdict that names the headline or the numbers as different does not also say that they changed."""
    evidence = Evidence(
        shared_shingles=30,
        total_shingles=90,
        headline_changed=True,
        numbers_changed=True,
        differs=("names", "numbers"),
        similar_to="b1",
    )
    words = describe_verdict(Duplicate(verdict="original", evidence=evidence), {})
    assert words == (
        "original, although like b1: 30 of 90 word groups are shared (33%); other names, numbers; headline changed"
    )


def test_similarity_is_the_figure_of_the_evidence() -> None:
    """An estimate that is rounded differently is not shown beside the shingles that are counted."""
    evidence = Evidence(shared_shingles=121, total_shingles=150)
    copy = Duplicate(verdict="near", duplicate_of="c2", similarity=0.82, matched_on="shingles", evidence=evidence)
    assert describe_verdict(copy, {}) == "near copy of c2: 121 of 150 word groups are shared (81%)"


def test_removed_text_is_counted_by_rule() -> None:
    """The removed characters are counted, and each rule with the number of its passages."""
    spans = [("navigation", 0, 9), ("whitespace", 9, 10), ("whitespace", 12, 14)]
    removed = tuple(RemovedSpan(rule=rule, raw_start=start, raw_end=end) for rule, start, end in spans)
    cleaning = Cleaning(raw_sha256="0" * 64, raw_length=1_200, removed=removed)
    assert describe_removed(cleaning) == "12 of 1,200 characters: whitespace ×2, navigation"
    assert describe_removed(Cleaning(raw_sha256="0" * 64, raw_length=5)) == "nothing"


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize(
    "headline", ["Bridge [closed]", "الجسر مغلق أمام حركة المرور " * 5, "橋は閉鎖された" * 20, "x" * 300]
)
def test_a_panel_fits_its_width(width: int, headline: str) -> None:
    """In a pipe a panel is plain text in which every line has the panel's width, also with wide and long words."""
    event = build_event()
    article = event.article.model_copy(update={"headline": headline, "body": headline * 3})
    shown = show(build_event(article=article), {"everything-else": "no route's condition holds " * 4}, width=width)
    assert "\x1b" not in shown
    assert {cell_len(line) for line in shown.splitlines()} == {width}


def test_colours_can_be_switched_off() -> None:
    """On a terminal without colours the verdict and the polarity are still words."""
    out = io.StringIO()
    Console(file=out, width=80, force_terminal=True, no_color=True).print(render_event(build_event(), ["all"]))
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", out.getvalue())
    assert "near copy of a0" in re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
