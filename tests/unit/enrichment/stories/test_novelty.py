"""Tests of novelty against a count by a plain loop."""

from __future__ import annotations

import random

from services.contracts.event.story import Novelty
from services.enrichment.stories.novelty import DECAY, WINDOWS, NoveltyIndex
from services.enrichment.stories.parameters import DAY_MS, HOUR_MS
from services.enrichment.structs import build_struct

Seen = list[tuple[int, tuple[str, ...], str]]


def count_plainly(seen: Seen, entity: str, stories: set[str], now_ms: int) -> Novelty:
    """Return the novelty by a loop over everything that was seen."""
    named = [(at_ms, story) for at_ms, entities, story in seen if entity in entities]
    similar = [at_ms for at_ms, story in named if story in stories]
    recent = [at_ms for at_ms in similar if at_ms > now_ms - 7 * DAY_MS]
    rank = 1 + sum(at_ms > now_ms - DAY_MS for at_ms in similar)
    return build_struct(Novelty)(
        is_first=not recent,
        chain_rank_24h=rank,
        decay=round(100 * 0.75 ** (rank - 1)),
        similar={name: sum(at_ms > now_ms - ms for at_ms in similar) for name, ms in WINDOWS.items()},
        volume={name: sum(at_ms > now_ms - ms for at_ms, _ in named) for name, ms in WINDOWS.items()},
        days_since_similar=round((now_ms - max(recent)) / DAY_MS, 3) if recent else None,
        late=False,
    )


def test_novelty_is_what_a_plain_loop_counts() -> None:
    """For random articles over weeks, with gaps, bursts and merged stories, both counts are equal."""
    generator = random.Random(5)
    index, seen, now_ms = NoveltyIndex(), Seen(), 0
    for _ in range(3_000):
        now_ms += generator.choice((0, 0, 1, 60_000, HOUR_MS, 5 * HOUR_MS, DAY_MS if generator.random() < 0.1 else 1))
        entities = tuple({f"e{min(generator.randrange(40), generator.randrange(40))}" for _ in range(4)})
        story = f"s{generator.randrange(25)}"
        members = {story, *(f"s{generator.randrange(25)}" for _ in range(generator.choice((0, 0, 0, 2))))}
        for entity in entities:
            assert index.measure(entity, sorted(members), now_ms) == count_plainly(seen, entity, members, now_ms)
        index.add(entities, story, now_ms)
        seen.append((now_ms, entities, story))


def test_old_mentions_are_forgotten() -> None:
    """After a week of other articles nothing of an entity is left in memory."""
    index = NoveltyIndex()
    index.add(["e1", "e2"], "s", 0)
    for day in range(1, 9):
        index.add(["e3"], "s", day * DAY_MS)
    assert index.mentions == 8
    assert index.measure("e1", ["s"], 8 * DAY_MS).is_first


def test_decay_is_the_rounded_power() -> None:
    """The table has the rounded powers of three quarters, and ends where they are 0."""
    assert list(DECAY) == [round(100 * 0.75**rank) for rank in range(len(DECAY))] and DECAY[-1] == 0


def test_an_unknown_entity_is_new() -> None:
    """The first article of an entity has rank 1, decay 100 and no earlier articles."""
    novelty = NoveltyIndex().measure("e", ["s"], 10, is_late=True)
    assert (novelty.is_first, novelty.chain_rank_24h, novelty.decay, novelty.late) == (True, 1, 100, True)
    assert set(novelty.similar.values()) == set(novelty.volume.values()) == {0}


def test_removed_articles_are_in_no_count() -> None:
    """After any removals the counts are those of an index that never had the articles, also with equal rows."""
    generator = random.Random(8)
    index, kept, seen, now_ms = NoveltyIndex(), NoveltyIndex(), Seen(), 0
    for _ in range(600):
        now_ms += generator.choice((0, 0, 1, 60_000, HOUR_MS, 5 * HOUR_MS))
        entities = tuple({f"e{generator.randrange(6)}" for _ in range(3)})
        seen.append((now_ms, entities, f"s{generator.randrange(3)}"))
        index.add(entities, seen[-1][2], now_ms)
    removed = set(generator.sample(range(600), 400))
    for at in removed:
        index.remove(seen[at][1], seen[at][2], seen[at][0])
    for at, (at_ms, entities, story) in enumerate(seen):
        if at not in removed:
            kept.add(entities, story, at_ms)
    for entity in map("e{}".format, range(6)):
        for stories in (["s0"], ["s1", "s2"]):
            assert index.measure(entity, stories, now_ms) == kept.measure(entity, stories, now_ms)


def test_tables_that_are_built_at_once_equal_those_of_single_additions() -> None:
    """Many articles added in bulk, some of them removed again and some forgotten, give the counts of single calls."""
    generator = random.Random(9)
    single, bulk, now_ms = NoveltyIndex(), NoveltyIndex(), 0
    bulk.begin_bulk()
    for _ in range(800):
        now_ms += generator.choice((0, 1, 60_000, HOUR_MS, 5 * HOUR_MS))
        entities, story = [f"e{each}" for each in generator.sample(range(9), 3)], f"s{generator.randrange(4)}"
        for index in (single, bulk):
            index.add(entities, story, now_ms)
            if story == "s0":
                index.remove(entities, story, now_ms)
    bulk.end_bulk()
    assert bulk.mentions == single.mentions > 0
    for _ in range(3):
        now_ms += 2 * DAY_MS
        for index in (single, bulk):
            index.add(["e1", "e2"], "s1", now_ms)
        for entity in map("e{}".format, range(9)):
            for stories in (["s0"], ["s1", "s2", "s3"]):
                assert bulk.measure(entity, stories, now_ms) == single.measure(entity, stories, now_ms)
