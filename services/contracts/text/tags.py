"""Tags out of the texts in which senders, feeds and pages put them: "quay, repairs, harbour council"."""

from __future__ import annotations

from collections.abc import Iterable

from services.contracts.raw import MAX_NAME_CHARACTERS, MAX_NAMES

SEPARATORS = (";", ",", "，", "、")
"""Marks between the tags in one text; the first one that is in the text separates them."""


def split_tags(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the different tags in texts: a text alone is a list of tags, and of several texts each is a tag."""
    parts = list(texts)
    if len(parts) == 1:
        mark = next((mark for mark in SEPARATORS if mark in parts[0]), None)
        parts = parts[0].split(mark) if mark else parts
    bare = (" ".join(part.split())[:MAX_NAME_CHARACTERS].strip() for part in parts)
    return tuple(tag for tag in dict.fromkeys(bare) if tag)[:MAX_NAMES]
