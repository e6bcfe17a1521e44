"""Every error that Copydesk raises on purpose.

    CopydeskError retriable, reason, stage ├─ ConfigurationError wrong settings, rules or weights: exit code 2 at the
    start, before any connection ├─ PermanentError will never succeed: its record goes to the dead-letter topic
    immediately └─ TransientError may succeed later: repeated (capped, jittered); then a stop without commit

Duplicates, rejections and unmatched routes are outcomes, not errors. Code that calls a library translates the library's
exceptions into one of these with `raise ... from error`.
"""

from __future__ import annotations

from services.outcomes import Reason, Stage


class CopydeskError(Exception):
    """Base class of all errors.

    `reason` is a value of the closed list `Reason`, which is safe as a metric label and as a header. `stage` is the
    stage where the error happened, or None if it is not known. `retriable` says whether a later attempt can succeed.
    """

    retriable = False
    default_reason = Reason.UNEXPECTED

    def __init__(self, message: str, *, reason: Reason | None = None, stage: Stage | None = None) -> None:
        super().__init__(message)
        self.reason = reason if reason is not None else self.default_reason
        self.stage = stage


class ConfigurationError(CopydeskError):
    """Settings, routing rules or weights with which the process cannot work correctly."""

    default_reason = Reason.CONFIGURATION


class PermanentError(CopydeskError):
    """An input that will never succeed, however often it is tried.

    `field` names the wrong field, or is None if the fault is not in one field.
    """

    default_reason = Reason.INVALID_ARTICLE

    def __init__(
        self, message: str, *, reason: Reason | None = None, stage: Stage | None = None, field: str | None = None
    ) -> None:
        super().__init__(message, reason=reason, stage=stage)
        self.field = field


class TransientError(CopydeskError):
    """A failure that may be gone at the next attempt, such as an unreachable broker or a call that timed out.

    `retry_after` is the number of seconds to wait before the next attempt, if the other side named one.
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
