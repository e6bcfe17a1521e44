"""Linking of an article's entities to a knowledge base.

Each entity gets the candidate with the highest probability, if that is high enough; else it has no link, only
candidates. The links are a function of the entities, the words of the article, the base and the weights.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from typing import Final

from services.enrichment.encoder import Identity
from services.enrichment.linking.article import prepare_entities
from services.enrichment.linking.base import KnowledgeBase
from services.enrichment.linking.base_format import COUNTRY_RANK, NameForm
from services.enrichment.linking.candidates import Candidate, NamedEntity, find_candidates, list_looked_up
from services.enrichment.linking.features import QualifierPlace, compare_countries, describe, is_region
from services.enrichment.linking.following import follow_definitions, follow_longer_names
from services.enrichment.linking.model import LinkWeights, compute_probabilities, read_weights
from services.enrichment.linking.name_keys import make_name_key
from services.enrichment.linking.own_list.own_list import OwnList
from services.enrichment.links import NO_LINK, EntityLink, Item, MentionedEntity, Relation, ScoredItem

MAX_ENTITIES: Final = 1_000
"""Maximum number of entities of an article that are linked: a list of more names is no article."""

SHOWN_CANDIDATES: Final = 3
"""Number of candidates that an event has for an entity."""

SURE: Final = 0.7
"""Probability from which a first link is evidence for the links of other entities."""

CERTAIN: Final = 0.9
"""Probability from which the type of the item corrects the encoder's type of the entity."""

SURE_SURNAME: Final = 0.85

KNOWN_PERSON: Final = 150
"""Probability and rank from which a surname alone, which the base has as a name of its own, is the person."""

_WIKIDATA: Final = re.compile(r"Q[1-9][0-9]*")

_WORD: Final = re.compile(r"[^\W\d_]+")


class Linker:
    """Linker of entities to one knowledge base."""

    def __init__(
        self, base: KnowledgeBase, weights: LinkWeights | None = None, own: Callable[[], OwnList] | None = None
    ) -> None:
        """Connect a base, the weights (by default those of this package) and the user's own list."""
        self.base = base
        self._own = own
        self._weights = weights or read_weights()

    @property
    def identity(self) -> Identity:
        """Name, version and SHA-256 of the base."""
        manifest = self.base.manifest
        return Identity(manifest.name, manifest.version, manifest.sha256)

    def link_article(self, entities: Sequence[MentionedEntity], fields: Mapping[str, str]) -> list[EntityLink]:
        """Return the link of each entity, in their order. `fields` are the texts that the places count in."""
        return self.link(prepare_entities(entities, fields), "\n".join(fields.values()))

    def link(self, entities: Sequence[NamedEntity], text: str) -> list[EntityLink]:
        """Return the link of each entity of an article, in their order. `text` is the article's text."""
        words = _list_words(text)
        found = [find_candidates(self.base, entity) for entity in entities[:MAX_ENTITIES]]
        for entity, candidates in zip(entities, found, strict=False):
            if candidates:
                self._score(entity, candidates, words)
        countries = _weigh_other_countries([_find_country(candidates) for candidates in found])
        for candidates, near in zip(found, countries, strict=True):
            if candidates:
                self._compare_countries(candidates, near)
        links = [self._choose(entity, candidates) for entity, candidates in zip(entities, found, strict=False)]
        links = follow_definitions(entities, follow_longer_names(entities, links))
        if self._own is not None:
            own = self._own()
            links = [_apply_own(entity, link, own) for entity, link in zip(entities, links, strict=False)]
        return links + [NO_LINK] * (len(entities) - len(links))

    def _score(self, entity: NamedEntity, candidates: list[Candidate], words: Set[str]) -> None:
        """Score candidates by what the entity and the words of the article say."""
        within = self._locate(entity.qualifier)
        for candidate, features in zip(candidates, describe(entity, candidates, words, within), strict=True):
            candidate.score = self._weights.score(features)
        _sort(candidates)

    def _compare_countries(self, candidates: list[Candidate], countries: Mapping[str, float]) -> None:
        """Score candidates again by the countries that other entities name, and remove those of generic names."""
        candidates[:] = [candidate for candidate in candidates if _is_at_home(candidate, countries)]
        for candidate in candidates:
            candidate.score += self._weights.weigh(compare_countries(candidate.item, countries))
        _sort(candidates)

    def _choose(self, entity: NamedEntity, candidates: Sequence[Candidate]) -> EntityLink:
        if not candidates:
            return NO_LINK
        probabilities = _compute_probabilities(candidates)
        shown = tuple(
            ScoredItem(candidate.item, round(probability, 4))
            for candidate, probability in zip(candidates[:SHOWN_CANDIDATES], probabilities, strict=False)
        )
        best, probability = candidates[0], shown[0].probability
        if probability < self._weights.threshold or _is_too_short(entity, best, probability):
            return EntityLink(None, 0.0, "same", shown)
        relation: Relation = "demonym" if best.form is NameForm.DEMONYM else "same"
        is_wrong = entity.type is not None and relation == "same" and best.item.type not in (entity.type, None, "MISC")
        corrected = best.item.type if is_wrong and probability >= CERTAIN else None
        return EntityLink(best.item, probability, relation, shown, corrected)

    def _locate(self, qualifier: str | None) -> QualifierPlace | None:
        """Return what a place behind a comma says: the country that it is, or the region; None for no known place."""
        if qualifier is None:
            return None
        forms = (NameForm.DEMONYM, NameForm.CODE)
        found = [
            self.base.read(number) for number, form in self.base.find(make_name_key(qualifier)) if form not in forms
        ]
        places = [item for item in found if item.type == "LOC"]
        if not places:
            return None
        if places[0].rank == COUNTRY_RANK:
            return QualifierPlace(places[0].country, is_region=True)
        words = frozenset(places[0].label.lower().split())
        return QualifierPlace(places[0].country, words, is_region(places[0]))


