"""Named points in the code where a crash is most dangerous. Tests end or stop a process there.

Only a call of `arm` from Python changes what `reach` does, and no module of the services calls it: no setting,
variable, file or request can. Without a hook, `reach` needs far less than a hundredth of the time that the fastest
stage needs for one record.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum


class CrashPoint(StrEnum):
    """Point of the work on an article at which a test may end the process."""

    FENCED = "fenced"
    """A lane has shut out the partition's older owner. It has not read the offset and the state yet, and the consumer
    has not moved."""
    BETWEEN_OUTPUTS = "between_outputs"
    """A lane has sent its first output (in match, the verdict) and not the next one (the event)."""
    INSIDE_TRANSACTION = "inside_transaction"
    """The broker has acknowledged a lane's outputs and offset. The commit is not requested yet."""
    COMMITTED = "committed"
    """The transaction is committed. The process has not reported it yet."""
    DELIVERED = "delivered"
    """The broker has acknowledged a batch of annotate. Its offsets are not committed yet."""
    PUBLISHED = "published"
    """The broker has acknowledged articles of ingest. The sender has no answer yet."""
    FILES_WRITTEN = "files_written"
    """The archive has written the files of a part. Its manifest is not written yet."""
    ARCHIVED = "archived"
    """The archive has written the manifest of a part. The offset is not committed yet."""
    FEED_STATE = "feed_state"
    """Ingest has published a feed's entries. The feed's new state is not written yet."""


Hook = Callable[[CrashPoint], Awaitable[None]]

_armed: list[Hook] = []
"""The hook, if a test has set one."""


def arm(hook: Hook) -> None:
    """Call `hook` at each crash point from now on. Only tests do this."""
    _armed[:] = [hook]


async def reach(point: CrashPoint) -> None:
    """Report that the work has reached a crash point."""
    for hook in _armed:
        await hook(point)
