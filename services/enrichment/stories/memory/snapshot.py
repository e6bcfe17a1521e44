"""Storage of the stories of a shard in a folder.

    stories.json         version, parameters, time, the merged stories and the hours of the assignments
    stories.jsonl        the open stories
    assignments.jsonl    the story of each remembered article
    novelty.npy          the mentions of entities: hour, time, entity and story

A snapshot refers to values that are replaced and never changed. It can therefore be written while the shard continues.
"""

from __future__ import annotations

import base64
import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from services.enrichment.stories.memory.open_stories import OpenStory
from services.enrichment.stories.novelty import ROW

if TYPE_CHECKING:
    from services.enrichment.stories.index import StoryIndex

VERSION: Final = 2
"""Version of the layout, of the profiles and of the hashes. A snapshot of another version is refused."""


@dataclass(frozen=True, slots=True)
class StorySnapshot:
    """The stories of a shard at one moment, to be written later, possibly in another thread."""

    description: Mapping[str, Any]
    stories: Mapping[str, OpenStory]
    assignments: Mapping[str, tuple[str, bytes]]
    novelty: Sequence[tuple[int, array[int], int]]
    """For each hour its mentions, and how many numbers of them count."""

    def write(self, folder: Path) -> None:
        """Write the snapshot into an existing folder."""
        with (folder / "stories.jsonl").open("w", encoding="utf-8") as file:
            for story_id, story in self.stories.items():
                profile, rest = base64.b64encode(story.profile).decode(), story.rest.decode()
                row = [story_id, story.ends_ms, story.opened_ms, story.updated_ms, profile, rest]
                file.write(json.dumps(row) + "\n")
        with (folder / "assignments.jsonl").open("wb") as lines:
            for article_id, (story_id, packed) in self.assignments.items():
                lines.write(json.dumps([article_id, story_id]).encode() + b"\t" + packed + b"\n")
        rows = array("q")
        for hour, times, length in self.novelty:
            rows.extend((hour, length, 0))
            rows.extend(times[:length])
        np.save(folder / "novelty.npy", np.frombuffer(rows, dtype=np.int64), allow_pickle=False)
        (folder / "stories.json").write_text(json.dumps(self.description), encoding="utf-8")


def take_snapshot(index: StoryIndex) -> StorySnapshot:
    """Return the stories as they are now; takes milliseconds for a shard of any size."""
    return StorySnapshot(
        {
            "version": VERSION,
            "parameters": index.parameters.model_dump(),
            "now_ms": index.now_ms,
            "merged": dict(index.assignments.merged),
            "hours": index.assignments.list_hours(),
        },
        dict(index.stories.by_id),
        dict(index.assignments.by_article),
        [(hour, rows, len(rows)) for hour, rows in index.novelty.rows],
    )


def read_snapshot(folder: Path, index: StoryIndex) -> None:
    """Fill an empty index from a folder. Raises OSError or ValueError if that fails."""
    description = json.loads((folder / "stories.json").read_text(encoding="utf-8"))
    if description.get("version") != VERSION or description.get("parameters") != index.parameters.model_dump():
        raise ValueError(f"the stories in {folder.name} have another version or other parameters")
    try:
        index.now_ms = int(description["now_ms"])
        _read_stories(folder, index)
        _read_assignments(folder, index, description)
        _read_novelty(folder, index)
    except (KeyError, TypeError, IndexError, AttributeError, msgspec.MsgspecError) as error:
        raise ValueError(f"the stories in {folder.name} cannot be read: {error}") from error


def _read_stories(folder: Path, index: StoryIndex) -> None:
    decode = msgspec.json.Decoder(tuple[str, int, int, int, str, str]).decode
    with (folder / "stories.jsonl").open("rb") as lines:
        for line in lines:
            story_id, ends_ms, opened_ms, updated_ms, profile, rest = decode(line)
            index.stories.by_id[story_id] = OpenStory(
                ends_ms, opened_ms, updated_ms, base64.b64decode(profile), rest.encode()
            )
    index.stories.end_bulk()


def _read_assignments(folder: Path, index: StoryIndex, description: Mapping[str, Any]) -> None:
    hours = [(int(hour), list(articles), list(stories)) for hour, articles, stories in description["hours"]]
    held: dict[str, tuple[str, bytes]] = {}
    decode = msgspec.json.Decoder(tuple[str, str]).decode
    with (folder / "assignments.jsonl").open("rb") as lines:
        for line in lines:
            names, packed = line.rstrip(b"\n").split(b"\t", 1)
            article_id, story_id = decode(names)
            held[article_id] = story_id, packed
    index.assignments.load(held, dict(description["merged"]), hours)


def _read_novelty(folder: Path, index: StoryIndex) -> None:
    rows = array("q", np.load(folder / "novelty.npy", allow_pickle=False).tobytes())
    hours = []
    at = 0
    while at < len(rows):
        hour, length = rows[at], rows[at + 1]
        hours.append((hour, rows[at + ROW : at + ROW + length]))
        at += ROW + length
    index.novelty.load(hours)
