"""The signature of an article, which match compares."""

from __future__ import annotations

from pydantic import NonNegativeInt

from services.contracts.base import Contract


class Signature(Contract):
    """The part of an article that match compares. annotate computes it once."""

    content_hash: str
    """The hexadecimal digest of the normalised words of headline and body; equal for exact duplicates."""
    shingles: NonNegativeInt
    """The number of distinct word shingles in the article."""
    minhash: str | None = None
    """The field that earlier builds compared; it is no longer written or read."""
    sketch: str | None = None
    """The base64 of 64 bytes from which the similarity of two sets of shingles is estimated; null if the article is
    too short."""
    anchors: str | None = None
    """The base64 of the anchors, by which match finds copies: unsigned 32-bit numbers, little-endian; null as for
    `sketch`."""
    host: NonNegativeInt | None = None
    """The hash of the URL's host; null without a URL."""
    page: NonNegativeInt | None = None
    """The hash of the part of the URL that names the article on its host: a slug, else path and query; null without a
    URL."""
    written_s: NonNegativeInt | None = None
    """The time at which this version was written, in seconds since the epoch; null if it is not known to the minute."""
    headline: NonNegativeInt | None = None
    """The hash of the headline's words; null without a headline."""
    numbers: NonNegativeInt | None = None
    """The hash of the set of numbers in the body; null if the article has no words. Earlier builds, which wrote no
    `slots`, included the numbers in the headline."""
    paragraphs: tuple[NonNegativeInt, ...] = ()
    """The eight smallest hashes of the body's paragraphs, ascending."""
    slots: str | None = None
    """The base64 of a sample of the names and numbers in the body, with hashes of the words around each: at most 24
    unsigned 32-bit numbers, little-endian; null as for `sketch`, and in records of earlier builds."""
    opening: str | None = None
    """The base64 of the hashes of the words of the headline and of those with which the body begins, those of the
    headline first: at most 20 unsigned 16-bit numbers, little-endian; null as for `slots`. The highest bit is set for a
    word of the headline, the next one for a name or number."""
    published_day: NonNegativeInt | None = None
    """The day of publication in days since 1970-01-01 (UTC); null if it is not known."""
