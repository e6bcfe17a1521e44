"""Tests of forms: daily reports with other numbers are separate stories, and updates of an event are one."""

from __future__ import annotations

import pytest

from services.enrichment.stories.index import StoryIndex
from services.enrichment.stories.parameters import DAY_MS, HOUR_MS
from tests.unit.enrichment.stories.articles import add, build_article

FORMS = {
    "market": "The Veltria stock exchange closed higher. The Veltria index rose {0} points to {1}.{2}, dealers at the "
    "Korbin brokerage said. Turnover was {3} million crowns.",
    "weather": "Forecast for the Ardel coast: cloudy with showers, temperatures near {0} degrees, wind from west at "
    "{2} kilometres an hour, rainfall {3} millimetres, the Ardel observatory said. Barometer {1}.",
    "lottery": "The winning numbers of the Talmar lottery are {0}, {2} and {3}. The jackpot of {1} thousand crowns was "
    "not won, the Talmar lottery company said.",
}


def fill(form: str, day: int) -> str:
    """Return a form with the numbers of a day."""
    return FORMS[form].format(11 + 7 * day % 60, 1_200 + 37 * day, 10 + 13 * day % 80, 300 + 41 * day)


@pytest.mark.parametrize("form", FORMS)
def test_a_daily_form_is_a_story_each_day(form: str) -> None:
    """The same report with other numbers on each of ten days is ten stories, whatever the hour of the report."""
    index = StoryIndex()
    times = [day * DAY_MS + (day % 3) * HOUR_MS for day in range(10)]
    stories = {
        add(index, build_article(day, fill(form, day), at)).mark.story.id for day, at in enumerate(times, start=1)
    }
    assert len(stories) == len(times)


@pytest.mark.parametrize("form", FORMS)
def test_a_revision_of_the_numbers_on_the_same_day_is_one_story(form: str) -> None:
    """The same report with other numbers some hours later belongs to the story."""
    index = StoryIndex()
    first = add(index, build_article(1, fill(form, 1))).mark.story.id
    assert add(index, build_article(2, fill(form, 2), 3 * HOUR_MS)).mark.story.id == first


def test_a_follow_up_belongs_to_its_event() -> None:
    """A report of the next day, with another number of victims and with what is new, is no form."""
    index = StoryIndex()
    first = add(
        index,
        build_article(1, "A fire at the Brackwell paper mill killed 13 workers on Monday, fire chief Nora Quist said."),
    )
    later = build_article(
        2,
        "The fire at the Brackwell paper mill killed 17 workers, fire chief Nora Quist said, as investigators searched "
        "the burnt boiler house for its cause and relatives mourned in the parish church.",
        DAY_MS,
    )
    assert add(index, later).mark.story.id == first.mark.story.id


def test_a_summary_in_known_words_belongs_to_its_event() -> None:
    """A report that repeats words and numbers a day later is no form: nothing in it differs."""
    index = StoryIndex()
    text = "A fire at the Brackwell paper mill killed 13 workers and hurt 48 on Monday, fire chief Nora Quist said."
    first = add(index, build_article(1, text)).mark.story.id
    again = "Fire chief Nora Quist said the fire at the Brackwell paper mill killed 13 workers and hurt 48 on Monday."
    assert add(index, build_article(2, again, DAY_MS)).mark.story.id == first
