"""Each article of a story has what it added, and the reasons why it is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.contracts.event import EnrichedArticle, Story, StoryReason
from services.contracts.stories.articles import describe_articles, explain_story
from tests.support.events import build_entity, build_event

MORNING = datetime(2026, 3, 2, 6, tzinfo=UTC)


def build_told(article_id: str, hours: int, story: Story, *names: str) -> EnrichedArticle:
    """Build an article of a story that arrived some hours after the first one."""
    event = build_event(story=story, entities=tuple(build_entity(name, "ORG") for name in names))
    article = event.article.model_copy(update={"ingested_at": MORNING + timedelta(hours=hours)})
    return event.model_copy(update={"id": article_id, "article": article})


FIRST = Story(id="a", is_first=True, size=1, sources=1)
BECAUSE = (StoryReason(kind="names", values=("Acme",)), StoryReason(kind="other_numbers", values=("dead 14",)))
JOINED = Story(id="a", is_first=False, size=2, sources=1, similarity=0.91, because=BECAUSE)
COPIED = Story(
    id="a", is_first=False, size=3, sources=1, similarity=1, because=(StoryReason(kind="copy", values=("first",)),)
)


def test_an_article_adds_names_and_other_facts() -> None:
    """Each line has the names that no earlier article has, and the facts that differ, in the order of arrival."""
    events = [
        build_told("third", 3, COPIED, "Acme"),
        build_told("second", 1, JOINED, "Acme", "Anna Berg"),
        build_told("first", 0, FIRST, "Acme"),
    ]
    assert [(line.id, line.place, line.names, line.other_facts) for line in describe_articles(events)] == [
        ("first", "first", ("Acme",), ()),
        ("second", "0.91", ("Anna Berg",), ("dead 14",)),
        ("third", "copy (original)", (), ()),
    ]


def test_the_order_is_that_of_the_story_and_not_of_the_milliseconds() -> None:
    """The article that opened the story is first, although another one arrived before it."""
    other = Story(id="b", is_first=True, size=1, sources=1)
    events = [build_told("joined", 0, JOINED), build_told("opener", 1, FIRST), build_told("merged", 2, other)]
    assert [line.id for line in describe_articles(events)] == ["opener", "joined", "merged"]


def test_the_opening_stands_for_a_missing_headline() -> None:
    """A line without a headline has the first words of the body, cut at a word."""
    event = build_event(headline=None, body="word " * 40)
    (line,) = describe_articles([event])
    assert line.opening.endswith("word …") and len(line.opening) < 100
    assert describe_articles([build_event()])[0].opening == ""


def test_reasons_are_sentences() -> None:
    """The reasons are words that a reader can check against the text."""
    first, second, third = describe_articles(
        [build_told("1", 0, FIRST), build_told("2", 1, JOINED), build_told("3", 2, COPIED)]
    )
    assert (first.reasons, first.is_first, first.similarity) == ((), True, None)
    assert second.reasons == ("The same names: Acme.",)
    assert explain_story(JOINED) == ("The same names: Acme.", "Other numbers than the story has: dead 14.")
    assert (third.reasons, third.is_copy) == (("It repeats an article of the story.",), True)
