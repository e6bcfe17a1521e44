"""The features of an article by which match finds its story."""

from __future__ import annotations

from services.contracts.base import Contract


class StoryFeatures(Contract):
    """The part of an article that match compares with stories. annotate computes it once. Internal."""

    words: str
    """The most telling words of the article as it first writes them, separated by blanks."""
    terms: str
    """The base64 of 9 bytes for each of `words`, little-endian: the hash of its folded stem (32 bits), its weight and
    its rarity (16 bits each), and its roles (8 bits)."""
    facts: tuple[str, ...] = ()
    """The dates, years and numbers of the article, each with its kind: "date 12-19", "year 2008", "number 8900",
    "slot magnitude 5.6"."""
