"""Entities with the link of another entity of the article: a part of its name, or letters in parentheses after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from services.enrichment.encoder import EntityType
from services.enrichment.linking.candidates import NamedEntity, list_own_words
from services.enrichment.linking.name_keys import is_acronym, make_name_key
from services.enrichment.links import NO_LINK, EntityLink


def follow_longer_names(entities: Sequence[NamedEntity], links: Sequence[EntityLink]) -> list[EntityLink]:
    """Give an entity of one word the link of the only longer name in the article that it is a part of.

    It is the last word of a person's name, or the first word of an organisation's. The entity's
    own link stays if it is as probable.
    """
    longer: Mapping[tuple[EntityType | None, str], set[int]] = defaultdict(set)
    for number, entity in enumerate(entities[: len(links)]):
        for name in entity.names if entity.type in ("PER", "ORG") else ():
            parts = make_name_key(name).split()
            if len(parts) > 1:
                longer[entity.type, parts[-1] if entity.type == "PER" else parts[0]].add(number)
    if not any(links[number].item is not None for numbers in longer.values() for number in numbers):
        return [*links]
    followed = []
    for entity, link in zip(entities, links, strict=False):
        owners = _find_owners(entity, longer)
        owner = links[owners[0]] if len(owners) == 1 else NO_LINK
        followed.append(owner if owner.item is not None and owner.confidence > link.confidence else link)
    return followed


def follow_definitions(entities: Sequence[NamedEntity], links: Sequence[EntityLink]) -> list[EntityLink]:
    """Give letters in parentheses the link of the entity before them, unless they have a link that fits its name.

    Such letters are an abbreviation or a ticker of that entity. The base may have them as a name of something else.
    """
    followed = []
    for entity, link in zip(entities, links, strict=False):
        if entity.definer is not None and entity.definer < len(links):
            owner = links[entity.definer]
            words = list_own_words(entities[entity.definer].names)
            is_fit = link.item is not None and not words.isdisjoint(make_name_key(link.item.label).split())
            followed.append(link if is_fit and owner.item is None else owner)
        else:
            followed.append(link)
    return followed


def _find_owners(entity: NamedEntity, longer: Mapping[tuple[EntityType | None, str], set[int]]) -> list[int]:
    if any(" " in name or is_acronym(name) for name in entity.names):
        return []
    kinds: tuple[EntityType, ...] = ("PER", "ORG") if entity.type is None else (entity.type,)
    word = make_name_key(entity.names[0])
    return sorted({number for kind in kinds for number in longer.get((kind, word), ())})
