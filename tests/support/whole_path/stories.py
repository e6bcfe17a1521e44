"""The check of stories, novelty and mentions, recomputed by plain loops over the events as JSON.

The other checks compare match's records with a loop over the code of match. These loops share no code with it: which
story an article joined is given, and what follows from it is counted again, shard by shard in log order.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiokafka import ConsumerRecord

from services.contracts import topics
from tests.support.whole_path.scan import scan

HOUR = 3_600_000
WINDOWS = {"12h": 12 * HOUR, "24h": 24 * HOUR, "3d": 72 * HOUR, "5d": 120 * HOUR, "7d": 168 * HOUR}
PRECISIONS = {"second": 0, "minute": 60_000, "day": 24 * HOUR, "month": 744 * HOUR, "year": 8784 * HOUR}
"""Milliseconds after the start of a time of publication at which the article may still have been published."""
COUNTED_SOURCES = 128

Event = dict[str, Any]
Problem = tuple[str, str]
"""Article or story, and what is wrong with it."""


@dataclass(slots=True)
class PlainStory:
    """A story as the events before give it."""

    articles: list[str] = field(default_factory=list)
    originals: int = 0
    sources: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    """Ids of the story and of all stories that were merged into it."""
    status: str = "open"


@dataclass
class PlainShard:
    """The stories and the novelty of one shard, counted event by event."""

    records: list[Event]
    """Records of the shard's stories, in log order."""
    stories: dict[str, PlainStory] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    merges: int = 0
    _now_ms: int = 0
    _place: int = 0
    _versions: dict[str, int] = field(default_factory=dict)
    _named: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _similar: defaultdict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))

    def read(self, event: Event) -> None:
        """Count the next event, and compare the answers in it and the records of its stories with the counts."""
        log_ms = _to_ms(event["article"]["ingested_at"])
        self._now_ms = max(self._now_ms, log_ms)
        found = event["story"]
        for record in self._take_records(event["id"]):
            self._end(record, found["id"])
        story = self._find(found["id"])
        self._count(story, event)
        expected = {
            "is_first": found["id"] == event["id"],
            "size": len(story.articles),
            "sources": max(1, min(len(story.sources), COUNTED_SOURCES)),
        }
        self._compare(event["id"], {name: found[name] for name in expected}, expected)
        self._read_own_record(found["id"], story, event["id"])
        self._check_novelty(event, story, is_late=_is_late(event, log_ms))

    def finish(self) -> None:
        """Find records of stories that belong to no event."""
        self.problems += [(record["id"], "a record without an event") for record in self.records[self._place :]]

    def _find(self, story_id: str) -> PlainStory:
        return self.stories.setdefault(story_id, PlainStory(members={story_id}))

    def _take_records(self, article_id: str) -> Iterator[Event]:
        """Yield the records of the stories that ended because of an article; its own story's record is the next one."""
        while self._place < len(self.records) and self.records[self._place]["status"] != "open":
            yield self.records[self._place]
            self._place += 1
        if self._place == len(self.records):
            self.problems.append((article_id, "no record of its story"))

    def _end(self, record: Event, into: str) -> None:
        ended = self._find(record["id"])
        self._check_record(record, ended)
        ended.status = record["status"]
        if record["status"] == "merged":
            self.merges += 1
            self._compare(record["id"], record["merged_into"], into)
            story = self._find(into)
            story.articles += ended.articles
            story.originals += ended.originals
            story.sources |= ended.sources
            story.members |= ended.members
            self._versions[into] = max(self._versions.get(into, 0), self._versions[record["id"]] - 1)

    def _count(self, story: PlainStory, event: Event) -> None:
        if story.status != "open":
            self.problems.append((event["id"], f"joined a story that is {story.status}"))
        article = event["article"]
        story.articles.append(event["id"])
        if event["duplicate"]["verdict"] == "original":
            story.originals += 1
            source = (article["dateline"] or {}).get("agency") or article["source"]
            if source:
                story.sources.add(source.casefold())

    def _read_own_record(self, story_id: str, story: PlainStory, article_id: str) -> None:
        if self._place < len(self.records):
            record = self.records[self._place]
            self._place += 1
            self._compare(article_id, (record["id"], record["latest"]), (story_id, article_id))
            self._check_record(record, story)

    def _check_record(self, record: Event, story: PlainStory) -> None:
        version = self._versions.get(record["id"], 0) + 1
        self._versions[record["id"]] = version
        expected = {
            "version": version,
            "articles": len(story.articles),
            "originals": story.originals,
            "copies": len(story.articles) - story.originals,
            "sources": max(1, min(len(story.sources), COUNTED_SOURCES)),
        }
        self._compare(record["id"], {name: record[name] for name in expected}, expected)

    def _check_novelty(self, event: Event, story: PlainStory, *, is_late: bool) -> None:
        keys = dict.fromkeys(entity["key"] for entity in event["entities"] or () if entity["key"])
        for key in keys:
            expected = self._measure(key, story) | {"late": is_late}
            for entity in event["entities"]:
                if entity["key"] == key:
                    self._compare(event["id"], entity["novelty"], expected)
        for key in keys:
            self._named[key].append(self._now_ms)
            self._similar[key, event["story"]["id"]].append(self._now_ms)

    def _measure(self, key: str, story: PlainStory) -> Event:
        similar = sorted(at for member in story.members for at in self._similar.get((key, member), ()))
        counts = {name: _count_after(similar, self._now_ms - ms) for name, ms in WINDOWS.items()}
        rank = counts["24h"] + 1
        return {
            "is_first": not counts["7d"],
            "chain_rank_24h": rank,
            "decay": round(100 * 0.75 ** (rank - 1)),
            "similar": counts,
            "volume": {name: _count_after(self._named[key], self._now_ms - ms) for name, ms in WINDOWS.items()},
            "days_since_similar": round((self._now_ms - similar[-1]) / (24 * HOUR), 3) if counts["7d"] else None,
        }

    def _compare(self, name: str, found: object, expected: object) -> None:
        if found != expected:
            self.problems.append((name, f"{found} is not {expected}"))