def _list_words(text: str) -> frozenset[str]:
    """Return the words of a text in lower case. Most of them have blanks around them and need no pattern."""
    parts = {*text.lower().split()}
    plain = {*filter(str.isalpha, parts)}
    return frozenset(plain.union(_WORD.findall(" ".join(parts - plain))))


def _compute_probabilities(candidates: Sequence[Candidate]) -> list[float]:
    return compute_probabilities([candidate.score for candidate in candidates])


def _find_country(candidates: Sequence[Candidate]) -> str | None:
    """Return the country of the best candidate if the items of that country are probable enough together."""
    country = candidates[0].item.country if candidates else None
    if country is None:
        return None
    probabilities = zip(candidates, _compute_probabilities(candidates), strict=True)
    total = sum([probability for candidate, probability in probabilities if candidate.item.country == country])
    return country if total >= SURE else None


def _weigh_other_countries(mentioned: Sequence[str | None]) -> list[dict[str, float]]:
    """Return for each entity the countries of the other entities, each with its share of these entities.

    `mentioned` has the country of each entity, or None.
    """
    counts = Counter([country for country in mentioned if country])
    total = counts.total()
    shares: dict[str | None, dict[str, float]] = {None: {country: count / total for country, count in counts.items()}}
    for own in counts:
        others = {country: count - (country == own) for country, count in counts.items()}
        shares[own] = {country: count / (total - 1) for country, count in others.items() if count}
    return [shares[own] for own in mentioned]


def _apply_own(entity: NamedEntity, link: EntityLink, own: OwnList) -> EntityLink:
    """Return the link that the user's own list gives an entity, or else its link to the base."""
    row = own.find(list_looked_up(entity))
    if row is None:
        return link
    if row.is_ignored:
        return EntityLink(None, 0.0, is_ignored=True)
    if not row.id:
        return replace(link, type=row.type)
    known = link.item if link.relation == "same" else None
    item = known or Item(-row.line, None, row.type, 0, None, None, row.name, "", {})
    wikidata = row.id if _WIKIDATA.fullmatch(row.id) else item.wikidata
    item = replace(item, own=row.id, label=row.name, wikidata=wikidata, type=row.type or item.type)
    return EntityLink(item, 1.0, "same", (ScoredItem(item, 1.0), *link.candidates[: SHOWN_CANDIDATES - 1]), row.type)


def _sort(candidates: list[Candidate]) -> None:
    candidates.sort(key=lambda candidate: (-candidate.score, candidate.item.number))


def _is_at_home(candidate: Candidate, countries: Mapping[str, float]) -> bool:
    """Return whether an item may have a generic name: only one of the country that the article names most has it."""
    if candidate.form is not NameForm.GENERIC or candidate.has_ticker:
        return True
    share = countries.get(candidate.item.country) if candidate.item.country else None
    return share is not None and share == max(countries.values())


def _is_too_short(entity: NamedEntity, best: Candidate, probability: float) -> bool:
    """Return whether an entity has too short a name for a link, whatever the probability is.

    A surname alone means a person whom the article does not introduce, unless the person is very well known. A
    nickname is no part of the usual name. One word that is no person, organisation or place is mostly a common word,
    such as Western.
    """
    if best.has_ticker:
        return False
    if entity.type == "MISC" and " " not in entity.names[0]:
        return best.form is not NameForm.DEMONYM
    if entity.type == "PER" and all(" " not in name for name in entity.names):
        word = make_name_key(entity.names[0])
        is_part = best.form is not NameForm.LABEL and word in make_name_key(best.item.label).split()
        return is_part and (probability < SURE_SURNAME or best.item.rank < KNOWN_PERSON)
    return False
