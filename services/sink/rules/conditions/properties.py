"""Compilers of the conditions on one property of an event.

A value that can never match is an error, so that a mistake is found when the service starts and not when articles are
missing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final, cast, get_args

from services.contracts.event import Entity, EntityType, Polarity, Verdict
from services.sink.rules.conditions.event_view import UNKNOWN_LANGUAGE, EventView, Name, fold_name, list_names
from services.sink.rules.conditions.languages import find_codes, suggest_code
from services.sink.rules.conditions.condition import Condition, Truth
from services.sink.rules.conditions.sources import fold_source
from services.sink.rules.conditions.words import PhraseFinder, Text, Words, split_words
from services.sink.rules.yaml_values import YamlValue

WILDCARD: Final = "*"

PARTS: Final[dict[str, Callable[[EventView], object]]] = {
    "language": lambda view: view.event.article.language.code != UNKNOWN_LANGUAGE,
    "source": lambda view: view.sources,
    "url": lambda view: view.event.article.url,
    "headline": lambda view: view.event.article.headline,
    "subheadline": lambda view: view.event.article.subheadline,
    "byline": lambda view: view.event.article.byline,
    "section": lambda view: view.event.article.section,
    "dateline": lambda view: view.event.article.dateline,
    "body": lambda view: view.event.article.body,
    "published_at": lambda view: view.event.article.published_at,
    "modified_at": lambda view: view.event.article.modified_at,
    "sentiment": lambda view: view.event.sentiment,
    "entities": lambda view: view.event.entities is not None,
}
"""Parts of an article that may be missing, each with a function whose result is false or empty if it is."""


def _compile_language(value: YamlValue) -> Condition:
    """Compile language codes (BCP 47): "pt" also matches "pt-BR", but "pt-BR" matches only itself."""
    codes = frozenset[str]().union(*value.read_one_or_more(_read_codes))
    has_unknown = UNKNOWN_LANGUAGE in codes

    def holds(view: EventView) -> Truth:
        if view.languages[0] == UNKNOWN_LANGUAGE:
            return True if has_unknown else None
        return not codes.isdisjoint(view.languages)

    return holds


def _read_codes(value: YamlValue) -> frozenset[str]:
    written = value.read_text()
    codes = find_codes(written)
    if codes is None:
        value.fail(f"{written!r} is not a language code (BCP 47), such as en or pt-BR", suggest_code(written))
    return codes


def _compile_source(value: YamlValue) -> Condition:
    """Compile publishers: "bbc.co.uk" also matches "news.bbc.co.uk"."""
    sources = frozenset(value.read_one_or_more(_read_source))

    def holds(view: EventView) -> Truth:
        return None if view.sources is None else not sources.isdisjoint(view.sources)

    return holds


def _read_source(value: YamlValue) -> str:
    written = value.read_text()
    parts = [part.strip() for part in written.split(",")]
    if len(parts) > 1 and all("." in part and " " not in part for part in parts):
        value.fail(f"{written!r} is not one publisher", f"[{', '.join(parts)}]")
    if WILDCARD in written:
        value.fail(f"{written!r} has a wildcard; a host matches all hosts below it", written.strip(f"{WILDCARD}."))
    source = fold_source(written)
    if not any(map(str.isalnum, source)):
        value.fail(f"{written!r} has no host and no name, so it never matches; write a host such as bbc.co.uk")
    return source


def _compile_verdict(value: YamlValue) -> Condition:
    verdicts = frozenset(value.read_one_or_more(lambda one: one.read_choice(*get_args(Verdict))))
    return lambda view: view.event.duplicate.verdict in verdicts


def _compile_missing(value: YamlValue) -> Condition:
    """Compile parts of which at least one is missing. This condition is never unknown."""
    parts = [PARTS[name] for name in value.read_one_or_more(lambda one: one.read_choice(*PARTS))]
    return lambda view: any(not part(view) for part in parts)


def _compile_sentiment(value: YamlValue) -> Condition:
    """Compile the article's sentiment: one or several polarities, or a mapping that adds a minimum probability."""
    fields = {"polarity": value} if value.is_text or value.is_list else value.read_fields("polarity", "min_probability")
    if "polarity" not in fields:
        value.fail("the field polarity is missing")
    polarities = _read_polarities(fields["polarity"])
    minimum = fields["min_probability"].read_number(0, 1) if "min_probability" in fields else 0.0

    def holds(view: EventView) -> Truth:
        sentiment = view.event.sentiment
        if sentiment is None:
            return None
        return sentiment.polarity in polarities and float(getattr(sentiment, sentiment.polarity)) >= minimum

    return holds


