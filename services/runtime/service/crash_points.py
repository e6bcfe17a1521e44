"""Moments at which a crash does the most harm, by name: the tests end or stop a process there.

Nothing but a call of `arm` from Python changes what `reach` does, and no module of the services makes one: no setting,
variable, file or request does. Unarmed it takes 0.2 us, beside the 300 us that a record takes in the quickest stage.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum


class Point(StrEnum):
    """Where an article may be when its process ends."""

    FENCED = "fenced"
    """A lane's older owner is shut out; offset and state are not read yet, the consumer stands where it stood."""
    BETWEEN_OUTPUTS = "between_outputs"
    """A lane's first output is on its way (of match: the verdict) and the next (its event) is not."""
    INSIDE_TRANSACTION = "inside_transaction"
    """A lane's outputs and offset are acknowledged; nobody has asked for the commit."""
    COMMITTED = "committed"
    """The transaction is committed; the process has not told of it."""
    DELIVERED = "delivered"
    """annotate: a batch's records are acknowledged, its offsets are not committed."""
    PUBLISHED = "published"
    """ingest: the broker has acknowledged, the sender has no answer."""
    FEED_STATE = "feed_state"
    """ingest: a feed's entries are published; what is known of the feed is not written."""


Hook = Callable[[Point], Awaitable[None]]

_hook: Hook | None = None


def arm(hook: Hook) -> None:
    """Call `hook` at each point from now on. For tests alone."""
    global _hook
    _hook = hook


async def reach(point: Point) -> None:
    """Say that a point is reached."""
    if _hook is not None:
        await _hook(point)
