"""The signature of an article: the hashes that matching compares instead of the texts.

It has four kinds of hashes:

- The content hash is equal for equal words.
- The anchors are the smallest hashes of the runs of eight words. Two articles with a common anchor have those words in
  common. An article that contains part of another shares that part's share of the anchors (bottom-k sampling, Broder
  1997, On the resemblance and containment of documents); bands of MinHash values do not have this property.
- The sketch estimates how similar two sets of shingles are.
- The facts show what changed, and whether two similar articles report different things (`slots.py`).

Invisible characters, such as soft hyphens, letter case, and the two ways to write an accented letter make no
difference.
"""

from __future__ import annotations

import base64
import hashlib
from binascii import a2b_base64
from struct import calcsize, pack, unpack

import numpy as np

from services.contracts.event import ResolvedTime, Signature
from services.enrichment.matching.signatures.facts import (
    find_page,
    hash_16_bits,
    hash_numbers,
    hash_page,
    hash_paragraphs,
)
from services.enrichment.matching.signatures.hashing import MASK_64, MULTIPLIER, Hashes, hash_runs, hash_words
from services.enrichment.matching.signatures.normalised_words import normalise, normalise_paragraphs
from services.enrichment.matching.signatures.sketch import SKETCH_BYTES, build_sketch
from services.enrichment.matching.signatures.slots import KEPT_WORDS, SLOTS, extract_subject
from services.errors import PermanentError

SHINGLE_WORDS = 3
"""Number of words of a shingle. A copy with scattered edits stays more similar with three words than with five: each
changed word changes as many shingles as a shingle has words."""

ANCHOR_WORDS = 8
"""Number of words of an anchor. Outside quotations two writers hardly ever use the same eight words in a row, so that
an anchor finds copies and almost no unrelated articles. In a text with a tenth of its words changed, 43 % (0.9^8) of
the runs of eight words are still unchanged."""

ANCHORS = 11
"""Maximum number of anchors of an article. With 11, an excerpt of 30 % of an article misses all anchors in 2 % of all
cases (0.7^11), and an excerpt of 15 % in 17 %. Each further anchor costs 12 bytes for each article of the index, and
more anchors do not score better on labelled pages."""

SHORTEST_WORDS = 20
"""Minimum number of words of an article with sketch and anchors. In a shorter text a few common phrases make unrelated
articles similar, so that only equal words count as a duplicate."""

HASH_BYTES = 16
"""Bytes of the content hash: 128 bits, like the article id, so that two different texts never share one by chance."""

DAY_S = 24 * 60 * 60

EXACT = frozenset({"second", "minute"})
"""Precisions of a time that is exact enough to order versions of an article."""


def compute_signature(
    headline: str | None,
    body: str,
    *,
    canonical_url: str | None = None,
    written_s: int | None = None,
    published_day: int | None = None,
) -> Signature:
    """Compute the signature of an article from its words, its page and its times alone.

    Headline and body count as one run of words, so that a copy whose headline was not separated from its body is still
    the same copy. `written_s` is the time at which this version was written, in seconds since the epoch, and
    `published_day` the day of publication, in days since the epoch.
    """
    title = " ".join(normalise(headline)).encode() if headline else b""
    paragraphs = normalise_paragraphs(body)
    encoded = b" ".join([title, *paragraphs] if title else paragraphs)
    hashes, is_number = hash_words(encoded)
    title_words = title.count(b" ") + 1 if title else 0
    shingles, runs = hash_runs(hashes, SHINGLE_WORDS, ANCHOR_WORDS)
    shingles = sort_distinct(shingles)
    host, page = find_page(canonical_url) if canonical_url else ("", "")
    is_long = len(hashes) >= SHORTEST_WORDS
    subject = extract_subject(headline, body) if is_long else None
    return Signature(
        content_hash=_hash_content(encoded),
        shingles=len(shingles),
        sketch=_encode(build_sketch(shingles)) if is_long else None,
        anchors=_encode(choose_anchors(runs)) if is_long else None,
        host=hash_16_bits(host.encode()) if host else None,
        page=hash_page(host, page) if host else None,
        written_s=written_s,
        headline=hash_16_bits(title) if title else None,
        numbers=hash_numbers(hashes[title_words:], is_number[title_words:]) if encoded else None,
        paragraphs=hash_paragraphs(paragraphs),
        slots=_encode(pack(f"<{len(subject.slots)}I", *subject.slots)) if subject else None,
        opening=_encode(pack(f"<{len(subject.opening)}H", *subject.opening)) if subject else None,
        published_day=published_day,
    )


