"""Article ids as 128-bit keys, which pack into arrays."""

from __future__ import annotations

import hashlib
import re

KEY_BYTES = 16
HEX_KEY = re.compile(r"[0-9a-f]{32}")


def is_packed_id(article_id: str) -> bool:
    """Return whether the id is 32 hex digits, as Copydesk's own ids are. Such an id can be restored from its key."""
    return HEX_KEY.fullmatch(article_id) is not None


def derive_key(article_id: str) -> bytes:
    """Return 16 bytes: the id itself when it is 32 hex digits, else its hash."""
    if is_packed_id(article_id):
        return bytes.fromhex(article_id)
    return hashlib.blake2b(article_id.encode(), digest_size=KEY_BYTES, person=b"copydesk-id-key").digest()
