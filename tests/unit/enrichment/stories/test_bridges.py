"""Tests of bridges between stories: their figures, and which stories are merged."""

from __future__ import annotations

import pytest

from services.enrichment.stories.features.extraction import extract_features
from services.enrichment.stories.index import MEMBERS, StoryIndex
from services.enrichment.stories.similarity.article_view import view_article
from services.enrichment.stories.similarity.bridges import compare_names, measure_bridge
from services.enrichment.stories.similarity.profile import EMPTY, ProfileView, add_article, view_profile
from services.enrichment.structs import replace
from tests.unit.enrichment.stories.articles import add, build_article

FERRY = (
    "The ferry Halvard Brun caught fire in the strait of Osmund on Friday night. Captain Marit Dahl ordered all 212 "
    "passengers into the lifeboats, the coastguard of Osmund said."
)
RESCUED = (
    "Fishermen from Skarvika pulled hundreds of people out of icy water in the strait of Osmund after their vessel "
    "burned. Survivors wrapped in blankets thanked the crews of Skarvika. The coastguard of Osmund flew the injured to "
    "Tromen."
)
BOTH = (
    "Halvard Brun fire: what we know. Captain Marit Dahl ordered all 212 passengers of the ferry Halvard Brun into the "
    "lifeboats in the strait of Osmund. Fishermen from Skarvika pulled hundreds of people out of icy water after their "
    "vessel burned. The coastguard of Osmund flew the injured to Tromen."
)
STRIKE = (
    "Tram drivers in Quellstadt stopped work on Friday. Union leader Jorg Amsel asked for nine percent, and the mayor "
    "of Quellstadt, Petra Voss, called the strike reckless."
)


def view(text: str, *more: str, language: str = "en") -> ProfileView:
    """Return the profile of a story of some texts."""
    profile = EMPTY
    for one in (text, *more):
        profile = add_article(profile, view_article(extract_features(None, one, language)))
    return view_profile(profile)


@pytest.mark.parametrize("texts", [(FERRY, RESCUED), (RESCUED, FERRY)])
def test_a_summary_merges_two_stories_of_one_event(texts: tuple[str, str]) -> None:
    """Reports in other words open two stories; the article that has the words of both makes one of them."""
    index = StoryIndex()
    older, newer = (add(index, build_article(number, text, number)).mark for number, text in enumerate(texts))
    assert older.story.is_first and newer.story.is_first
    summary = add(index, build_article(2, BOTH, 2)).mark
    assert (summary.story.id, summary.merged) == (older.story.id, (newer.story.id,))
    assert index.open_count == 1


def test_a_round_up_of_two_events_merges_nothing() -> None:
    """An article with the whole reports of two events joins one of their stories, and both stay."""
    index = StoryIndex()
    for number, text in enumerate((FERRY, STRIKE)):
        add(index, build_article(number, text, number))
    mark = add(index, build_article(2, f"{FERRY} {STRIKE}", 2)).mark
    assert not mark.story.is_first and mark.merged == ()
    assert index.open_count == 2


def test_numbers_and_years_that_disagree_are_counted() -> None:
    """The figures count words with other numbers beside them and years that differ, and the smaller story's size."""
    one = view("The dam at Orrin failed in 1987. Magnitude 5.6, depth 12.", "The dam at Orrin burst in 1987.")
    other = view("The dam at Orrin failed in 2003. Magnitude 4.4, depth 12.")
    bridge = measure_bridge(1.5, one, other)
    assert (bridge.second, bridge.size, bridge.other_years) == (1.5, 0.0, 1.0)
    assert bridge.other_slots == pytest.approx(1 / 3)
    assert measure_bridge(1.5, one, one)[2:] == (0.0, 0.0)
    assert measure_bridge(0.0, one, one).size > 0


def test_stories_share_names_or_have_none() -> None:
    """The cosine of names is higher for one event than for two; in a script without names it forbids nothing."""
    assert compare_names(view(FERRY), view(FERRY)) == pytest.approx(1.0)
    assert compare_names(view(FERRY), view(RESCUED)) > compare_names(view(FERRY), view(STRIKE))
    assert compare_names(view("地震发生在北部山区", language="zh"), view("地震后的救援工作", language="zh")) == 1.0
    assert compare_names(view("地震发生在北部山区", language="zh"), view(FERRY)) == 0


def test_the_number_of_merged_stories_is_bounded() -> None:
    """A story into which as many stories were merged as allowed stays apart from the next one."""
    index = StoryIndex()
    for number, text in enumerate((FERRY, RESCUED)):
        add(index, build_article(number, text, number))
    index.stories.put(replace(index.stories.read(f"{0:032x}"), members=("x",) * MEMBERS))
    assert add(index, build_article(2, BOTH, 2)).mark.merged == ()
