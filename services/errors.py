"""Every error that Copydesk raises on purpose.

    CopydeskError               retriable, reason, stage
    ├─ ConfigurationError       wrong settings, rules or weights: exit 2 at start, before any connection
    ├─ PermanentError           never succeeds: to the dead-letter topic at once
    └─ TransientError           may succeed: retried in place (capped, jittered), then stop without committing

Duplicates, rejections and unmatched routes are outcomes, not errors. A library's exception is
translated into one of these where it is met, with `raise ... from error`.
"""

from __future__ import annotations

from services.outcomes import Reason, Stage


class CopydeskError(Exception):
    """Base of the tree.

    `reason` is a slug from the closed list `Reason`, safe as a metric label and as a header;
    `stage` says where it happened, where that is known; `retriable` whether trying again can help.
    """

    retriable = False
    default_reason = Reason.UNEXPECTED

    def __init__(self, message: str, *, reason: Reason | None = None, stage: Stage | None = None) -> None:
        super().__init__(message)
        self.reason = reason if reason is not None else self.default_reason
        self.stage = stage


class ConfigurationError(CopydeskError):
    """Settings, routing rules or weights with which no run can be right."""

    default_reason = Reason.CONFIGURATION


class PermanentError(CopydeskError):
    """An input that will never succeed, however often it is tried; `field` is the one at fault, where it is one."""

    default_reason = Reason.INVALID_ARTICLE

    def __init__(
        self, message: str, *, reason: Reason | None = None, stage: Stage | None = None, field: str | None = None
    ) -> None:
        super().__init__(message, reason=reason, stage=stage)
        self.field = field


class TransientError(CopydeskError):
    """A failure that a later attempt may not meet, such as a broker that is away or a call that timed out.

    `retry_after` is the number of seconds to wait before the next attempt, where the other side named one.
    """

    retriable = True
    default_reason = Reason.BROKER_UNAVAILABLE

    def __init__(
        self,
        message: str,
        *,
        reason: Reason | None = None,
        stage: Stage | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, reason=reason, stage=stage)
        self.retry_after = retry_after
