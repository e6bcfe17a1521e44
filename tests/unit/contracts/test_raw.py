"""Valid and invalid raw articles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.contracts.raw import MAX_CONTENT_CHARACTERS, RawArticle, has_visible_character


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "content"),
        ({"content": ""}, "content"),
        ({"content": " \u200b\n"}, "content"),
        ({"content": "x", "published_at": "0001-01-01T00:00:00+14:00"}, "published_at"),
        ({"content": 7}, "content"),
        ({"content": "x" * (MAX_CONTENT_CHARACTERS + 1)}, "content"),
        ({"content": "x", "url": "javascript:alert(1)"}, "url"),
        ({"content": "x", "url": "https://"}, "url"),
        ({"content": "x", "url": "https://example.com:99999/"}, "url"),
        ({"content": "x", "url": "file:///etc/passwd"}, "url"),
        ({"content": "x", "content_type": "application/pdf"}, "content_type"),
        ({"content": "x", "published_at": "yesterday"}, "published_at"),
        ({"content": "x", "language": "English please"}, "language"),
        ({"content": "x", "metadata": {"a": {"b": 1}}}, "metadata"),
        ({"content": "x", "metadata": {str(n): "" for n in range(65)}}, "metadata"),
    ],
)
def test_wrong_field_is_named(fields: dict[str, object], named: str) -> None:
    """An invalid article is rejected, and the error names the field."""
    with pytest.raises(ValidationError) as caught:
        RawArticle.model_validate(fields)
    assert {error["loc"][0] for error in caught.value.errors()} == {named}


@pytest.mark.parametrize(
    "time", ["1900-01-01T00:00:00Z", "2100-12-31T23:59:59+14:00", "2026-11-24T10:00:00", "2026-11-24"]
)
def test_far_dates_and_naive_times_pass(time: str) -> None:
    """Times from 1900 to 2100 are accepted, and a time without an offset is UTC."""
    article = RawArticle(content="x", published_at=time)
    assert article.published_at is not None and article.published_at.tzinfo is not None


def test_unknown_fields_are_ignored() -> None:
    """A reader ignores fields that a later version added."""
    assert RawArticle.model_validate({"content": "x", "added_in_2031": True}).content == "x"


def test_lone_surrogate_is_rejected() -> None:
    """An escaped lone surrogate is rejected when it is parsed, and not only when it is encoded."""
    with pytest.raises(ValidationError):
        RawArticle.model_validate_json(b'{"content": "\\ud800"}')


@given(st.text())
def test_visible_means_something_is_left(text: str) -> None:
    """A text without a visible character has no letter and no digit."""
    assert has_visible_character(text) or not any(character.isalnum() for character in text)
