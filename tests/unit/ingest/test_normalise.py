"""Tests of the record on the raw topic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from services.contracts.decoding import validate
from services.contracts.headers import derive_traceparent, find_header
from services.contracts.raw import MAX_CONTENT_CHARACTERS, RawArticle
from services.errors import PermanentError
from services.ingest.normalise import build_publication, parse_document
from services.outcomes import Reason

TRACE = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def reject(fields: object) -> PermanentError:
    with pytest.raises(PermanentError) as caught:
        build_publication(validate(RawArticle, fields))
    return caught.value


def test_record_of_an_article() -> None:
    """A record has the article's id as key and ce_id, the contract's name as type, and the article as value."""
    record = build_publication(validate(RawArticle, {"content": "x", "url": "https://www.news.example/a?utm_source=y"}))
    assert record.key == record.id.encode()
    assert find_header(record.headers, "ce_id") == record.key
    assert find_header(record.headers, "ce_type") == b"news.article.raw.v1"
    assert find_header(record.headers, "content-type") == b"application/json"
    assert RawArticle.model_validate_json(record.value).source == record.source == "news.example"


def test_a_retry_is_the_same_record() -> None:
    """Two records of one entry have the same bytes."""
    fields = {"content": "x", "url": "https://news.example/a", "metadata": {"b": "1", "a": "2"}}
    assert build_publication(validate(RawArticle, fields)) == build_publication(validate(RawArticle, fields))


def test_tracking_parameters_do_not_change_the_id() -> None:
    """Links that differ only in tracking parameters and spelling give the same article id."""
    links = ("https://news.example/a", "HTTPS://NEWS.example:443/a?utm_campaign=z#top")
    assert len({build_publication(validate(RawArticle, {"content": "x", "url": link})).id for link in links}) == 1


@pytest.mark.parametrize("trace", [None, b"", b"junk", b"00-" + b"0" * 32 + b"-00f067aa0ba902b7-01", "é".encode()])
def test_bad_traceparent_is_replaced(trace: bytes | None) -> None:
    """A traceparent that is absent, malformed or all zeros is replaced by one derived from the id."""
    record = build_publication(validate(RawArticle, {"content": "x"}), traceparent=trace)
    assert find_header(record.headers, "traceparent") == derive_traceparent(record.id)


def test_valid_traceparent_is_used() -> None:
    """A valid traceparent of the sender is used."""
    record = build_publication(validate(RawArticle, {"content": "x"}), traceparent=TRACE)
    assert find_header(record.headers, "traceparent") == TRACE


@pytest.mark.parametrize(
    ("fields", "reason", "field"),
    [
        ([], Reason.INVALID_ARTICLE, None),
        ("text", Reason.INVALID_ARTICLE, None),
        (None, Reason.INVALID_ARTICLE, None),
        ({}, Reason.INVALID_ARTICLE, "content"),
        ({"content": None}, Reason.INVALID_ARTICLE, "content"),
        ({"content": 7}, Reason.INVALID_ARTICLE, "content"),
        ({"content": ""}, Reason.EMPTY, "content"),
        ({"content": " \n\t\u200b\ufeff\u00ad\x00\u202e"}, Reason.EMPTY, "content"),
        ({"content": "x" * (MAX_CONTENT_CHARACTERS + 1)}, Reason.TOO_LARGE, "content"),
        ({"content": "lone \ud800"}, Reason.INVALID_JSON, "content"),
        ({"content": "x", "content_type": "application/pdf"}, Reason.INVALID_ARTICLE, "content_type"),
        ({"content": "x", "url": "javascript:alert(1)"}, Reason.INVALID_ARTICLE, "url"),
        ({"content": "x", "url": "https://"}, Reason.INVALID_ARTICLE, "url"),
        ({"content": "x", "url": "https://news.example:99999/"}, Reason.INVALID_ARTICLE, "url"),
        ({"content": "x", "url": "https://[::1/"}, Reason.INVALID_ARTICLE, "url"),
        ({"content": "x", "language": "English please"}, Reason.INVALID_ARTICLE, "language"),
        ({"content": "x", "published_at": "soon"}, Reason.INVALID_ARTICLE, "published_at"),
        ({"content": "x", "published_at": "0001-01-01T00:00:00+14:00"}, Reason.INVALID_ARTICLE, "published_at"),
        ({"content": "x", "fetched_at": "9999-12-31T23:59:59-14:00"}, Reason.INVALID_ARTICLE, "fetched_at"),
        ({"content": "x", "metadata": {"a": 1}}, Reason.INVALID_ARTICLE, "metadata.a"),
        ({"content": "x", "metadata": {str(n): "" for n in range(65)}}, Reason.INVALID_ARTICLE, "metadata"),
    ],
)
def test_rejections_name_reason_and_field(fields: object, reason: Reason, field: str | None) -> None:
    """An invalid article is rejected with the reason and the name of the wrong field."""
    error = reject(fields)
    assert (error.reason, error.field) == (reason, field)


@pytest.mark.parametrize(
    "fields",
    [
        {"content": "x", "published_at": "1900-01-01T00:00:00Z"},
        {"content": "x", "published_at": "2100-12-31T23:59:59+14:00"},
        {"content": "مرحبا بالعالم", "language": "ar"},
        {"content": "bell \x07 and null \x00 in it"},
        {"content": "🦀"},
        {"content": "word " * 200_000},
        {"content": "x", "unknown": {"deep": [1, 2]}},
        {"content": "x", "url": "https://xn--bcher-kva.example/ü?q=ß"},
        {"content": "x", "url": "http://[::1]:8080/a"},
    ],
)
def test_unusual_articles_are_accepted(fields: dict[str, object]) -> None:
    """Distant dates, right-to-left text, control characters, a million characters and unknown fields are accepted."""
    assert build_publication(validate(RawArticle, fields)).id


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"\xef\xbb\xbf \n", Reason.EMPTY),
        (b"{", Reason.INVALID_JSON),
        (b'{"content": NaN}', Reason.INVALID_JSON),
        (b'{"content": "x", "score": Infinity}', Reason.INVALID_JSON),
        (b'{"content": "\\ud800"}', Reason.INVALID_JSON),
        (b"[" * 5_000 + b"]" * 5_000, Reason.INVALID_JSON),
        (b'{"content": "x"} {"content": "y"}', Reason.INVALID_JSON),
        (b'{"content": "caf\xe9"}', Reason.NOT_UTF8),
        ('{"content": "x"}'.encode("utf-16"), Reason.NOT_UTF8),
    ],
)
def test_unparsable_json(content: bytes, reason: Reason) -> None:
    """A document that is not JSON is rejected with the reason."""
    with pytest.raises(PermanentError) as caught:
        parse_document(content)
    assert caught.value.reason is reason


def test_last_of_repeated_names_counts() -> None:
    """The last value of a repeated name counts, also after a byte order mark."""
    assert parse_document(b'\xef\xbb\xbf{"content": "a", "content": "b"}') == {"content": "b"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.dictionaries(st.sampled_from([*RawArticle.model_fields, "other"]), JSON)


@given(FIELDS)
def test_any_object_is_an_article_or_is_rejected(fields: dict[str, object]) -> None:
    """Any JSON object becomes a record that can be read back or is rejected, and nothing else is raised."""
    try:
        record = build_publication(validate(RawArticle, parse_document(to_json(fields))))
    except PermanentError:
        return
    assert RawArticle.model_validate_json(record.value).content == fields["content"]
