"""API keys: known by their hashes alone."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping

from services.errors import PermanentError
from services.outcomes import Reason

BEARER = "bearer "


class KeyRing:
    """Admits who presents a key whose SHA-256 is known; everybody where none is."""

    def __init__(self, hashes: Iterable[str]) -> None:
        self._hashes = tuple(hashes)

    def check(self, headers: Mapping[str, str]) -> None:
        """Take the key from `Authorization: Bearer` or `X-Api-Key`. Raises PermanentError (unauthorised)."""
        if self._hashes and not self._knows(_find_key(headers)):
            raise PermanentError("a valid API key is needed", reason=Reason.UNAUTHORISED)

    def _knows(self, key: str) -> bool:
        digest = hashlib.sha256(key.encode(errors="replace")).hexdigest()
        # All are compared, whichever matches, so that the time taken tells nothing.
        return sum(hmac.compare_digest(digest, known) for known in self._hashes) > 0


def _find_key(headers: Mapping[str, str]) -> str:
    authorization = headers.get("authorization", "")
    if authorization.lower().startswith(BEARER):
        return authorization[len(BEARER) :].strip()
    return headers.get("x-api-key", "")
