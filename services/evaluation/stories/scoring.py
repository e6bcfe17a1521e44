"""Scores of a clustering: B-cubed, pairs, and the merges that its stories need."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from operator import ne
from typing import Any

from services.evaluation.duplicates import score_pairs
from services.evaluation.scores import DIGITS, round_scores
from services.evaluation.stories.clustering import Clustering, StoryRow


def score_clustering(rows: Sequence[StoryRow], found: Clustering) -> dict[str, Any]:
    """Return B-cubed precision, recall and F1, the scores of pairs, and what merges have changed."""
    events = [row.event for row in rows]
    held: defaultdict[str, set[str]] = defaultdict(set)
    for event, story in zip(events, found.stories, strict=True):
        held[story].add(event)
    pairs = score_pairs(events, found.stories)
    return {
        **score_b_cubed(events, found.stories),
        "pairs": {name: pairs[name] for name in ("precision", "recall", "f1")},
        "stories": len(held),
        "most_events_of_a_story": max(map(len, held.values())),
        "merges": count_merges(rows, found),
        "churn": round(sum(map(ne, found.joined, found.stories)) / len(rows), DIGITS),
    }


def score_b_cubed(events: Sequence[str], stories: Sequence[str]) -> dict[str, float]:
    """Return B-cubed precision, recall and F1 (Bagga and Baldwin 1998), each the mean over all rows."""
    pairs = list(zip(events, stories, strict=True))
    by_event, by_story, by_both = Counter(events), Counter(stories), Counter(pairs)
    both = [by_both[pair] for pair in pairs]
    precision = sum(count / by_story[story] for count, story in zip(both, stories, strict=True)) / len(events)
    recall = sum(count / by_event[event] for count, event in zip(both, events, strict=True)) / len(events)
    return round_scores(precision, recall)


def count_merges(rows: Sequence[StoryRow], found: Clustering) -> dict[str, int]:
    """Return the number of merges, of those that should happen, of these the ones that did, and of wrong ones.

    A story is of the event of most of its articles, as they arrived. If an event has more than one story, all but the
    first should be merged into another one of them; but not a story after whose first article no further article of
    the event arrives, because a stream cannot know then. A merge is wrong if the stories are of different events.
    """
    held: defaultdict[str, Counter[str]] = defaultdict(Counter)
    last: dict[str, int] = {}
    opened: dict[str, int] = {}
    for place, (_, number) in enumerate(found.order):
        event, story = rows[number].event, found.joined[number]
        held[story][event] += 1
        opened.setdefault(story, place)
        last[event] = place
    current = dict(zip(found.joined, found.stories, strict=True))
    by_event: defaultdict[str, list[str]] = defaultdict(list)
    events_of: defaultdict[str, set[str]] = defaultdict(set)
    for story, events in held.items():
        event = events.most_common(1)[0][0]
        by_event[event].append(story)
        events_of[current[story]].add(event)
    wanted = made = 0
    for event, stories in by_event.items():
        seen = {current[stories[0]]}
        for story in stories[1:]:
            wanted += last[event] > opened[story]
            made += last[event] > opened[story] and current[story] in seen
            seen.add(current[story])
    return {
        "all": len(held) - len(events_of),
        "wanted": wanted,
        "made": made,
        "wrong": sum(len(events) - 1 for events in events_of.values()),
    }
