"""Features of a candidate: how well an item fits an entity and its article, each from 0 to 1.

- rank: how well known the item is
- lead: how much better known it is than the best known rival; negative if it is less known
- alone: the candidate has no rival. A rival is at least half as well known, and its type fits if the item's type does:
  Nikola Tesla is no rival of Tesla, a company. But the city of Milan is a rival of the club Milan
- label: the name is the item's usual one
- short: the name is only a part of one of the item
- acronym: the entity has no longer name than letters in capitals
- word: the entity has no longer name than one word
- exact: the item has the name as written, with a legal form or a title if the article has one
- partial: the item has only a shorter name of the entity, not its fullest
- same_type, other_type: the entity's type is the item's, or another one; neither for a demonym or an unknown type
- untyped: the entity is a person, an organisation or a place, and the type of the item is unknown
- metonym: an organisation by the name of a place, such as a government by its capital
- conflict: the item has only a part of the entity's name, and a name of its own that has more than that part: Tata
  Motors is not Tata Group
- described: words of the item's description in the article that are not words of its name
- silent: the item is an organisation with a description, and the article has none of these words
- home: share of the item's country among the countries of the other entities
- foreign: the article names countries in other entities, the item is of none of them, and it is not known everywhere
- qualified, misqualified: the place behind the name contains the item, or does not contain it: Paris, Texas. A country
  or a region is misqualified only if the place contains another candidate: the list "Kenya, Uganda" does not say where
  Kenya is
- ticker: the text has the item's ticker next to the name
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from services.contracts.text.names import COMPANY_FORMS
from services.enrichment.linking.base_format import COUNTRY_RANK, NameForm
from services.enrichment.linking.candidates import Candidate, NamedEntity
from services.enrichment.linking.name_keys import is_acronym, make_name_key, make_short_keys
from services.enrichment.links import Item

ENOUGH_WORDS: Final = 2
"""Number of words of a description in the article from which the feature is 1."""

OBSCURE: Final = 2
"""An item that is more than this many times as well known as another has no rival in it."""

WORLD_RANK: Final = 180
"""Rank from which an item is known everywhere, such as a city of five million people: news of any country names it."""

REGION_WORDS: Final = frozenset({"state", "province"})
"""Words of the description of a region."""

FORM_SIGNS: Final = {NameForm.LABEL: "label", NameForm.SHORT: "short"}
"""Features of the forms of names that have one."""

GROUP_WORDS: Final = frozenset({"group", "holdings"})
"""Legal forms that name another company: the group that a company of the name without them is a part of."""


@dataclass(frozen=True, slots=True)
class QualifierPlace:
    """The place behind a name: the code of a country, or the words of the name of another place and its country.

    `is_region` is True for a country or a region, which can contain other places. In a list of cities, the second city
    does not contain the first.
    """

    country: str | None = None
    words: frozenset[str] = frozenset()
    is_region: bool = False

    def contains(self, item: Item) -> bool:
        """Return whether an item is in this place, as far as its country and its description say."""
        if self.words:
            return self.words <= item.words
        return item.country == self.country

    def may_contain(self, item: Item) -> bool:
        """Return whether an item may be in this place: also an item of the same country without a description."""
        return self.contains(item) or (not item.description and item.country == self.country)


def describe(
    entity: NamedEntity, candidates: Sequence[Candidate], words: Set[str], within: QualifierPlace | None
) -> list[dict[str, float]]:
    """Return the features of each candidate of an entity; a feature that is missing is 0.

    `words` are the words of the article in lower case, `within` is what the entity's qualifier says of the place.
    """
    name_words = frozenset(make_name_key(entity.names[0]).split())
    name_sign = _describe_name(entity)
    is_placed = within is not None and any(within.contains(candidate.item) for candidate in candidates)
    described = []
    for candidate, (lead, is_alone) in zip(candidates, _compare_ranks(entity, candidates), strict=True):
        item = candidate.item
        shared = (item.telling_words & words) - name_words
        features = {
            "rank": item.rank / COUNTRY_RANK,
            "lead": lead,
            "described": min(1.0, len(shared) / ENOUGH_WORDS),
            **_describe_form(candidate, name_words),
        }
        if name_sign:
            features[name_sign] = 1.0
        if type_sign := _compare_types(entity, candidate):
            features[type_sign] = 1.0
        if is_alone:
            features["alone"] = 1.0
        if item.type == "ORG" and item.telling_words and words and not shared:
            features["silent"] = 1.0
        if within is not None and (place_sign := _compare_place(item, within, is_placed=is_placed)):
            features[place_sign] = 1.0
        described.append(features)
    return described


def _describe_name(entity: NamedEntity) -> str | None:
    """Return the feature of an entity without a name of several words."""
    if any(" " in name for name in entity.names):
        return None
    return "acronym" if all(is_acronym(name) for name in entity.names) else "word"


def _describe_form(candidate: Candidate, name_words: Set[str]) -> dict[str, float]:
    """Return the features of the name by which a candidate was found."""
    features = {}
    if candidate.form in FORM_SIGNS:
        features[FORM_SIGNS[candidate.form]] = 1.0
    if candidate.is_exact:
        features["exact"] = 1.0
    elif _is_other_whole(candidate, name_words):
        features["conflict"] = 1.0
    if not candidate.is_whole:
        features["partial"] = 1.0
    if candidate.has_ticker:
        features["ticker"] = 1.0
    return features


def _compare_types(entity: NamedEntity, candidate: Candidate) -> str | None:
    """Return the feature that compares the types of entity and item, if both can have one."""
    kind = candidate.item.type
    if entity.type is None or candidate.form is NameForm.DEMONYM:
        return None
    if kind is None:
        return "untyped" if entity.type != "MISC" else None
    if kind == entity.type:
        return "same_type"
    return "metonym" if _is_metonym(entity, candidate) else "other_type"


def _compare_place(item: Item, within: QualifierPlace, *, is_placed: bool) -> str | None:
    """Return the feature of the place behind a name. `is_placed` is True if it contains one of the candidates."""
    if within.contains(item):
        return "qualified"
    is_known = within.is_region and (is_placed or not (item.rank == COUNTRY_RANK or is_region(item)))
    return "misqualified" if is_known and not within.may_contain(item) else None


def is_region(item: Item) -> bool:
    """Return whether an item is a region, behind whose name a text names the places in it."""
    return not REGION_WORDS.isdisjoint(item.words)


def _is_other_whole(candidate: Candidate, name_words: Set[str]) -> bool:
    """Return whether an item that has a part of the name is another thing that has this part in its name.

    `name_words` are the words of the entity's fullest name. If the item has all of it but the legal form, only a form
    that names a group counts.
    """
    own = {*make_short_keys(candidate.item.label)[0].split()}
    ignored = own if not candidate.is_whole else name_words
    rest = name_words - ignored - COMPANY_FORMS | name_words & GROUP_WORDS
    return bool(rest and own & name_words and own - name_words)


def _compare_ranks(entity: NamedEntity, candidates: Sequence[Candidate]) -> Iterator[tuple[float, bool]]:
    """Yield the lead of each candidate over its best known rival, and whether it has no rival."""
    fits = [_fits(entity, candidate) for candidate in candidates]
    for place, candidate in enumerate(candidates):
        rank = candidate.item.rank
        rivals = [
            other.item.rank
            for number, other in enumerate(candidates)
            if number != place
            and other.item.rank * OBSCURE >= rank
            and (fits[number] or not fits[place] or _is_namesake_place(entity, candidate, other))
        ]
        yield ((rank - max(rivals)) / COUNTRY_RANK, False) if rivals else (0.0, True)


def _is_namesake_place(entity: NamedEntity, candidate: Candidate, other: Candidate) -> bool:
    """Return whether another candidate is a place from which an item has one of its names, as a club from its city."""
    return other.form is NameForm.LABEL and candidate.form is not NameForm.LABEL and _is_metonym(entity, other)


def _is_metonym(entity: NamedEntity, candidate: Candidate) -> bool:
    """Return whether the entity is an organisation and the item a place: texts name a government by its capital."""
    return entity.type == "ORG" and candidate.item.type == "LOC"


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
