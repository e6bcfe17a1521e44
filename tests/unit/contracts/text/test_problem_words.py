"""Messages about wrong fields are in words, and name the field."""

from __future__ import annotations

import pytest

from services.contracts.decoding import validate
from services.contracts.raw import RawArticle
from services.errors import PermanentError


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "content: is missing"),
        ({"content": 5}, "content: not a text"),
        ({"content": "  "}, "content: has no visible character"),
        ({"content": "x", "published_at": "soon"}, "published_at: not a time: 'soon'; write ISO 8601, such as 2026-"),
        ({"content": "x", "published_at": "2026-13-01"}, "published_at: not a time: '2026-13-01'"),
        ({"content": "x", "fetched_at": [1]}, "fetched_at: not a time; write"),
        ({"content": "x", "fetched_at": True}, "fetched_at: not a time: true; write"),
        ({"content": "x", "published_at": "s" * 500}, "published_at: not a time; write"),
        ({"content": "x", "language": "English!"}, "language: not a language code such as en or pt-BR: 'English!'"),
        (
            {"content": "x", "content_type": "text/htm"},
            "content_type: 'text/htm' is not one of: text/plain, text/html;",
        ),
        ({"content": "x", "content_type": "text/htm"}, "did you mean text/html?"),
        ({"content": "x", "content_type": ["a"]}, "content_type: the value is not one of: text/plain, text/html"),
        ({"content": "x", "url": "ftp://a.example/"}, "url: must be an http or https URL: 'ftp://a.example/'"),
        ({"content": "x", "url": 5}, "url: not a text"),
        ({"content": "x", "title": "t" * 2_049}, "title: longer than 2,048 characters"),
        ({"content": "x", "section": ""}, "section: is empty"),
        ({"content": "x", "tags": 5}, "tags: not a list"),
        ({"content": "x", "tags": ["a"] * 65}, "tags: has 65 entries; at most 64 are allowed"),
        ({"content": "x", "byline": ["a", 5]}, "byline.1: not a text"),
        ({"content": "x", "metadata": [1]}, "metadata: not an object with names and values"),
        ({"content": "x", "metadata": {"a": 5}}, "metadata.a: not a text"),
        ({"content": "\ud800"}, "content: has a surrogate without its partner"),
    ],
)
def test_a_problem_is_described_in_words(fields: dict[str, object], message: str) -> None:
    """The message names the field, what is wrong, and a short wrong value; it has none of the library's terms."""
    with pytest.raises(PermanentError) as caught:
        validate(RawArticle, fields)
    assert message in str(caught.value)
    assert "nput should" not in str(caught.value) and "String" not in str(caught.value)
