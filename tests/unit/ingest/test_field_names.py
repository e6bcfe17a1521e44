"""Fields of an article may have several names, and all sources read the same ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.ingest.field_names import ALIASES, MEANINGS, find_field, fold_name, rename_fields


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("author", "byline"),
        ("Authors", "byline"),
        ("datePublished", "published_at"),
        ("publishedAt", "published_at"),
        ("Published-At", "published_at"),
        ("articleSection", "section"),
        ("keywords", "tags"),
        ("content type", "content_type"),
        ("mood", None),
    ],
)
def test_names(name: str, field: str | None) -> None:
    """A name means a field in any letter case, with or without marks between its words."""
    assert find_field(name) == field


def test_no_name_has_two_meanings() -> None:
    """Each name means one field."""
    names = [fold_name(alias) for aliases in ALIASES.values() for alias in aliases]
    assert len(names) == len(set(names))
    assert len(MEANINGS) == len(names) + len(RawArticle.model_fields)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("By Ines Roth and Olaf Brandt", ["Ines Roth", "Olaf Brandt"]),
        (["Ines Roth", "Olaf Brandt", "Ines Roth"], ["Ines Roth", "Olaf Brandt"]),
        ([{"name": "Ines Roth", "url": "/ines"}], ["Ines Roth"]),
        ({"name": "Ines Roth"}, ["Ines Roth"]),
        ("iroth", ["iroth"]),
    ],
)
def test_authors(value: object, names: list[str]) -> None:
    """Authors are given as a text, a list or objects with names, under any of the names of the byline."""
    assert rename_fields({"author": value}) == ({"byline": names}, {})
    assert rename_fields({"byline": value}) == ({"byline": names}, {})


def test_tags() -> None:
    """Tags are given as a list or as one text, whose marks separate them."""
    assert rename_fields({"keywords": "quay, repairs , quay"})[0] == {"tags": ["quay", "repairs"]}
    assert rename_fields({"tags": "quay, east; repairs"})[0] == {"tags": ["quay, east", "repairs"]}
    assert rename_fields({"categories": [{"term": "Sea, ships"}, "quay"]})[0] == {"tags": ["Sea, ships", "quay"]}


def test_own_name_wins() -> None:
    """A field with its own name wins over another name, and what is not used stays with the rest."""
    fields, rest = rename_fields({"Author": "Olaf Brandt", "byline": ["Ines Roth"], "section": "Sea", "category": "x"})
    assert fields == {"byline": ["Ines Roth"], "section": "Sea"}
    assert rest == {"Author": "Olaf Brandt", "category": "x"}


def test_values_that_do_not_fit_are_no_field() -> None:
    """A value that does not fit the field of another name belongs to the rest, so that the article stays valid."""
    given_fields = {"lang": "the English language", "date": "soon", "author": 7, "keywords": [], "category": ""}
    assert rename_fields(given_fields) == ({}, given_fields)


def test_given_fields_leave_the_id() -> None:
    """Authors, section and tags that the sender gives do not change the id of the article."""
    bare = RawArticle(content="The quay is closed.")
    given_fields = rename_fields({"text": bare.content, "author": "Ines Roth", "category": "Sea", "tags": "a, b"})[0]
    assert derive_article_id(RawArticle.model_validate(given_fields)) == derive_article_id(bare)


@given(st.dictionaries(st.sampled_from(sorted(MEANINGS)), st.one_of(st.text(), st.integers(), st.lists(st.text()))))
def test_any_values_are_read(given_fields: dict[str, object]) -> None:
    """No value makes the reading fail, and every name is a field or in the rest."""
    fields, rest = rename_fields(given_fields)
    assert all(name in rest or find_field(name) in fields for name in given_fields)
    assert rest.items() <= given_fields.items()
