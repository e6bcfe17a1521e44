"""Samples for the weights: pairs of an article and a story, and bridges between stories that the labels know."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from services.enrichment.stories.similarity.article_view import ArticleView, view_article
from services.enrichment.stories.similarity.bridges import measure_bridge
from services.enrichment.stories.similarity.comparison import compare
from services.enrichment.stories.similarity.profile import EMPTY, Profile, add_article, view_profile
from services.enrichment.stories.similarity.weights import StoryWeights
from services.evaluation.stories.clustering import StoryRow
from services.training.stories.regression import Sample

ORDERS: Final = 4
"""Orders of arrival from which pairs are taken."""
RIVALS: Final = 8
"""Stories with which each article is paired: those with the most similar words."""
BRIDGE_ORDERS: Final = 8
"""Orders of arrival from which bridges are taken: there are fewer bridges than pairs."""
SPLITS: Final = (0.0, 2.0, 3.5)
"""Log-odds above the threshold from which articles join while bridges are collected. Higher ones split more events, so
that there are more stories of one event to learn from."""
PURITY: Final = 0.6
"""Share of the articles of a story that are of its event."""
SEED: Final = 20261130


class LabelledRow(NamedTuple):
    """An article with its labels."""

    topic: str
    """The topic, which has two events that are easily confused."""
    row: StoryRow


def collect_pairs(rows: Sequence[LabelledRow]) -> list[Sample]:
    """Pair each article with the stories that are most like it, as the labels group the articles before it.

    Each story is also in a second pair, as if its latest article were the only one: most stories of a stream have one.
    """
    pairs: list[Sample] = []
    views = [view_article(one.row.features) for one in rows]
    alone = [view_profile(add_article(EMPTY, view)) for view in views]
    for order in _shuffle(len(rows), ORDERS):
        stories: dict[str, Profile] = {}
        latest: dict[str, int] = {}
        for number in order:
            view, event = views[number], rows[number].row.event
            compared = [(compare(view, view_profile(profile)), other) for other, profile in stories.items()]
            compared.sort(key=lambda each: -each[0].words)
            for comparison, other in compared[:RIVALS]:
                pairs.append((comparison, other == event))
                if stories[other].articles > 1:
                    pairs.append((compare(view, alone[latest[other]]), other == event))
            stories[event] = add_article(stories.get(event, EMPTY), view)
            latest[event] = number
    return pairs


def collect_bridges(rows: Sequence[LabelledRow], weights: StoryWeights, threshold: float) -> list[Sample]:
    """Return the bridges between stories that form when articles join by the weights, and nothing is merged."""
    views = [view_article(one.row.features) for one in rows]
    events = [one.row.event for one in rows]
    bridges: list[Sample] = []
    for order in _shuffle(len(rows), BRIDGE_ORDERS):
        for split in SPLITS:
            found: list[_Fragment] = []
            for number in order:
                bridges += _add(found, views[number], events[number], weights, threshold, split)
    return bridges


@dataclass(slots=True)
class _Fragment:
    """A story, with the number of its articles of each event."""

    profile: Profile = EMPTY
    events: Counter[str] = field(default_factory=Counter)


def _add(
    stories: list[_Fragment], view: ArticleView, event: str, weights: StoryWeights, threshold: float, split: float
) -> Iterator[Sample]:
    """Add an article to its best story or to a new one; yield its bridges from the best story to the others."""
    profiles = [view_profile(story.profile) for story in stories]
    scored = [(-weights.score(compare(view, profile), 0), place) for place, profile in enumerate(profiles)]
    scored = sorted(each for each in scored if -each[0] >= threshold)
    for score, place in scored[1:]:
        one, other = stories[scored[0][1]], stories[place]
        if _find_event(one) and _find_event(other):
            bridge = measure_bridge(-score, profiles[scored[0][1]], profiles[place])
            yield bridge, _find_event(one) == _find_event(other)
    if scored and -scored[0][0] >= threshold + split:
        best = stories[scored[0][1]]
    else:
        best = _Fragment()
        stories.append(best)
    best.profile = add_article(best.profile, view)
    best.events[event] += 1


def _find_event(story: _Fragment) -> str | None:
    """Return the event of a story; None if its articles are of several."""
    event, count = story.events.most_common(1)[0]
    return event if count >= PURITY * story.events.total() else None


def _shuffle(count: int, orders: int) -> list[list[int]]:
    generator = random.Random(SEED)
    return [generator.sample(range(count), count) for _ in range(orders)]