def first_exact_time_seconds(*times: ResolvedTime | None) -> int | None:
    """Return the first time that is known to the minute, in seconds since the epoch; None if no time is.

    A date alone is too coarse to decide which of two versions is the later one.
    """
    for time in times:
        if time is not None and time.precision in EXACT:
            return max(0, int(time.value.timestamp()))
    return None


def find_day(time: ResolvedTime | None) -> int | None:
    """Return the day of a time that is known to the day, in days since the epoch (UTC); None for any other time.

    A time that only says when the article was fetched does not say when it was published.
    """
    if time is None or time.basis == "fetched" or time.precision not in EXACT | {"day"}:
        return None
    return max(0, int(time.value.timestamp()) // DAY_S)


def is_wordless(signature: Signature) -> bool:
    """Return whether the article has no word at all; such an article is never a copy."""
    return signature.content_hash == _WORDLESS


def decode_sketch(text: str) -> bytes:
    """Decode a sketch from base64. Raises PermanentError when it is not base64 or has another length."""
    sketch = _decode(text, "sketch")
    if len(sketch) != SKETCH_BYTES:
        raise PermanentError(f"the signature's sketch has {len(sketch)} bytes instead of {SKETCH_BYTES}")
    return sketch


def decode_anchors(text: str) -> bytes:
    """Decode anchors from base64 to little-endian numbers of 32 bits.

    Raises PermanentError when they are not base64 or have an impossible length.
    """
    anchors = _decode(text, "anchors")
    if len(anchors) > 4 * ANCHORS or len(anchors) % 4:
        raise PermanentError(
            f"the signature's anchors have {len(anchors)} bytes instead of a multiple of 4 up to {4 * ANCHORS}"
        )
    return anchors


def decode_opening(text: str) -> tuple[int, ...]:
    """Decode the words of headline and opening from base64.

    Raises PermanentError when they are not base64 or have an impossible length.
    """
    return _decode_numbers(text, "opening", "H", KEPT_WORDS)


def decode_slots(text: str) -> tuple[int, ...]:
    """Decode slots from base64. Raises PermanentError when they are not base64 or have an impossible length."""
    return _decode_numbers(text, "slots", "I", SLOTS)


def sort_distinct(hashes: Hashes) -> Hashes:
    """Return the distinct hashes in ascending order; `np.unique` is several times slower for a few hundred values."""
    hashes.sort()
    kept = np.empty(len(hashes), np.bool_)
    kept[:1] = True
    np.not_equal(hashes[1:], hashes[:-1], out=kept[1:])
    return hashes[kept]


def choose_anchors(runs: Hashes) -> bytes:
    """Return the smallest distinct hashes, each mixed to 32 bits, so that being small does not bias its bits."""
    runs.sort()
    smallest = list(dict.fromkeys(runs[: 2 * ANCHORS].tolist()))[:ANCHORS]
    return pack(f"<{len(smallest)}I", *[(value * MULTIPLIER & MASK_64) >> 32 or 1 for value in smallest])


def _encode(packed: bytes) -> str:
    return base64.b64encode(packed).decode()


def _decode(text: str, name: str) -> bytes:
    try:
        return a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise PermanentError(f"the signature's {name} is not base64") from error


def _decode_numbers(text: str, name: str, code: str, most: int) -> tuple[int, ...]:
    """Decode little-endian numbers from base64; `code` is that of the `struct` module."""
    encoded = _decode(text, name)
    size = calcsize(f"<{code}")
    if len(encoded) > most * size or len(encoded) % size:
        raise PermanentError(
            f"the signature's {name} has {len(encoded)} bytes instead of a multiple of {size} up to {most * size}"
        )
    return unpack(f"<{len(encoded) // size}{code}", encoded)


def _hash_content(encoded: bytes) -> str:
    return hashlib.blake2b(encoded, digest_size=HASH_BYTES, person=b"copydesk-words-1").hexdigest()


_WORDLESS = _hash_content(b"")
WORDLESS = Signature(content_hash=_WORDLESS, shingles=0)
"""Signature of an article without a word."""
