"""Groups of mentions with their links: names of one item are one entity, and the base corrects the type."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from services.enrichment.entities.names.grouping import Group
from services.enrichment.entities.names.typed_mentions import PERSON_AND_PLACE
from services.enrichment.links import ArticleLinker, EntityLink, MentionedEntity, Place


def link_groups(
    groups: Sequence[Group], places: Sequence[Place], fields: Mapping[str, str], linker: ArticleLinker
) -> tuple[list[Group], list[EntityLink]]:
    """Return the groups with their links, in the order of their first mentions.

    Groups that are linked to one item are joined: "the Fed" and "Federal Reserve". So are groups of one name and of
    several types without a link: the base does not have the name as two things, as it has a city and its club. A group
    that the user's own list ignores is left out. `places` are the mentions by their numbers.
    """
    entities = [
        MentionedEntity(group.type, group.name, [places[member.index] for member in group.members]) for group in groups
    ]
    kept: list[tuple[Group, EntityLink]] = []
    by_identity: dict[Hashable, int] = {}
    for group, link in zip(groups, linker.link_article(entities, fields), strict=True):
        if link.is_ignored:
            continue
        if link.type is not None:
            group.type = link.type
        identity = _identify(group, link)
        known = by_identity.get(identity) if identity is not None else None
        if known is None or not _may_join(kept[known][0], group):
            if identity is not None:
                by_identity.setdefault(identity, len(kept))
            kept.append((group, link))
            continue
        fuller, joined = kept[known][0], kept[known][1]
        if link.item is None and _sum_probability(group) > _sum_probability(fuller):
            fuller.type = group.type
        if len(group.key) > len(fuller.key):
            fuller.key = group.key
        fuller.add(group.members)
        kept[known] = fuller, max(joined, link, key=lambda one: one.confidence)
    kept.sort(key=lambda pair: pair[0].first)
    return [group for group, _ in kept], [link for _, link in kept]


def _identify(group: Group, link: EntityLink) -> Hashable | None:
    """Return what two groups of one entity have in common: their item, or their name if it has no link."""
    if link.item is None:
        return group.key if group.type != "PER" else None
    return (link.item.number, link.item.own) if link.relation == "same" else None


def _sum_probability(group: Group) -> float:
    return sum(member.probability for member in group.members)


def _may_join(group: Group, other: Group) -> bool:
    return not {group.type, other.type} >= PERSON_AND_PLACE
