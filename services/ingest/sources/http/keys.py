"""API keys: known by their hashes alone."""

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

BEARER = "bearer "

HASH = re.compile(r"[0-9a-f]{64}")
"""A SHA-256 in hex."""

LOOK_INTERVAL = 2.0
"""Seconds between two looks at the file of keys: how long a withdrawn key lives on."""

Clock = Callable[[], float]

logger = structlog.get_logger()


class ApiKeys:
    """Admits who presents a key whose SHA-256 is known; everybody where there is neither a hash nor a file.

    A file has one hash a line, with what follows it on the line for people, and `#` before a remark. It is
    read again when it changes, so that keys come and go without a restart; one that became unreadable
    or wrong changes nothing, and says so in the log.
    """

    def __init__(self, hashes: Iterable[str], file: Path | None = None, clock: Clock = time.monotonic) -> None:
        """Raises ConfigurationError when the file cannot be read or has a line that is no hash."""
        self._fixed = tuple(hashes)
        self._file = file
        self._clock = clock
        self._version = _find_version(file) if file else None
        self._from_file = _read_hashes(file) if file else ()
        self._look_at = clock() + LOOK_INTERVAL

    def check(self, headers: Mapping[str, str]) -> None:
        """Take the key from `Authorization: Bearer` or `X-Api-Key`. Raises PermanentError (unauthorised)."""
        self._look()
        is_open = not self._fixed and self._file is None
        if not is_open and not self._knows(_find_key(headers)):
            raise PermanentError("a valid API key is needed", reason=Reason.UNAUTHORISED)

    def _knows(self, key: str) -> bool:
        digest = hashlib.sha256(key.encode(errors="replace")).hexdigest()
        # All are compared, whichever matches, so that the time taken tells nothing.
        return sum(hmac.compare_digest(digest, known) for known in (*self._fixed, *self._from_file)) > 0

    def _look(self) -> None:
        if self._file is None or self._clock() < self._look_at:
            return
        self._look_at = self._clock() + LOOK_INTERVAL
        version = _find_version(self._file)
        if version == self._version:
            return
        self._version = version
        try:
            self._from_file = _read_hashes(self._file)
        except ConfigurationError as error:
            logger.error("api_keys_kept", problem=str(error))
        else:
            logger.info("api_keys_read", keys=len(self._from_file))


def _find_version(file: Path) -> tuple[int, int, int] | None:
    """What changes when the file does; Kubernetes replaces the file behind a link, so that its number changes."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read_hashes(file: Path) -> tuple[str, ...]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read the API keys in {file}: {type(error).__name__}") from error
    words = [(number, line.split()[0]) for number, line in enumerate(lines, 1) if line.split("#")[0].strip()]
    for number, word in words:
        if not HASH.fullmatch(word):
            raise ConfigurationError(f"{file}:{number}: no SHA-256 in hex")
    return tuple(word for _, word in words)


def _find_key(headers: Mapping[str, str]) -> str:
    authorization = headers.get("authorization", "")
    if authorization.lower().startswith(BEARER):
        return authorization[len(BEARER) :].strip()
    return headers.get("x-api-key", "")
