"""Protocols of a mark and a state, which are models of the contract or the structs that a start decodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from services.contracts.event.story import Novelty, Story


class StateLike(Protocol):
    """A story's state: the model of the contract, or the struct that a start decodes."""

    @property
    def id(self) -> str:
        """The id of the story."""

    @property
    def opened_ms(self) -> int:
        """The time of the first article."""

    @property
    def updated_ms(self) -> int:
        """The time of the latest article."""

    @property
    def profile(self) -> str:
        """The base64 of the packed profile."""

    @property
    def shard_language(self) -> str | None:
        """The language that decides about the shard of the first article."""

    @property
    def entities(self) -> Sequence[object]:
        """The entities, with the fields of `StoryEntity`."""


class EndsLike(Protocol):
    """The stories that ended because of an article: the model of the contract, or the struct that a start decodes."""

    @property
    def merged(self) -> Sequence[str]:
        """The ids of the stories that were merged into the story of the article."""

    @property
    def closed(self) -> Sequence[str]:
        """The ids of the stories whose time was over."""


class MarkLike(Protocol):
    """A mark: the model of the contract, or the struct that a start decodes."""

    @property
    def story(self) -> Story:
        """The answer in the article's event."""

    @property
    def state(self) -> StateLike:
        """The story after the article."""

    @property
    def merged(self) -> Sequence[str]:
        """The ids of the stories that were merged into this one."""

    @property
    def closed(self) -> Sequence[str]:
        """The ids of the stories that ended."""

    @property
    def entities(self) -> Sequence[str]:
        """The keys of the entities of the article."""

    @property
    def novelty(self) -> Mapping[str, Novelty]:
        """The novelty of the entities that an earlier article names, by their keys."""

    @property
    def is_late(self) -> bool:
        """True if the article arrived long after its publication."""
