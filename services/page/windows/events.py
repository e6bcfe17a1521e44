"""The newest events that the page keeps in memory, bounded by number and by bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.contracts.event import EnrichedArticle
from services.page.views.summary import EventFilter, Summary, summarise
from services.page.windows.changes import ChangeLog
from services.page.windows.stories import StoryWindow

MAX_EVENTS = 2_000
"""Events that the window keeps. A person who looks at articles reads a small part of them."""
MAX_BYTES = 134_217_728
"""Bytes of the kept events as JSON, 128 MiB: 2,000 events of usual size need a tenth of it."""


@dataclass(slots=True)
class Entry:
    """An event of the window."""

    id: str
    value: bytes
    """The event's JSON, as the record has it."""
    summary: Summary
    written_ms: int
    """Time at which the broker appended the event, in milliseconds since the epoch."""
    routes: tuple[str, ...] = ()
    """Routes on whose topics the event was seen."""
    rules: str = ""
    """Version of the rules that chose the routes; empty if it is not known."""

    def read_event(self) -> EnrichedArticle:
        """Return the whole event."""
        return EnrichedArticle.model_validate_json(self.value)


class EventWindow:
    """Bounded memory of the newest events; the oldest make room for new ones."""

    def __init__(self, *, max_events: int = MAX_EVENTS, max_bytes: int = MAX_BYTES) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        """Entries by id, the oldest first."""
        self._waiting_routes: OrderedDict[str, tuple[tuple[str, ...], str]] = OrderedDict()
        """Routes, and the version of the rules, of articles whose event was not read yet: a routed topic may be read
        before the enriched one."""
        self.stories = StoryWindow()
        """The stories, read from a topic of their own."""
        self.changes = ChangeLog()
        self.unreadable = 0
        """Number of records that are no enriched events."""

    def __len__(self) -> int:
        return len(self._entries)

    def add_event(self, event: EnrichedArticle, value: bytes, written_ms: int) -> None:
        """Add an event, or replace the one with the same id."""
        old = self._entries.pop(event.id, None)
        if old is not None:
            self._bytes -= len(old.value)
        routes, rules = (old.routes, old.rules) if old else self._waiting_routes.pop(event.id, ((), ""))
        self._entries[event.id] = Entry(event.id, value, summarise(event), written_ms, routes, rules)
        self._bytes += len(value)
        self.changes.note_change(event.id)
        while len(self._entries) > 1 and (len(self._entries) > self._max_events or self._bytes > self._max_bytes):
            self.remove(next(iter(self._entries)))

    def add_route(self, article_id: str, route: str, rules: str = "") -> None:
        """Note that an event was seen on a route's topic, and the version of the rules that sent it there."""
        entry = self._entries.get(article_id)
        if entry is None:
            known, _ = self._waiting_routes.pop(article_id, ((), ""))
            self._waiting_routes[article_id] = (tuple(sorted({*known, route})), rules)
            while len(self._waiting_routes) > self._max_events:
                self._waiting_routes.popitem(last=False)
        elif route not in entry.routes:
            entry.routes, entry.rules = tuple(sorted((*entry.routes, route))), rules
            self.changes.note_change(article_id)

    def remove(self, article_id: str) -> None:
        """Remove an article. A page that is open shows it until it is loaded again."""
        self._waiting_routes.pop(article_id, None)
        entry = self._entries.pop(article_id, None)
        if entry is not None:
            self._bytes -= len(entry.value)
            self.changes.forget_change(article_id)

    def find(self, article_id: str) -> Entry | None:
        """Return the entry of an article, or None if the window has none."""
        return self._entries.get(article_id)

    def list_newest(self, chosen: EventFilter, limit: int) -> list[Entry]:
        """Return the newest entries that meet the filter, the newest first."""
        found = self._select(self._entries.values(), chosen)
        found.sort(key=lambda entry: -entry.written_ms)
        return found[:limit]

    def list_changed(self, after: int, chosen: EventFilter) -> list[Entry]:
        """Return the entries that were added or changed after a version and meet the filter, in order of change."""
        return self._select(map(self._entries.__getitem__, self.changes.list_changed_ids(after)), chosen)

    def list_of_story(self, story_id: str, limit: int) -> list[Entry]:
        """Return the newest entries of a story, the newest first."""
        return self.list_newest(EventFilter(story=story_id), limit)

    def list_values(self) -> tuple[list[str], list[str]]:
        """Return the languages and the routes of the kept events, for the lists of choices."""
        languages = {entry.summary.language for entry in self._entries.values()}
        routes = {route for entry in self._entries.values() for route in entry.routes}
        return sorted(languages), sorted(routes)

    def close(self) -> None:
        """End the waiting of every reader, for the end of the process."""
        self.changes.close()
        self.stories.changes.close()

    def _select(self, entries: Iterable[Entry], chosen: EventFilter) -> list[Entry]:
        """Return the entries that meet the filter. Articles of merged stories belong to the story that has them now."""
        current = replace(chosen, story=self.stories.find_current(chosen.story))
        return [
            entry
            for entry in entries
            if current.accepts(entry.summary, entry.routes, self.stories.find_current(entry.summary.story))
        ]
