"""Compilers of the conditions on single properties: language, source, verdict, sentiment, and what is missing.

A value that can never match is an error, so that a mistake is found when the service starts and not when articles are
missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, get_args

from services.contracts.event import UNKNOWN_LANGUAGE, Polarity, Verdict
from services.sink.rules.conditions.condition import Condition, Finding, Truth
from services.sink.rules.conditions.event_view import EventView
from services.sink.rules.conditions.languages import find_codes, suggest_code
from services.sink.rules.conditions.sources import fold_source
from services.sink.rules.yaml_values import YamlValue

WILDCARD: Final = "*"
"""Character that other tools use for any text. Rules do not know it."""

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
    "topics": lambda view: view.event.topics is not None,
    "story": lambda view: view.event.story,
}
"""Parts of an article that may be missing, each with a function whose result is false or empty if it is."""


def compile_language(value: YamlValue) -> Condition:
    """Compile language codes (BCP 47): "pt" also matches "pt-BR", but "pt-BR" matches only itself."""
    codes = frozenset[str]().union(*value.read_one_or_more(_read_codes))
    has_unknown = UNKNOWN_LANGUAGE in codes

    def holds(view: EventView) -> Truth:
        if view.languages[0] == UNKNOWN_LANGUAGE:
            return True if has_unknown else None
        return not codes.isdisjoint(view.languages)

    def find(view: EventView) -> Finding:
        language = view.event.article.language
        if view.languages[0] == UNKNOWN_LANGUAGE:
            return Finding(language.code, "the language is not known")
        return Finding(language.code, f"the language is {language.code}, probability {language.confidence:.2f}")

    return Condition("language", holds, find)


def _read_codes(value: YamlValue) -> frozenset[str]:
    written = value.read_text()
    codes = find_codes(written)
    if codes is None:
        value.fail(f"{written!r} is not a language code (BCP 47), such as en or pt-BR", suggest_code(written))
    return codes


def compile_source(value: YamlValue) -> Condition:
    """Compile publishers: "bbc.co.uk" also matches "news.bbc.co.uk"."""
    sources = frozenset(value.read_one_or_more(_read_source))

    def holds(view: EventView) -> Truth:
        return None if view.sources is None else not sources.isdisjoint(view.sources)

    def find(view: EventView) -> Finding:
        if view.sources is None:
            return Finding(None, "the article has no source")
        return Finding(view.event.article.source, f"the source is {view.event.article.source}")

    return Condition("source", holds, find)


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


def compile_verdict(value: YamlValue) -> Condition:
    """Compile verdicts of the search for duplicates."""
    verdicts = frozenset(value.read_one_or_more(lambda one: one.read_choice(*get_args(Verdict))))

    def find(view: EventView) -> Finding:
        duplicate = view.event.duplicate
        of = f" of {duplicate.duplicate_of}" if duplicate.duplicate_of else ""
        return Finding(duplicate.verdict, f"the verdict is {duplicate.verdict}{of}")

    return Condition("verdict", lambda view: view.event.duplicate.verdict in verdicts, find)


def compile_missing(value: YamlValue) -> Condition:
    """Compile parts of which at least one is missing. This condition is never unknown."""
    names = value.read_one_or_more(lambda one: one.read_choice(*PARTS))
    parts = [PARTS[name] for name in names]

    def find(view: EventView) -> Finding:
        missing = [name for name in names if not PARTS[name](view)]
        if missing:
            return Finding([*missing], f"the article has no {' and no '.join(missing)}")
        return Finding([], f"the article has {', '.join(names)}")

    return Condition("missing", lambda view: any(not part(view) for part in parts), find)


def compile_sentiment(value: YamlValue) -> Condition:
    """Compile the article's sentiment: one or several polarities, or a mapping that adds a minimum probability."""
    if value.is_text or value.is_list:
        fields = {"polarity": value}
    else:
        fields = value.read_fields("polarity", "min_probability", required=("polarity",))
    polarities = read_polarities(fields["polarity"])
    minimum = fields["min_probability"].read_number(0, 1) if "min_probability" in fields else 0.0

    def holds(view: EventView) -> Truth:
        sentiment = view.event.sentiment
        if sentiment is None:
            return None
        return sentiment.polarity in polarities and sentiment.probability >= minimum

    def find(view: EventView) -> Finding:
        sentiment = view.event.sentiment
        if sentiment is None:
            return Finding(None, "the article has no sentiment")
        polarity, probability = sentiment.polarity, sentiment.probability
        because = f"the sentiment is {polarity}, probability {probability:g}"
        if polarity in polarities and probability < minimum:
            because += f", which is below {minimum:g}"
        return Finding({"polarity": polarity, "probability": probability}, because)

    return Condition("sentiment", holds, find)


def read_polarities(value: YamlValue) -> frozenset[str]:
    """Read one or several polarities."""
    return frozenset(value.read_one_or_more(lambda one: one.read_choice(*get_args(Polarity))))
