"""API keys, of which only the hashes are known."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import structlog

from services.errors import ConfigurationError, PermanentError
from services.outcomes import Reason
from services.runtime.service.changed_file import ChangedFile

BEARER = "bearer "

HASH = re.compile(r"[0-9a-f]{64}")
"""Pattern for a SHA-256 in hex."""

RELOAD_INTERVAL = 2.0
"""Seconds between two checks of the key file for changes: the longest time for which a removed key still works."""

Clock = Callable[[], float]

logger = structlog.get_logger()


class ApiKeys:
    """Check of API keys against known SHA-256 hashes. Without hashes and without a file every request is allowed.

    A file has one hash a line. The rest of the line and everything after `#` are comments. A changed file is read
    again, so that keys can be added and removed without a restart. If it cannot be read or has a wrong line, the keys
    that were read before stay valid and an error is logged.
    """

    def __init__(self, hashes: Iterable[str], file: Path | None = None, clock: Clock = time.monotonic) -> None:
        """Read the file. Raises ConfigurationError if it cannot be read or has a line that is not a hash."""
        self._fixed = tuple(hashes)
        self._file = ChangedFile(file) if file else None
        self._clock = clock
        self._from_file = _read_hashes(file) if file else ()
        self._next_check = clock() + RELOAD_INTERVAL

    @property
    def are_needed(self) -> bool:
        """True if a request needs a key."""
        return bool(self._fixed) or self._file is not None

    def check(self, headers: Mapping[str, str]) -> None:
        """Check the key in `Authorization: Bearer` or `X-Api-Key`. Raises PermanentError (unauthorised)."""
        self._reload_if_changed()
        if self.are_needed and not self._is_known(_find_key(headers)):
            message = "no valid API key was sent; send one as `Authorization: Bearer <key>` or `X-Api-Key: <key>`"
            raise PermanentError(message, reason=Reason.UNAUTHORISED)

    def _is_known(self, key: str) -> bool:
        digest = hashlib.sha256(key.encode(errors="replace")).hexdigest()
        # Compare all hashes even after a match, so that the time taken reveals nothing.
        return sum(hmac.compare_digest(digest, known) for known in (*self._fixed, *self._from_file)) > 0

    def _reload_if_changed(self) -> None:
        if self._file is None or self._clock() < self._next_check:
            return
        self._next_check = self._clock() + RELOAD_INTERVAL
        if not self._file.has_changed():
            return
        file = str(self._file.path)
        try:
            self._from_file = _read_hashes(self._file.path)
        except ConfigurationError as error:
            logger.error("api_keys_reload_failed", file=file, error=str(error), keys=len(self._from_file))
        else:
            logger.info("api_keys_reloaded", file=file, keys=len(self._from_file))


def _read_hashes(file: Path) -> tuple[str, ...]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read the API keys in {file}: {type(error).__name__}") from error
    words = [(number, line.split()[0]) for number, line in enumerate(lines, 1) if line.split("#")[0].strip()]
    for number, word in words:
        if not HASH.fullmatch(word):
            raise ConfigurationError(f"{file}:{number}: the line does not begin with a SHA-256 in hex")
    return tuple(word for _, word in words)


def _find_key(headers: Mapping[str, str]) -> str:
    authorization = headers.get("authorization", "")
    if authorization.lower().startswith(BEARER):
        return authorization[len(BEARER) :].strip()
    return headers.get("x-api-key", "")
