"""Groups of mentions with their links: names of one item are one entity, and the base corrects the type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.enrichment.entities.names.grouping import Group
from services.enrichment.entities.names.typed_mentions import PERSON_AND_PLACE
from services.enrichment.links import ArticleLinker, EntityLink, MentionedEntity, Place


def link_groups(
    groups: Sequence[Group], places: Sequence[Place], fields: Mapping[str, str], linker: ArticleLinker
) -> tuple[list[Group], list[EntityLink]]:
    """Return the groups with their links, in the order of their first mentions.

    Groups that are linked to one item are joined: "the Fed" and "Federal Reserve". A group that the user's own list
    ignores is left out. `places` are the mentions by their numbers.
    """
    entities = [
        MentionedEntity(group.type, group.name, [places[member.index] for member in group.members]) for group in groups
    ]
    kept: list[tuple[Group, EntityLink]] = []
    by_item: dict[tuple[int, str | None], int] = {}
    for group, link in zip(groups, linker.link_article(entities, fields), strict=True):
        if link.is_ignored:
            continue
        if link.type is not None:
            group.type = link.type
        item = (link.item.number, link.item.own) if link.item is not None and link.relation == "same" else None
        known = by_item.get(item) if item is not None else None
        if known is None or not _may_join(kept[known][0], group):
            if item is not None:
                by_item.setdefault(item, len(kept))
            kept.append((group, link))
            continue
        fuller, joined = kept[known][0], kept[known][1]
        if len(group.key) > len(fuller.key):
            fuller.key = group.key
        fuller.add(group.members)
        kept[known] = fuller, max(joined, link, key=lambda one: one.confidence)
    kept.sort(key=lambda pair: pair[0].first)
    return [group for group, _ in kept], [link for _, link in kept]


def _may_join(group: Group, other: Group) -> bool:
    return not {group.type, other.type} >= PERSON_AND_PLACE
