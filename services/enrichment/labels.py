"""The closed label sets of the encoder, in the order of its outputs.

A changed order or member makes a new model: weights name the labels that they were trained with, and loading compares
them with these.
"""

from __future__ import annotations

from typing import Final

ENTITY_TYPES: Final = ("PER", "ORG", "LOC", "MISC")
"""The four types of CoNLL-2003."""

OUTSIDE: Final = "O"

TAGS: Final = (OUTSIDE, *(f"{prefix}-{kind}" for kind in ENTITY_TYPES for prefix in "BI"))
"""IOB2 tags: every entity begins with B-, and I- only continues an entity of the same type."""

TAG_INDEX: Final = {tag: index for index, tag in enumerate(TAGS)}

POLARITIES: Final = ("negative", "neutral", "positive")

POLARITY_INDEX: Final = {polarity: index for index, polarity in enumerate(POLARITIES)}


def can_follow(previous: str, tag: str) -> bool:
    """Return whether IOB2 allows `tag` right after `previous` (`O` stands for a sentence's start)."""
    return not tag.startswith("I-") or previous[2:] == tag[2:]


def continue_tag(tag: str) -> str:
    """Return the tag that continues an entity of `tag`: I-x for B-x and I-x, O for O."""
    return tag if tag == OUTSIDE else f"I-{tag[2:]}"


def find_spans(tags: list[str]) -> set[tuple[int, int, str]]:
    """Return the entities of an IOB2 sequence as (first word, word after the last, type), half open.

    An I- without its B- begins an entity, as in CoNLL's scorer.
    """
    found: set[tuple[int, int, str]] = set()
    start, kind = 0, ""
    for position, tag in enumerate([*tags, OUTSIDE]):
        continues = tag.startswith("I-") and tag[2:] == kind
        if kind and not continues:
            found.add((start, position, kind))
            kind = ""
        if tag != OUTSIDE and not continues:
            start, kind = position, tag[2:]
    return found
