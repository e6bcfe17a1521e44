"""Expectations in the rules file: small articles, each with the routes that it must take.

The sink only checks their form. `copydesk route --test` enriches each article and compares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast, get_args

from services.contracts.event import Verdict
from services.sink.rules.yaml_values import Json, YamlValue


@dataclass(frozen=True, slots=True)
class Expectation:
    """An article and the routes that it must take."""

    name: str
    """Name of the expectation, which its report shows."""
    article: dict[str, Json]
    """Fields of a raw article, as a sender would give them."""
    routes: tuple[str, ...]
    """All routes that the article must take, the default included; empty if it must take none."""
    verdict: Verdict = "original"
    """The duplicate verdict with which the article is judged."""
    line: int = 0
    """Number of the line in the rules file, from 1."""


def read_expectation(value: YamlValue, names: tuple[str, ...]) -> Expectation:
    """Read one item of `tests`; `names` are the routes of the file. Raises ConfigurationError with the line."""
    fields = value.read_fields("name", "article", "verdict", "routes", required=("name", "article", "routes"))
    routes = fields["routes"].read_items(minimum=0) if fields["routes"].is_list else [fields["routes"]]
    verdict = fields["verdict"].read_choice(*get_args(Verdict)) if "verdict" in fields else "original"
    return Expectation(
        name=fields["name"].read_text(),
        article=_read_article(fields["article"]),
        routes=tuple(dict.fromkeys(route.read_choice(*names) for route in routes)),
        verdict=cast(Verdict, verdict),
        line=value.line,
    )


def _read_article(value: YamlValue) -> dict[str, Json]:
    """Read a mapping of a raw article's fields, or a text alone, which is its content."""
    if value.is_text:
        return {"content": value.read_text()}
    article = value.read_json()
    if not isinstance(article, dict) or not article:
        value.fail("expected a text, or a mapping with the fields of an article, such as title and content")
    return article
