"""Small facts of an article: enough to show what a copy changed and which article is a later version of which page."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from zlib import crc32

from services.enrichment.matching.signatures.hashing import MASK_64, MULTIPLIER, WORD_BASE, Flags, Hashes

PARAGRAPHS = 8
"""Maximum number of paragraph hashes stored for each article. The smallest are stored, so that two articles with the
same paragraphs store the same hashes."""

HIGHEST_16_BITS = 65_535

HOST_PREFIXES = re.compile(r"^(?:www\d?|m|mobile|amp|edition)\.")
"""Beginnings of host names under which one site shows the same page."""

PATH_ENDINGS = re.compile(r"(?:\.(?:s?html?|php|aspx?|amp))+$|(?:^|/)(?:amp|index(?:\.\w+)?)$", re.IGNORECASE)
"""Ends of a path that name the format and not the article."""

LONGEST_ENDING = len("index")
"""Length of the longest path ending without a dot, in characters."""

SLUG = re.compile(r"[^/]*?[^\W\d_]{2}(?:[-_][^/\-_]+){3,}")
"""Last part of a path that names one article: four words or more, as in `harbour-bridge-vote-delayed`. A site uses a
shorter part, such as `live-updates`, for many articles."""


def find_page(canonical_url: str) -> tuple[str, str]:
    """Return the host without its prefix, and the part of the URL that names the article.

    That part is the slug when the slug names one article, else path and query. The URL must be in canonical form
    (`contracts.urls`).
    """
    netloc, _, rest = canonical_url.partition("//")[2].partition("/")
    path, _, query = rest.partition("?")
    host = HOST_PREFIXES.sub("", netloc)
    slug = path.rpartition("/")[2]
    if "." in slug or len(slug) <= LONGEST_ENDING:
        path = PATH_ENDINGS.sub("", path)
        slug = path.rpartition("/")[2]
    return host, slug.lower() if SLUG.fullmatch(slug) else f"{path}?{query}"


def hash_page(host: str, page: str) -> int:
    """Return the 32 bits by which versions of a page find each other: 1 to 2^32 - 1."""
    digest = hashlib.blake2b(f"{host} {page}".encode(), digest_size=4, person=b"copydesk-page-1").digest()
    return int.from_bytes(digest, "little") or 1


def hash_16_bits(text: bytes) -> int:
    """Return a hash of 1 to 65,535, for comparisons that only decide about a remark in the evidence."""
    return crc32(text) >> 16 or 1


def hash_numbers(hashes: Hashes, is_number: Flags) -> int:
    """Return a hash, 1 to 65,535, of the set of numbers in a text, in any order.

    "3.5" is two words and counts as one number.
    """
    numbers: set[int] = set()
    previous, value = -2, 0
    for place, each in zip(is_number.nonzero()[0].tolist(), hashes[is_number].tolist(), strict=True):
        if place != previous + 1:
            numbers.add(value)
            value = 0
        value = (value * WORD_BASE + each) & MASK_64
        previous = place
    numbers.add(value)
    return (sum(numbers) * MULTIPLIER & MASK_64) >> 48 or 1


def hash_paragraphs(paragraphs: Iterable[bytes]) -> tuple[int, ...]:
    """Return the `PARAGRAPHS` smallest hashes of the paragraphs' words in ascending order, 1 to 65,535 each."""
    return tuple(sorted({hash_16_bits(paragraph) for paragraph in paragraphs})[:PARAGRAPHS])


def compare_paragraphs(old: Sequence[int], new: Sequence[int]) -> tuple[int, int]:
    """Count the paragraphs that were added and removed, among the paragraphs whose hashes are stored."""
    last = min((side[-1] for side in (old, new) if len(side) >= PARAGRAPHS), default=HIGHEST_16_BITS)
    before, after = ({value for value in side if value <= last} for side in (old, new))
    return len(after - before), len(before - after)
