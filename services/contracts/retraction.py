"""Retraction: the request of a person, the order to a shard of match, and the event that consumers get."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from services.contracts.base import Contract
from services.contracts.raw import HttpUrl

MAX_REASON_CHARACTERS = 1_000
MAX_ID_CHARACTERS = 256

ArticleId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_ID_CHARACTERS)]
RetractionReason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_REASON_CHARACTERS)
]


class RetractionRequest(Contract):
    """The request to retract one article, the articles of a URL, or all articles of a source, published until now."""

    id: ArticleId | None = None
    """The article id."""
    url: HttpUrl | None = None
    """The URL of the articles: as their sender gave it, or canonical."""
    source: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    """The source of the articles, as `article.source` has it."""
    reason: RetractionReason
    """The reason, which consumers get."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if sum(given is not None for given in (self.id, self.url, self.source)) != 1:
            raise ValueError("give exactly one of id, url and source")
        return self


class Retraction(Contract):
    """The event that an article is retracted: delete what you have of it. It follows the article under the same key."""

    id: str
    """The article id."""
    reason: str
    """The reason that was given with the request."""


class RetractionOrder(Contract):
    """The order to a shard of match to retract an article. Internal."""

    id: str
    """The article id."""
    reason: str
    """The reason that was given with the request."""
    routes: tuple[str, ...] = ()
    """The routes on whose topics the article is."""
    publishes_unknown: bool = False
    """True if this shard publishes the retraction although it does not know the article. An article that no topic has
    any more is unknown to all shards, and one of them must inform the consumers."""
