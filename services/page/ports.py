"""Functions that the page calls and the command provides: the page itself knows neither models nor rules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.contracts.event import EnrichedArticle
from services.contracts.raw import RawArticle
from services.page.views.routing import RoutingView

FindRawText = Callable[[EnrichedArticle], Awaitable[str | None]]
"""Function that returns the raw text of an event, or None if it is not there any more."""
EnrichArticle = Callable[[RawArticle, Sequence[bytes]], EnrichedArticle]
"""Function that enriches a pasted article, in a thread of its own. It compares the article with those of earlier calls
and with some events of the stream, given as JSON, the oldest first. Raises CopydeskError."""
ExplainRoutes = Callable[[EnrichedArticle], RoutingView]
"""Function that evaluates the routing rules for an event and says why."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The functions that the page is built with; None for what this installation does not have."""

    find_raw_text: FindRawText | None = None
    enrich: EnrichArticle | None = None
    explain_routes: ExplainRoutes | None = None
