"""Ids and hashes as 128-bit numbers, which pack into arrays."""

from __future__ import annotations

import hashlib
import re

import numpy as np
from numpy.typing import NDArray

KEY_BYTES = 16
HEX_KEY = re.compile(r"[0-9a-f]{32}")


def is_packed_id(article_id: str) -> bool:
    """Whether the id is 32 hex digits, as Copydesk's own are, and so comes back out of its key."""
    return HEX_KEY.fullmatch(article_id) is not None


def derive_key(article_id: str) -> bytes:
    """16 bytes: the id itself where it is 32 hex digits, else its hash."""
    if is_packed_id(article_id):
        return bytes.fromhex(article_id)
    return hashlib.blake2b(article_id.encode(), digest_size=KEY_BYTES, person=b"copydesk-id-key").digest()


def unpack_key(key: bytes) -> NDArray[np.uint64]:
    """The two numbers of a key."""
    return np.frombuffer(key, dtype="<u8")


def chain_key(key: bytes) -> int:
    """The 64 bits of a key by which it is looked up."""
    return int.from_bytes(key[:8], "little")


def pack_key(pair: NDArray[np.uint64]) -> bytes:
    """The key of two numbers."""
    return pair.astype("<u8").tobytes()
