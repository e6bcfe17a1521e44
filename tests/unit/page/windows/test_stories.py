"""The window of stories keeps those that changed last, and knows where the articles of a merged story are."""

from __future__ import annotations

from datetime import timedelta

from services.contracts.stories.record import StoryRecord
from services.page.views.story_filter import StoryFilter
from services.page.views.summary import EventFilter
from services.page.windows.events import EventWindow
from services.page.windows.stories import StoryWindow
from tests.support.page_events import STORY_TIME, add_story, add_to, build_page_event, build_story

ALL = StoryFilter()


def merge(story_id: str, into: str) -> StoryRecord:
    """Build the last record of a story that is merged into another one."""
    return build_story(story_id).model_copy(update={"status": "merged", "merged_into": into})


def list_ids(window: StoryWindow, chosen: StoryFilter = ALL) -> list[str]:
    return [record.id for record in window.list_stories(chosen, 10)]


def test_the_largest_or_the_latest_story_is_first() -> None:
    """The order is by articles, or by the time of the latest article."""
    window = StoryWindow()
    window.add(build_story("large", articles=9))
    window.add(build_story("late", articles=2, updated=STORY_TIME + timedelta(hours=1)))
    window.add(build_story("single", articles=1, updated=STORY_TIME + timedelta(minutes=1)))
    assert list_ids(window) == ["large", "late", "single"]
    assert list_ids(window, StoryFilter(order="latest")) == ["late", "single", "large"]


def test_single_articles_do_not_displace_stories() -> None:
    """Stories with one article have room of their own, and those that changed longest ago go first."""
    window = StoryWindow(max_stories=2, max_singles=1)
    for number in range(3):
        window.add(build_story(f"many{number}"))
        window.add(build_story(f"one{number}", articles=1))
    assert sorted(list_ids(window)) == ["many1", "many2", "one2"]
    window.add(build_story("one2", articles=2))
    window.add(build_story("one2", articles=1))
    assert sorted(list_ids(window)) == ["many2", "one2"]
    assert len(window) == 2


def test_articles_of_a_merged_story_belong_to_the_other_one() -> None:
    """A merged story leaves the list, and the filter of the stream finds its articles under both ids."""
    window = EventWindow()
    window.stories.add(build_story("old"))
    window.stories.add(build_story("new"))
    add_to(window, add_story(build_page_event("a"), "old"), 1)
    add_to(window, add_story(build_page_event("b"), "new"), 2)
    add_to(window, build_page_event("c"), 3)
    assert [entry.id for entry in window.list_newest(EventFilter(story="new"), 10)] == ["b"]
    window.stories.add(merge("new", "old"))
    assert list_ids(window.stories) == ["old"]
    for story in ("old", "new"):
        assert [entry.id for entry in window.list_newest(EventFilter(story=story), 10)] == ["b", "a"]


def test_changes_name_the_stories_that_end() -> None:
    """A reader gets the stories that changed and meet the filter, and the ids of those to remove from the list."""
    window, chosen = StoryWindow(), StoryFilter(status="open")
    for name in ("a", "b", "c"):
        window.add(build_story(name))
    seen = window.changes.version
    window.add(build_story("a", articles=4))
    window.add(build_story("b").model_copy(update={"status": "closed"}))
    window.add(merge("c", "a"))
    shown, ended = window.list_changed(seen, chosen)
    assert ([record.id for record in shown], ended) == (["a"], ["b", "c"])
    assert [record.id for record in window.list_changed(seen, ALL)[0]] == ["a", "b"]


def test_filters_select_by_each_fact() -> None:
    """A story is listed if it meets all conditions; a name or a headline is found in any case and without accents."""
    window = StoryWindow()
    window.add(build_story("a", sources=5, articles=9, headline="Sturm über Tromsø", names=("Rui Bragança",)))
    window.add(build_story("b", articles=1, language="de").model_copy(update={"status": "closed"}))

    def find(**query: str) -> list[str]:
        return list_ids(window, StoryFilter.from_query(query))

    assert find(status="closed") == ["b"]
    assert find(language="de") == ["b"]
    assert find(sources="5") == ["a"]
    assert find(name="BRAGANCA") == find(name="sturm") == ["a"]
    assert find(name="braganca", language="de") == []
    assert find(sources="x", order="x") == ["a", "b"]
    assert window.list_languages() == ["de", "en"]
