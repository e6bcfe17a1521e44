"""States of stories: the state that an article opens, extends or merges."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Final

from services.contracts.state.story_state import StoryEntity, StoryState
from services.enrichment.stories.article import ArticleEntity, StoryArticle
from services.enrichment.stories.features.extraction import hash_term
from services.enrichment.stories.similarity.article_view import ArticleView
from services.enrichment.stories.similarity.profile import (
    EMPTY,
    Profile,
    add_article,
    merge_profiles,
    pack_profile,
    unpack_profile,
)
from services.enrichment.structs import build_struct, replace

_State, _Entity = build_struct(StoryState), build_struct(StoryEntity)

SOURCES: Final = 128
"""Maximum number of sources of a story that are counted."""
ENTITIES: Final = 12
"""Entities of a story that are counted."""


def open_story(article: StoryArticle, view: ArticleView, now_ms: int) -> StoryState:
    """Return the story that an article opens."""
    return _State(
        id=article.id,
        version=1,
        opened_ms=now_ms,
        updated_ms=now_ms,
        headline=article.headline,
        latest=article.id,
        representative=article.id,
        size=1,
        originals=1,
        sources=_add_source((), article),
        entities=_count_entities((), _to_story_entities(article.entities)),
        languages=(article.language,),
        shard_language=article.shard_language,
        profile=_encode_profile(add_article(EMPTY, view)),
    )


def extend_story(
    old: StoryState, article: StoryArticle, view: ArticleView, now_ms: int, similarity: float
) -> StoryState:
    """Return a story with one more article. A copy changes neither its profile nor its sources."""
    is_copy = article.duplicate.verdict != "original"
    score = round(1000 * similarity)
    is_representative = not is_copy and score > old.representative_score
    profile = old.profile
    if not is_copy:
        profile = _encode_profile(add_article(_decode_profile(old), view))
    return replace(
        old,
        version=old.version + 1,
        updated_ms=now_ms,
        headline=article.headline if is_representative else old.headline,
        latest=article.id,
        representative=article.id if is_representative else old.representative,
        representative_score=score if is_representative else old.representative_score,
        size=old.size + 1,
        originals=old.originals + (not is_copy),
        sources=old.sources if is_copy else _add_source(old.sources, article),
        entities=_count_entities(old.entities, _to_story_entities(article.entities)),
        languages=tuple(sorted({*old.languages, article.language})),
        profile=profile,
    )


def merge_states(one: StoryState, other: StoryState) -> StoryState:
    """Return a story with another one merged into it."""
    return replace(
        one,
        version=max(one.version, other.version),
        size=one.size + other.size,
        originals=one.originals + other.originals,
        sources=tuple(sorted({*one.sources, *other.sources}))[:SOURCES],
        entities=_count_entities(one.entities, other.entities),
        languages=tuple(sorted({*one.languages, *other.languages})),
        members=(*one.members, other.id, *other.members),
        profile=_encode_profile(merge_profiles(_decode_profile(one), _decode_profile(other))),
    )


def _add_source(sources: Sequence[int], article: StoryArticle) -> tuple[int, ...]:
    """Add the source of an article. An article without a source adds none, because its source may be a known one."""
    if not article.source:
        return tuple(sources)
    code = hash_term(article.source)
    return tuple(sources) if code in sources or len(sources) >= SOURCES else tuple(sorted((*sources, code)))


def _to_story_entities(entities: Iterable[ArticleEntity]) -> tuple[StoryEntity, ...]:
    return tuple(_Entity(key=one.key, name=one.name, type=one.type, articles=1) for one in entities)


def _count_entities(old: Iterable[StoryEntity], new: Iterable[StoryEntity]) -> tuple[StoryEntity, ...]:
    """Return the most frequent entities of both; of equals the earlier ones."""
    counted = {entity.key: entity for entity in old}
    for entity in new:
        known = counted.get(entity.key)
        counted[entity.key] = replace(known, articles=known.articles + entity.articles) if known else entity
    return tuple(sorted(counted.values(), key=lambda entity: -entity.articles)[:ENTITIES])


def _decode_profile(state: StoryState) -> Profile:
    return unpack_profile(base64.b64decode(state.profile))


def _encode_profile(profile: Profile) -> str:
    return base64.b64encode(pack_profile(profile)).decode()
