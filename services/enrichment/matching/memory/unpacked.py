"""A signature, unpacked into the form in which articles are compared."""

from __future__ import annotations

from struct import unpack
from typing import NamedTuple

from services.contracts.event import Signature
from services.enrichment.matching.signatures.facts import PARAGRAPHS
from services.enrichment.matching.signatures.signature import (
    HASH_BYTES,
    decode_anchors,
    decode_opening,
    decode_sketch,
    decode_slots,
)
from services.enrichment.matching.signatures.sketch import read_sketch
from services.errors import PermanentError

CONTENT_BYTES = 12
"""Stored bytes of the content hash: with 96 bits, no two of ten million articles share one by chance."""

LOW_16 = 2**16 - 1
LOW_32 = 2**32 - 1
"""Masks for stored hashes: a signature of another build may have more bits."""


class Facts(NamedTuple):
    """Facts of an article besides its words; 0 means a fact that it does not have."""

    shingles: int
    page: int
    host: int
    written_s: int
    headline: int
    numbers: int
    paragraphs: tuple[int, ...]
    opening: tuple[int, ...] = ()
    """Words of headline and opening, as stored (`slots.read_opening`)."""
    slots: tuple[int, ...] = ()
    """Names and numbers, as stored (`slots.read_slots`)."""
    published_day: int = 0


class UnpackedSignature(NamedTuple):
    """A signature in the form in which articles are compared."""

    anchors: tuple[int, ...]
    content: bytes
    packed_sketch: bytes | None
    sketch: int
    """Sketch as a number; 0 when the article is too short for one."""
    keys: tuple[int, ...]
    """Distinct keys by which copies and originals find each other: anchors, page and content."""
    facts: Facts


def unpack_signature(signature: Signature) -> UnpackedSignature:
    """Unpack a signature. Raises PermanentError for one that this build cannot read."""
    content = _decode_hash(signature.content_hash)
    packed = decode_sketch(signature.sketch) if signature.sketch is not None else None
    encoded = decode_anchors(signature.anchors) if signature.anchors is not None else b""
    anchors = unpack(f"<{len(encoded) // 4}I", encoded)
    page = (signature.page or 0) & LOW_32
    own = (page, int.from_bytes(content[:4], "little"))
    return UnpackedSignature(
        anchors,
        content,
        packed,
        read_sketch(packed) if packed else 0,
        tuple(dict.fromkeys([key for key in (*anchors, *own) if key])),
        Facts(
            min(signature.shingles, LOW_32),
            page,
            (signature.host or 0) & LOW_16,
            min(signature.written_s or 0, LOW_32),
            (signature.headline or 0) & LOW_16,
            # Earlier builds counted the numbers of the headline too, and wrote no slots.
            (signature.numbers or 0) & LOW_16 if signature.slots is not None else 0,
            tuple([value & LOW_16 for value in signature.paragraphs[:PARAGRAPHS]]),
            decode_opening(signature.opening) if signature.opening is not None else (),
            decode_slots(signature.slots) if signature.slots is not None else (),
            (signature.published_day or 0) & LOW_16,
        ),
    )


def _decode_hash(content_hash: str) -> bytes:
    try:
        decoded = bytes.fromhex(content_hash)
    except ValueError as error:
        raise PermanentError("the signature's content_hash is not hexadecimal") from error
    if len(decoded) != HASH_BYTES:
        raise PermanentError(f"the signature's content_hash has {len(decoded)} bytes instead of {HASH_BYTES}")
    return decoded[:CONTENT_BYTES]
