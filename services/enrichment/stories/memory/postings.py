"""Inverted index: the open stories by their strongest terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from services.enrichment.stories.features.extraction import NAME
from services.enrichment.stories.similarity.article_view import ArticleView
from services.enrichment.stories.similarity.profile import Profile, read_terms

KEYS: Final = 16
"""Terms under which a story is found."""
QUERIED: Final = 16
"""Terms of an article that are looked up."""
TERM_BITS: Final = 32
"""Bits of a term."""
WEIGHT_BITS: Final = 17
"""Bits of a weight with its factor."""
NAME_FACTOR: Final = 2
"""Factor of the weight of a name in the choice of terms."""


def choose_keys(profiles: Sequence[bytes]) -> list[list[int]]:
    """Return the terms under which each story is found: its heaviest, names before other words.

    The packed profiles are sorted together, because a start has those of all stories.
    """
    terms, lengths = read_terms(profiles)
    starts = np.cumsum(lengths) - lengths
    weights = terms["weight"] * np.where(terms["roles"] & NAME, NAME_FACTOR, 1)
    # Story, weight and term as one number: one sort of numbers is much faster than a sort by three columns.
    ranked = np.repeat(np.arange(len(profiles)), lengths) << (WEIGHT_BITS + TERM_BITS)
    ranked |= (2**WEIGHT_BITS - 1 - weights) << TERM_BITS
    ranked |= terms["code"]
    ranked.sort()
    codes = ranked & (2**TERM_BITS - 1)
    return [
        codes[at : at + min(size, KEYS)].tolist() for at, size in zip(starts.tolist(), lengths.tolist(), strict=True)
    ]


def choose_story_keys(profile: Profile) -> list[int]:
    """Return what `choose_keys` returns for one story. For a single profile, numpy takes longer than this loop."""
    ranked = sorted(
        [
            (-weight * (NAME_FACTOR if roles & NAME else 1), code)
            for code, (weight, _, _, roles) in profile.terms.items()
        ]
    )
    return [code for _, code in ranked[:KEYS]]


class Postings:
    """The ids of the stories under each term.

    What is found depends on the stories and not on the order in which they were added: a term that more stories have
    than the limit is ignored.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._by_term: dict[int, str | set[str]] = {}
        self.limit_hits = 0
        """Number of look-ups that ignored a term, since the start."""

    def add(self, story_id: str, keys: Iterable[int]) -> None:
        """Add a story under its keys."""
        table = self._by_term
        for key in keys:
            held = table.get(key)
            if held is None:
                table[key] = story_id
            elif isinstance(held, set):
                held.add(story_id)
            elif held != story_id:
                table[key] = {held, story_id}

    def remove(self, story_id: str, keys: Iterable[int]) -> None:
        """Remove a story from its keys."""
        for key in keys:
            held = self._by_term.get(key)
            if isinstance(held, set):
                held.discard(story_id)
                if len(held) == 1:
                    self._by_term[key] = held.pop()
            elif held == story_id:
                del self._by_term[key]

    def find(self, article: ArticleView) -> dict[str, float]:
        """Return the stories that share a term with an article, each with the weight of the shared terms."""
        found: dict[str, float] = {}
        for key, weight in _choose_queries(article):
            held = self._by_term.get(key)
            if held is None:
                continue
            if not isinstance(held, set):
                found[held] = found.get(held, 0.0) + weight
            elif len(held) <= self._limit:
                for story_id in held:
                    found[story_id] = found.get(story_id, 0.0) + weight
            else:
                self.limit_hits += 1
        return found


def _choose_queries(article: ArticleView) -> Iterator[tuple[int, float]]:
    ranked = [(-term.weight * (NAME_FACTOR if term.roles & NAME else 1), term.hash) for term in article.terms]
    return ((code, -weight) for weight, code in sorted(ranked)[:QUERIED])
