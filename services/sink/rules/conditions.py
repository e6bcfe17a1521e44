"""Conditions: each becomes, once, a function from an event to yes or no."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import get_args

from services.contracts.event import EnrichedArticle, Entity, EntityType, Polarity, Verdict
from services.sink.rules.yaml_values import Value

Condition = Callable[[EnrichedArticle], bool]

MAX_DEPTH = 8
"""Of all, any and not within each other; what needs more is no rule that a person can check."""
ALWAYS = "always"
"""The condition of a route that takes everything."""


def compile_condition(value: Value, depth: int = 1) -> Condition:
    """The condition that a value describes: a mapping, of which all fields must hold, or `always`.

    Raises ConfigurationError.
    """
    if value.is_text:
        value.choice(ALWAYS)
        return lambda _: True
    if depth > MAX_DEPTH:
        value.fail(f"conditions are nested deeper than {MAX_DEPTH} levels")
    fields = value.fields(*COMPILERS, "all", "any", "not")
    if not fields:
        value.fail("a condition needs at least one field")
    conditions = [
        COMPILERS[name](field) if name in COMPILERS else _compile_group(name, field, depth + 1)
        for name, field in fields.items()
    ]
    return conditions[0] if len(conditions) == 1 else _all_of(conditions)


def _compile_group(name: str, value: Value, depth: int) -> Condition:
    if name == "not":
        inner = compile_condition(value, depth)
        return lambda event: not inner(event)
    conditions = [compile_condition(item, depth) for item in value.items()]
    return _all_of(conditions) if name == "all" else lambda event: any(one(event) for one in conditions)


def _all_of(conditions: list[Condition]) -> Condition:
    return lambda event: all(one(event) for one in conditions)


def _compile_language(value: Value) -> Condition:
    """BCP 47 codes: "pt" takes "pt-BR" too, "pt-BR" only itself."""
    codes = frozenset(code.lower() for code in value.one_or_more(Value.text))

    def holds(event: EnrichedArticle) -> bool:
        code = event.article.language.code.lower()
        return code in codes or code.split("-")[0] in codes

    return holds


def _compile_source(value: Value) -> Condition:
    """Publishers: "bbc.co.uk" takes "news.bbc.co.uk" too."""
    sources = tuple(source.casefold() for source in value.one_or_more(Value.text))
    endings = tuple(f".{source}" for source in sources)

    def holds(event: EnrichedArticle) -> bool:
        source = (event.article.source or "").casefold()
        return source in sources or source.endswith(endings)

    return holds


def _compile_verdict(value: Value) -> Condition:
    verdicts = frozenset(value.one_or_more(lambda one: one.choice(*get_args(Verdict))))
    return lambda event: event.duplicate.verdict in verdicts


def _compile_sentiment(value: Value) -> Condition:
    """Of the article: a polarity or several, or a mapping with the least probability too."""
    fields = {"polarity": value} if value.is_text or value.is_list else value.fields("polarity", "min_probability")
    if "polarity" not in fields:
        value.fail("the field polarity is missing")
    polarities = _read_polarities(fields["polarity"])
    least = fields["min_probability"].number(0, 1) if "min_probability" in fields else 0.0

    def holds(event: EnrichedArticle) -> bool:
        sentiment = event.sentiment
        if sentiment is None or sentiment.polarity not in polarities:
            return False
        return float(getattr(sentiment, sentiment.polarity)) >= least

    return holds


def _compile_entity(value: Value) -> Condition:
    """At least one entity that has all the named properties."""
    fields = value.fields("name", "type", "sentiment", "min_salience")
    if not fields:
        value.fail("an entity needs at least one of name, type, sentiment, min_salience")
    names = _read_set(fields, "name", lambda one: one.text().casefold())
    types = _read_set(fields, "type", lambda one: one.choice(*get_args(EntityType)))
    polarities = _read_polarities(fields["sentiment"]) if "sentiment" in fields else None
    least = fields["min_salience"].number(0, 1) if "min_salience" in fields else 0.0

    def fits(entity: Entity) -> bool:
        return (
            (names is None or entity.name.casefold() in names)
            and (types is None or entity.type in types)
            and (polarities is None or entity.sentiment.polarity in polarities)
            and entity.salience >= least
        )

    return lambda event: any(fits(entity) for entity in event.entities or ())


def _compile_headline(value: Value) -> Condition:
    found = _compile_words(value)
    return lambda event: found(event.article.headline or "")


def _compile_body(value: Value) -> Condition:
    found = _compile_words(value)
    return lambda event: found(event.article.body)


def _compile_words(value: Value) -> Callable[[str], bool]:
    """Whether a text has one of the words or phrases, whole and in any case. One pass, without backtracking."""
    phrases = [r"\s+".join(re.escape(word) for word in one.split()) for one in value.one_or_more(Value.text)]
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)
    return lambda text: pattern.search(text) is not None


def _read_polarities(value: Value) -> frozenset[str]:
    return frozenset(value.one_or_more(lambda one: one.choice(*get_args(Polarity))))


def _read_set(fields: dict[str, Value], name: str, read: Callable[[Value], str]) -> frozenset[str] | None:
    return frozenset(fields[name].one_or_more(read)) if name in fields else None


COMPILERS: dict[str, Callable[[Value], Condition]] = {
    "language": _compile_language,
    "source": _compile_source,
    "verdict": _compile_verdict,
    "sentiment": _compile_sentiment,
    "entity": _compile_entity,
    "headline": _compile_headline,
    "body": _compile_body,
}
"""The conditions on one property of an event, by their field in the file."""