def _compile_entity(value: YamlValue) -> Condition:
    """Compile properties, all of which one and the same entity of the article must have."""
    fields = value.read_fields("name", "type", "sentiment", "min_salience")
    if not fields:
        value.fail("an entity needs at least one of name, type, sentiment, min_salience")
    kinds = _read_kinds(fields["type"]) if "type" in fields else frozenset(get_args(EntityType))
    names = _read_names(fields["name"], kinds) if "name" in fields else None
    polarities = _read_polarities(fields["sentiment"]) if "sentiment" in fields else frozenset(get_args(Polarity))
    minimum = fields["min_salience"].read_number(0, 1) if "min_salience" in fields else 0.0

    def fits(entity: Entity) -> bool:
        return entity.type in kinds and entity.sentiment.polarity in polarities and entity.salience >= minimum

    def holds(view: EventView) -> Truth:
        entities = view.event.entities
        if entities is None:
            return None
        if names is None:
            return any(map(fits, entities))
        if names.isdisjoint(view.names):
            return False
        return any(fits(entity) and not names.isdisjoint(list_names(entity)) for entity in entities)

    return holds


def _read_kinds(value: YamlValue) -> frozenset[EntityType]:
    kinds = value.read_one_or_more(lambda one: one.read_choice(*get_args(EntityType)))
    return frozenset(cast(list[EntityType], kinds))


def _read_names(value: YamlValue, kinds: frozenset[EntityType]) -> frozenset[Name]:
    names = value.read_one_or_more(lambda one: _read_words(one, _is_letter))
    return frozenset(fold_name(name, kind) for name in names for kind in kinds)


def _compile_headline(value: YamlValue) -> Condition:
    finder = _read_phrases(value)
    return lambda view: _find(finder, view.headline)


def _compile_body(value: YamlValue) -> Condition:
    finder = _read_phrases(value)
    return lambda view: _find(finder, view.body)


def _find(finder: PhraseFinder, text: Text | None) -> Truth:
    return None if text is None else finder.is_in(text)


def _read_phrases(value: YamlValue) -> PhraseFinder:
    def read(one: YamlValue) -> Words:
        return split_words(_read_words(one, _is_letter_or_symbol))

    return PhraseFinder(value.read_one_or_more(read))


def _read_words(value: YamlValue, is_word: Callable[[str], bool]) -> str:
    """Return a text that has something to look for: a character for which `is_word` is true."""
    written = value.read_text()
    if written.startswith(WILDCARD) or written.endswith(WILDCARD):
        value.fail(
            f"{written!r} has a wildcard, which rules do not know; list all words", written.strip(WILDCARD) or None
        )
    if not any(map(is_word, written)):
        value.fail(f"{written!r} has no letter and no digit, so it never matches; write a word")
    return written


def _is_letter(character: str) -> bool:
    return character.isalnum()


def _is_letter_or_symbol(character: str) -> bool:
    """Return whether a headline may be searched for the character alone, such as € or an emoji; not for punctuation."""
    return character.isalnum() or unicodedata.category(character).startswith("S")


def _read_polarities(value: YamlValue) -> frozenset[str]:
    return frozenset(value.read_one_or_more(lambda one: one.read_choice(*get_args(Polarity))))


COMPILERS: Final[dict[str, Callable[[YamlValue], Condition]]] = {
    "language": _compile_language,
    "source": _compile_source,
    "verdict": _compile_verdict,
    "missing": _compile_missing,
    "sentiment": _compile_sentiment,
    "entity": _compile_entity,
    "headline": _compile_headline,
    "body": _compile_body,
}
"""Compilers by the field's name in the rules file. The conditions that are evaluated fastest come first."""
