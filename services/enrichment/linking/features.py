"""Features of a candidate: how well an item fits an entity and its article, each from 0 to 1.

- rank: how well known the item is
- lead: how much better known it is than the best known rival; negative if it is less known
- alone: the candidate has no rival. A rival is at least half as well known, and its type fits if the item's type does:
  Nikola Tesla is no rival of Tesla, a company
- label: the name is the item's usual one
- short: the name is only a part of one of the item
- acronym: the entity has no longer name than letters in capitals
- word: the entity has no longer name than one word
- exact: the item has the name as written, with a legal form or a title if the article has one
- partial: the item has only a shorter name of the entity, not its fullest
- same_type, other_type: the entity's type is the item's, or another one; neither if one is unknown
- described: words of the item's description in the article
- home: share of the item's country among the countries of the other entities
- foreign: the article names countries in other entities, the item is of none of them, and it is not known everywhere
- qualified, misqualified: the place behind the name contains the item, or does not contain it: Paris, Texas. A country
  is misqualified only if the place contains another candidate: the list "Kenya, Uganda" does not say where Kenya is
- ticker: the text has the item's ticker next to the name
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from services.enrichment.linking.base_format import COUNTRY_RANK, NameForm
from services.enrichment.linking.candidates import Candidate, NamedEntity
from services.enrichment.linking.name_keys import is_acronym
from services.enrichment.links import Item

ENOUGH_WORDS: Final = 2
"""Number of words of a description in the article from which the feature is 1."""

OBSCURE: Final = 2
"""An item that is more than this many times as well known as another has no rival in it."""

WORLD_RANK: Final = 180
"""Rank from which an item is known everywhere, such as a city of five million people: news of any country names it."""

STOP_WORDS: Final = frozenset("a an and at by for from in of on or the to with is was as its who".split())
"""Words of descriptions that say nothing about the article."""


@dataclass(frozen=True, slots=True)
class QualifierPlace:
    """The place behind a name: the code of a country, or the words of the name of a place.

    `is_region` is True for a country or a region, which can contain other places. In a list of cities, the second city
    does not contain the first.
    """

    country: str | None = None
    words: frozenset[str] = frozenset()
    is_region: bool = False

    def contains(self, item: Item) -> bool:
        """Return whether an item is in this place, as far as its country and its description say."""
        if self.country is not None:
            return item.country == self.country
        return bool(self.words) and self.words <= item.words


def describe(
    entity: NamedEntity,
    candidates: Sequence[Candidate],
    words: Set[str],
    within: QualifierPlace,
) -> list[dict[str, float]]:
    """Return the features of each candidate of an entity.

    `words` are the words of the article in lower case, `within` is what the entity's qualifier says of the place.
    """
    is_letters = all(is_acronym(name) for name in entity.names)
    is_word = all(" " not in name for name in entity.names) and not is_letters
    is_placed = any(within.contains(candidate.item) for candidate in candidates)
    described = []
    for candidate, (lead, is_alone) in zip(candidates, _compare_ranks(entity, candidates), strict=True):
        item = candidate.item
        is_within = within.contains(item)
        is_typed = entity.type is not None and item.type is not None
        described.append(
            {
                "rank": item.rank / COUNTRY_RANK,
                "lead": lead,
                "alone": float(is_alone),
                "label": float(candidate.form is NameForm.LABEL),
                "short": float(candidate.form is NameForm.SHORT),
                "acronym": float(is_letters),
                "word": float(is_word),
                "exact": float(candidate.is_exact),
                "partial": float(not candidate.is_whole),
                "same_type": float(is_typed and entity.type == item.type),
                "other_type": float(is_typed and entity.type != item.type),
                "described": min(1.0, len((item.words & words) - STOP_WORDS) / ENOUGH_WORDS),
                "qualified": float(is_within),
                "misqualified": float(within.is_region and not is_within and (is_placed or item.rank < COUNTRY_RANK)),
                "ticker": float(candidate.has_ticker),
            }
        )
    return described


def _compare_ranks(entity: NamedEntity, candidates: Sequence[Candidate]) -> Iterator[tuple[float, bool]]:
    """Yield the lead of each candidate over its best known rival, and whether it has no rival."""
    fits = [_fits(entity, candidate) for candidate in candidates]
    for place, candidate in enumerate(candidates):
        rank = candidate.item.rank
        rivals = [
            other.item.rank
            for number, other in enumerate(candidates)
            if number != place and other.item.rank * OBSCURE >= rank and (fits[number] or not fits[place])
        ]
        yield ((rank - max(rivals)) / COUNTRY_RANK, False) if rivals else (0.0, True)


def _fits(entity: NamedEntity, candidate: Candidate) -> bool:
    """Return whether a candidate may have the entity's type: a country fits a word for its inhabitants."""
    is_unknown = entity.type is None or candidate.item.type is None
    return is_unknown or entity.type == candidate.item.type or candidate.form is NameForm.DEMONYM


def compare_countries(item: Item, countries: Mapping[str, float]) -> dict[str, float]:
    """Return the features that compare an item with the countries of the other entities and their shares."""
    if item.country is None or not countries:
        return {}
    share = countries.get(item.country)
    if share is not None:
        return {"home": share}
    return {} if item.rank >= WORLD_RANK else {"foreign": 1.0}
