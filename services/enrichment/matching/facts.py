"""Small facts of an article: enough to tell a person what a copy changed, and whose later version it is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from zlib import crc32

from services.enrichment.matching.hashing import MASK_64, MULTIPLIER, WORDS, Flags, Hashes

PARAGRAPHS = 8
"""Paragraphs of which a hash is kept: those of the smallest hashes, so that two articles keep the same ones."""

FRONTS = re.compile(r"^(?:www\d?|m|mobile|amp|edition)\.")
"""Host names under which one site shows the same page."""

ENDINGS = re.compile(r"(?:\.(?:s?html?|php|aspx?|amp))+$|(?:^|/)(?:amp|index(?:\.\w+)?)$", re.IGNORECASE)
"""Ends of a path that tell of the format and not of the article."""

LONGEST_ENDING = len("index")
"""Of those that have no dot."""

SLUG = re.compile(r"[^/]*?[^\W\d_]{2}(?:[-_][^/\-_]+){3,}")
"""The last part of a path that names one article: four words or more, as in `harbour-bridge-vote-delayed`. With
fewer, as in `live-updates`, a site uses it again and again."""


def find_page(canonical_url: str) -> tuple[str, str]:
    """The host without its fronts, and what on it names the article: a slug that names one, else path and query.

    Takes a URL in canonical form (`contracts.urls`).
    """
    netloc, _, rest = canonical_url.partition("//")[2].partition("/")
    path, _, query = rest.partition("?")
    host = FRONTS.sub("", netloc)
    slug = path.rpartition("/")[2]
    if "." in slug or len(slug) <= LONGEST_ENDING:
        path = ENDINGS.sub("", path)
        slug = path.rpartition("/")[2]
    return host, slug.lower() if SLUG.fullmatch(slug) else f"{path}?{query}"


def hash_page(host: str, page: str) -> int:
    """The 32 bits by which the versions of a page find each other: 1 to 2^32 - 1."""
    digest = hashlib.blake2b(f"{host} {page}".encode(), digest_size=4, person=b"copydesk-page-1").digest()
    return int.from_bytes(digest, "little") or 1


def hash_briefly(text: bytes) -> int:
    """16 bits by which two texts are told apart where nothing but a remark hangs on it: 1 to 65,535."""
    return crc32(text) >> 16 or 1


def hash_numbers(hashes: Hashes, is_number: Flags) -> int:
    """Of the set of numbers in a text, whatever their order: 1 to 65,535.

    "3.5" is two words, and counts as one number.
    """
    numbers: set[int] = set()
    previous, value = -2, 0
    for place, each in zip(is_number.nonzero()[0].tolist(), hashes[is_number].tolist(), strict=True):
        if place != previous + 1:
            numbers.add(value)
            value = 0
        value = (value * WORDS + each) & MASK_64
        previous = place
    numbers.add(value)
    return (sum(numbers) * MULTIPLIER & MASK_64) >> 48 or 1


def hash_paragraphs(paragraphs: Iterable[bytes]) -> tuple[int, ...]:
    """Of the paragraphs' words, the `PARAGRAPHS` smallest hashes in their order: 1 to 65,535 each."""
    return tuple(sorted({hash_briefly(paragraph) for paragraph in paragraphs})[:PARAGRAPHS])


def compare_paragraphs(old: Sequence[int], new: Sequence[int]) -> tuple[int, int]:
    """How many paragraphs were added and removed, of those that either article kept a hash of."""
    last = min((side[-1] for side in (old, new) if len(side) >= PARAGRAPHS), default=65_535)
    before, after = ({value for value in side if value <= last} for side in (old, new))
    return len(after - before), len(before - after)
