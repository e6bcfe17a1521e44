"""Compiler of conditions: each condition of the rules file becomes a function from an event to True or False."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import get_args

from services.contracts.event import EnrichedArticle, Entity, EntityType, Polarity, Verdict
from services.sink.rules.yaml_values import YamlValue

Condition = Callable[[EnrichedArticle], bool]

MAX_DEPTH = 8
"""Maximum depth of nesting of `all`, `any` and `not`. A person cannot check a rule that is nested deeper."""
ALWAYS = "always"
"""Condition that every event meets."""


def compile_condition(value: YamlValue, depth: int = 1) -> Condition:
    """Compile a condition: a mapping, all of whose fields must hold, or the word `always`.

    Raises ConfigurationError with file, line and field if the condition is invalid.
    """
    if value.is_text:
        value.read_choice(ALWAYS)
        return lambda _: True
    if depth > MAX_DEPTH:
        value.fail(f"conditions are nested deeper than {MAX_DEPTH} levels")
    fields = value.read_fields(*COMPILERS, "all", "any", "not")
    if not fields:
        value.fail("a condition needs at least one field")
    conditions = [
        COMPILERS[name](field) if name in COMPILERS else _compile_group(name, field, depth + 1)
        for name, field in fields.items()
    ]
    return conditions[0] if len(conditions) == 1 else _all_of(conditions)


def _compile_group(name: str, value: YamlValue, depth: int) -> Condition:
    if name == "not":
        inner = compile_condition(value, depth)
        return lambda event: not inner(event)
    conditions = [compile_condition(item, depth) for item in value.read_items()]
    return _all_of(conditions) if name == "all" else lambda event: any(one(event) for one in conditions)


def _all_of(conditions: list[Condition]) -> Condition:
    return lambda event: all(one(event) for one in conditions)


def _compile_language(value: YamlValue) -> Condition:
    """Compile language codes (BCP 47): "pt" also matches "pt-BR", but "pt-BR" matches only itself."""
    codes = frozenset(code.lower() for code in value.read_one_or_more(YamlValue.read_text))

    def holds(event: EnrichedArticle) -> bool:
        code = event.article.language.code.lower()
        return code in codes or code.split("-")[0] in codes

    return holds


def _compile_source(value: YamlValue) -> Condition:
    """Compile publishers: "bbc.co.uk" also matches "news.bbc.co.uk"."""
    sources = tuple(source.casefold() for source in value.read_one_or_more(YamlValue.read_text))
    endings = tuple(f".{source}" for source in sources)

    def holds(event: EnrichedArticle) -> bool:
        source = (event.article.source or "").casefold()
        return source in sources or source.endswith(endings)

    return holds


def _compile_verdict(value: YamlValue) -> Condition:
    verdicts = frozenset(value.read_one_or_more(lambda one: one.read_choice(*get_args(Verdict))))
    return lambda event: event.duplicate.verdict in verdicts


def _compile_sentiment(value: YamlValue) -> Condition:
    """Compile the article's sentiment: one or several polarities, or a mapping that adds a minimum probability."""
    fields = {"polarity": value} if value.is_text or value.is_list else value.read_fields("polarity", "min_probability")
    if "polarity" not in fields:
        value.fail("the field polarity is missing")
    polarities = _read_polarities(fields["polarity"])
    minimum = fields["min_probability"].read_number(0, 1) if "min_probability" in fields else 0.0

    def holds(event: EnrichedArticle) -> bool:
        sentiment = event.sentiment
        if sentiment is None or sentiment.polarity not in polarities:
            return False
        return float(getattr(sentiment, sentiment.polarity)) >= minimum

    return holds


def _compile_entity(value: YamlValue) -> Condition:
    """Compile properties, all of which one and the same entity of the article must have."""
    fields = value.read_fields("name", "type", "sentiment", "min_salience")
    if not fields:
        value.fail("an entity needs at least one of name, type, sentiment, min_salience")
    names = _read_set(fields, "name", lambda one: one.read_text().casefold())
    types = _read_set(fields, "type", lambda one: one.read_choice(*get_args(EntityType)))
    polarities = _read_polarities(fields["sentiment"]) if "sentiment" in fields else None
    minimum = fields["min_salience"].read_number(0, 1) if "min_salience" in fields else 0.0

    def fits(entity: Entity) -> bool:
        return (
            (names is None or entity.name.casefold() in names)
            and (types is None or entity.type in types)
            and (polarities is None or entity.sentiment.polarity in polarities)
            and entity.salience >= minimum
        )

    return lambda event: any(fits(entity) for entity in event.entities or ())


def _compile_headline(value: YamlValue) -> Condition:
    found = _compile_words(value)
    return lambda event: found(event.article.headline or "")


def _compile_body(value: YamlValue) -> Condition:
    found = _compile_words(value)
    return lambda event: found(event.article.body)


def _compile_words(value: YamlValue) -> Callable[[str], bool]:
    """Compile words and phrases; the function returns whether a text has one of them, whole and in any case.

    The pattern needs one pass over the text, without backtracking.
    """
    phrases = [
        r"\s+".join(re.escape(word) for word in one.split()) for one in value.read_one_or_more(YamlValue.read_text)
    ]
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)
    return lambda text: pattern.search(text) is not None


def _read_polarities(value: YamlValue) -> frozenset[str]:
    return frozenset(value.read_one_or_more(lambda one: one.read_choice(*get_args(Polarity))))


def _read_set(fields: dict[str, YamlValue], name: str, read: Callable[[YamlValue], str]) -> frozenset[str] | None:
    return frozenset(fields[name].read_one_or_more(read)) if name in fields else None


COMPILERS: dict[str, Callable[[YamlValue], Condition]] = {
    "language": _compile_language,
    "source": _compile_source,
    "verdict": _compile_verdict,
    "sentiment": _compile_sentiment,
    "entity": _compile_entity,
    "headline": _compile_headline,
    "body": _compile_body,
}
"""Compilers of the conditions on one property of an event, by the field's name in the rules file."""