async def check_stories(servers: str) -> tuple[dict[str, list[Problem]], dict[str, int]]:
    """Return what is wrong with the stories and the mentions on Kafka, by claim, and the numbers of what was read."""
    events = await _read_events(servers)
    records: defaultdict[int, list[Event]] = defaultdict(list)
    await scan(
        servers, topics.STORIES, lambda record: records[record.partition].append(json.loads(record.value or b"null"))
    )
    shards = {number: PlainShard(records[number]) for number in {event["origin"]["partition"] for event in events}}
    for event in events:
        shards[event["origin"]["partition"]].read(event)
    for shard in shards.values():
        shard.finish()
    rows, wrong_rows = await _check_mentions(servers, events)
    wrong = [problem for shard in shards.values() for problem in shard.problems]
    counts = {
        "stories": sum(len(shard.stories) for shard in shards.values()),
        "largest story": max(
            (len(one.articles) for each in shards.values() for one in each.stories.values()), default=0
        ),
        "merges": sum(shard.merges for shard in shards.values()),
        "story records": sum(map(len, records.values())),
        "mentions": rows,
    }
    return {"story or novelty that differs from the plain count": wrong, **wrong_rows}, counts


async def _read_events(servers: str) -> list[Event]:
    """Return the events in the order of the annotated topic, which is that of each shard."""
    found: list[Event] = []

    def read_record(record: ConsumerRecord) -> None:
        if not any(name == "poison" for name, _ in record.headers):
            found.append(json.loads(record.value))

    await scan(servers, topics.ENRICHED, read_record)
    return sorted(found, key=lambda event: (event["origin"]["partition"], event["origin"]["offset"]))


async def _check_mentions(servers: str, events: Iterable[Event]) -> tuple[int, dict[str, list[Problem]]]:
    """Check that the rows are those of the events, each once, and those of an entity in the order of each shard."""
    expected: dict[tuple[str, str], Event] = {}
    for event in events:
        for entity in event["entities"] or ():
            if entity["key"]:
                expected.setdefault((event["id"], entity["key"]), _build_row(event, entity))
    origins = {event["id"]: (event["origin"]["partition"], event["origin"]["offset"]) for event in events}
    found: Counter[tuple[str, str]] = Counter()
    wrong: list[Problem] = []
    last: dict[tuple[str, int], tuple[int, int]] = {}

    def read_record(record: ConsumerRecord) -> None:
        row = json.loads(record.value)
        key = row["article"], row["entity"]
        found[key] += 1
        if row != expected.get(key) or record.key.decode() != row["entity"]:
            wrong.append((row["article"], f"{row} is not {expected.get(key)}"))
            return
        origin = origins[row["article"]]
        if last.get((row["entity"], origin[0]), origin) > origin:
            wrong.append((row["article"], f"the row of {row['entity']} is out of order"))
        last[row["entity"], origin[0]] = origin

    count = await scan(servers, topics.MENTIONS, read_record)
    return count, {
        "missing mention": sorted(expected.keys() - found.keys()),
        "mention twice": [key for key, times in found.items() if times > 1],
        "mention that is not its event's": wrong,
    }


def _build_row(event: Event, entity: Event) -> Event:
    article, sentiment = event["article"], entity["sentiment"]
    return {
        "article": event["id"],
        "revision": (event["enrichment"]["revision"] or {}).get("number", 1),
        "at": article["ingested_at"],
        "language": article["language"]["code"],
        "verdict": event["duplicate"]["verdict"],
        "story": event["story"]["id"],
        "entity": entity["key"],
        "mentions": len(entity["mentions"]),
        **{name: article[name] for name in ("published_at", "source", "headline")},
        **{name: entity[name] for name in ("name", "type", "identifiers", "salience", "novelty")},
        **{name: sentiment[name] for name in ("polarity", "negative", "neutral", "positive")},
    }


def _is_late(event: Event, log_ms: int) -> bool:
    published = event["article"]["published_at"]
    if published is None:
        return False
    return log_ms > _to_ms(published["value"]) + PRECISIONS[published["precision"]] + 24 * HOUR


def _to_ms(written: str) -> int:
    return max(0, int(datetime.fromisoformat(written).timestamp() * 1000))


def _count_after(times: list[int], moment_ms: int) -> int:
    return len(times) - bisect_right(times, moment_ms)
