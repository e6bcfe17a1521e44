"""Credits at the end of an article."""

from __future__ import annotations

import pytest

from services.enrichment.entities import read_fields
from services.enrichment.entities.credits import count_credits
from services.enrichment.entities.sentences import split_sentences
from tests.support.fake_encoder import FakeEncoder

NEWS = "The harbour of Tarnby froze. Ferries waited for a day."


def count(end: str, news: str = NEWS) -> int:
    body = f"{news}\n\n{end}"
    return count_credits(body, [*split_sentences("body", body)])


@pytest.mark.parametrize(
    "end",
    [
        "Nordwire",
        "NORDWIRE",
        "(Nordwire)",
        "– Nordwire News Agency",
        "NORDWIRE...",
        "(Reporting by Mara Lindqvist; editing by Olof Berg)",
        "(Additional reporting by Mara Lindqvist)",
        "Reporting by Mara Lindqvist in Tarnby; Editing by Olof Berg",
        "(Written by Mara Lindqvist)",
        "(With inputs from agencies)",
        "(Editing and graphics by Olof Berg)",
    ],
)
def test_a_signature_and_a_credit_are_found(end: str) -> None:
    """An agency's name alone, and a line about reporters, are credits."""
    assert count(end) == 1


def test_a_signature_and_a_credit_may_follow_each_other() -> None:
    """Both are found together."""
    assert count("Nordwire\n\n(Reporting by Mara Lindqvist; Editing by Olof Berg)") == 2


@pytest.mark.parametrize(
    "end",
    [
        "Nobody was hurt.",
        "Tarnby",
        "Velm\n\nOdder\n\nSkive",
        "Reporting by the harbour authority found no fault.",
        "Velm 3 1 2",
        "harbour",
        "",
    ],
)
def test_news_is_no_credit(end: str) -> None:
    """Sentences, lists, rows of tables, and names that the news has too are no credits."""
    assert count(end) == 0


def test_a_short_text_has_no_credits() -> None:
    """A text of a name alone is about that name."""
    assert count("Nordwire", "Storm") == 0


def test_a_credit_has_no_entities() -> None:
    """Names in a credit are no mentions, and names before it are."""
    fields = {"headline": "Ice", "body": f"{NEWS}\n\n(Reporting by Mara Lindqvist; Editing by Olof Berg)"}
    assert [entity.name for entity in read_fields(fields, FakeEncoder(), 1000).entities] == ["Tarnby"]
