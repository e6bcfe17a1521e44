"""Tests of the stories of one shard."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.contracts.state.story_state import StoryMark
from services.enrichment.stories.index import CLOSED, StoryIndex
from services.enrichment.stories.parameters import DAY_MS, HOUR_MS, StoryParameters
from tests.support.story_articles import EAGER
from tests.unit.enrichment.stories.articles import add, build_article, read_event_articles

FIRE = "A fire at the Brackwell paper mill killed three workers on Monday, fire chief Nora Quist said."
FIRE_TOO = "Fire chief Nora Quist said three workers had died in Monday's blaze at the paper mill in Brackwell."
VOTE = "The parliament of Sundria rejected the pension bill of prime minister Aldo Ferrante on Tuesday."


def test_two_reports_of_one_event_are_one_story() -> None:
    """A report in other words joins the story, with the reasons; another event opens its own."""
    index = StoryIndex()
    first = add(index, build_article(1, FIRE, source="a")).mark.story
    second = add(index, build_article(2, FIRE_TOO, HOUR_MS, source="b")).mark.story
    third = add(index, build_article(3, VOTE, 2 * HOUR_MS)).mark.story
    assert (first.is_first, first.size, first.similarity, first.because) == (True, 1, None, ())
    assert (second.id, second.is_first, second.size, second.sources) == (first.id, False, 2, 2)
    assert {"names", "words"} <= {reason.kind for reason in second.because}
    assert "Brackwell" in second.because[0].values
    assert third.is_first and third.id != first.id


def test_the_date_of_arrival_makes_no_story() -> None:
    """Two reports from one town are of two events, although both have the date of the day; in an archive it counts."""
    texts = (
        "The harbour of Velm was closed on 4 May 2033 after a tanker ran aground, pilot Ines Dahl said.",
        "Velm's museum of shipping opened on 4 May 2033 with paintings of the harbour, curator Max Orr said.",
    )
    same_day, next_day, next_year = (
        datetime(*day, 9, tzinfo=UTC) for day in ((2033, 5, 4), (2033, 5, 5), (2034, 7, 1))
    )
    for arrival, is_first in ((same_day, True), (next_day, True), (next_year, False)):
        index, at_ms = StoryIndex(), int(arrival.timestamp() * 1000)
        add(index, build_article(1, texts[0], at_ms))
        assert index.judge(build_article(2, texts[1], at_ms)).mark.story.is_first == is_first


def test_judging_changes_nothing() -> None:
    """The same article has the same answer until it is added."""
    index = StoryIndex()
    add(index, build_article(1, FIRE))
    article = build_article(2, FIRE_TOO, HOUR_MS)
    assert index.judge(article) == index.judge(article)
    assert index.open_count == 1


def test_a_copy_joins_its_originals_story_and_adds_no_source() -> None:
    """A copy joins without a comparison, whatever its words; sources and profile stay."""
    index = StoryIndex()
    original = add(index, build_article(1, FIRE, source="a")).mark
    copy = add(index, build_article(2, VOTE, HOUR_MS, copy_of=1, source="b")).mark
    assert copy.story.id == original.story.id and copy.story.similarity == 1.0
    assert (copy.story.size, copy.story.sources) == (2, 1)
    assert copy.story.because[0].kind == "copy"
    assert copy.state.profile == original.state.profile and copy.state.originals == 1


def test_one_source_counts_once() -> None:
    """Two reports of one publisher are one source, and a report without a publisher is none."""
    index = StoryIndex()
    add(index, build_article(1, FIRE, source="a"))
    assert add(index, build_article(2, FIRE_TOO, source="a")).mark.story.sources == 1
    assert add(index, build_article(3, FIRE_TOO + " More help came.")).mark.story.sources == 1


def test_a_story_ends_after_silence_and_after_its_longest_time() -> None:
    """A story that no article joined for a week is closed by the next article, and a long one after thirty days."""
    index = StoryIndex()
    first = add(index, build_article(1, FIRE)).mark.story.id
    late = add(index, build_article(2, FIRE_TOO, 7 * DAY_MS))
    assert late.mark.story.is_first and late.mark.closed == (first,)
    assert [state.id for state in late.closed] == [first]
    for day in range(8, 37):
        assert not add(index, build_article(day, FIRE_TOO, day * DAY_MS)).mark.story.is_first
    assert add(index, build_article(99, FIRE_TOO, 37 * DAY_MS)).mark.story.is_first


def test_ends_are_bounded_and_none_is_lost() -> None:
    """However many stories end at once, an article closes a few, and the next ones close the others."""
    index = StoryIndex()
    for number in range(50):
        add(index, build_article(number, f"Quarzel{number} Brontide{number} met Vexley{number} in Harrowgate{number}."))
    closed: list[str] = []
    for number in range(100, 106):
        closed += add(index, build_article(number, f"Zephyr{number} Oakum{number}", 8 * DAY_MS)).mark.closed
    assert len(closed) == len(set(closed)) == 50 and CLOSED < 50
    assert index.open_count == 6


def test_open_stories_are_bounded() -> None:
    """Beyond the largest number, the story that would end first is closed."""
    index = StoryIndex(StoryParameters(open_stories=5))
    for number in range(20):
        verdict = add(index, build_article(number, f"Quarzel{number} Brontide{number} met Vexley{number}.", number))
        assert index.open_count <= 6
    assert verdict.mark.closed == (f"{13:032x}",)


def test_an_article_merges_the_stories_that_it_connects() -> None:
    """Two stories that one article resembles strongly become the older one; later copies of either follow."""
    index = StoryIndex(StoryParameters(preset="broad"), EAGER)
    texts = [
        "The tanker Orsova ran aground off Cape Wrathen; captain Iven Skaal and 14 sailors were rescued by helicopter.",
        "Oil from a wreck reached the seabird colony of Lumm Island, biologist Greta Falk of Havlund institute warned.",
        "Oil from the tanker Orsova, aground off Cape Wrathen, reached the seabird colony of Lumm Island. Captain Iven "
        "Skaal and 14 sailors were rescued by helicopter; biologist Greta Falk of Havlund institute warned of worse.",
    ]
    marks = [add(index, build_article(number, text, number)).mark for number, text in enumerate(texts)]
    older, newer = marks[0].story.id, marks[1].story.id
    assert marks[1].story.is_first
    assert marks[2].merged == (newer,) and marks[2].story.id == older
    assert (marks[2].state.size, marks[2].state.members) == (3, (newer,))
    assert index.open_count == 1
    copy = add(index, build_article(9, "x", 9, copy_of=1)).mark
    assert copy.story.id == older and copy.story.size == 4


def test_one_story_of_many_articles_stays_small() -> None:
    """A story that grows without end has a state of bounded size."""
    index = StoryIndex()
    sizes = []
    for number in range(400):
        text = f"{FIRE} Witness{number} Person{number} told reporter{number} about street{number}."
        mark = add(index, build_article(number, text, number, source=str(number), entities=[f"e{number}"])).mark
        sizes.append(len(mark.state.to_bytes()))
    assert mark.story.size == 400 and mark.story.sources == 128
    assert max(sizes) < 4_500


@pytest.mark.parametrize("at_ms", [0, -2_208_988_800_000, 4_102_444_800_000])
def test_any_time_and_any_text_is_judged(at_ms: int) -> None:
    """Times in 1900 and 2100, empty texts, and texts of three words raise nothing."""
    index = StoryIndex()
    for number, text in enumerate(("", "a", "Zorb quax plim", FIRE)):
        add(index, build_article(number, text, at_ms))
    assert index.now_ms >= 0


def test_marks_restore_the_index() -> None:
    """An index that applies the marks of the log judges as the index that wrote them, at every point."""
    articles = read_event_articles()
    index, restored = StoryIndex(), StoryIndex()
    for article in articles:
        mark = add(index, article).mark
        restored.apply(article.id, StoryMark.model_validate_json(mark.to_bytes()))
        assert restored.stories.by_id == index.stories.by_id
    probes = [build_article(900 + number, article.headline or "", 10**9) for number, article in enumerate(articles)]
    assert [restored.judge(one) for one in probes] == [index.judge(one) for one in probes]
