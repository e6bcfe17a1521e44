"""The decoding of raw records: an article, or the reason why there is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.headers import RAW_TYPE
from services.contracts.identity import derive_article_id
from services.contracts.raw import MAX_CONTENT_CHARACTERS, RawArticle, has_visible_character
from services.errors import PermanentError
from services.outcomes import Reason
from services.processor.annotate.raw_records import check_raw_record, decode_raw_article


def encode(**fields: object) -> bytes:
    return json.dumps({"content": "a", **fields}).encode()


@pytest.mark.parametrize(
    ("value", "headers", "reason"),
    [
        (None, [], Reason.TOMBSTONE),
        (b"", [], Reason.EMPTY),
        (b"x" * 101, [], Reason.TOO_LARGE),
        (b"{}", [("ce_type", b"news.article.raw.v2")], Reason.UNKNOWN_VERSION),
        (b"{}", [("ce_type", b"\xff")], Reason.UNKNOWN_VERSION),
    ],
)
def test_rejected_unparsed(value: bytes | None, headers: list[tuple[str, bytes | None]], reason: Reason) -> None:
    """A record that is bad without being parsed is rejected with its reason."""
    with pytest.raises(PermanentError) as caught:
        check_raw_record(value, headers, max_bytes=100)
    assert caught.value.reason is reason


@pytest.mark.parametrize("headers", [[], [("ce_type", None)], [("ce_type", RAW_TYPE.encode())], [("other", b"x")]])
def test_accepted_unparsed(headers: list[tuple[str, bytes | None]]) -> None:
    """A record of this version, or of no named version, is accepted."""
    assert check_raw_record(b"{}", headers, max_bytes=2) == b"{}"


@pytest.mark.parametrize(
    ("value", "reason", "said"),
    [
        (b"\xff{}", Reason.NOT_UTF8, "byte 0"),
        (b"{", Reason.INVALID_JSON, "ends within an object"),
        (b'{"content": "a"} trailing', Reason.INVALID_JSON, "trailing"),
        (b'{"content": "\\ud800"}', Reason.INVALID_JSON, "hex escape"),
        (b'{"content": "\\udc00\\ud800"}', Reason.INVALID_JSON, "surrogate"),
        (b'{"content": "a", "other": NaN}', Reason.INVALID_JSON, ""),
        (b'{"content": "a", "other": Infinity}', Reason.INVALID_JSON, ""),
        (b"[" * 100_000, Reason.INVALID_JSON, "recursion"),
        (b"[]", Reason.INVALID_ARTICLE, "object"),
        (b"null", Reason.INVALID_ARTICLE, "object"),
        (b"{}", Reason.INVALID_ARTICLE, "content"),
        (encode(content=1), Reason.INVALID_ARTICLE, "content"),
        (encode(content=None), Reason.INVALID_ARTICLE, "content"),
        (encode(url="javascript:alert(1)"), Reason.INVALID_ARTICLE, "url"),
        (encode(url="http://[::1"), Reason.INVALID_ARTICLE, "url"),
        (encode(url="http://a.example:99999/"), Reason.INVALID_ARTICLE, "url"),
        (encode(published_at="yesterday"), Reason.INVALID_ARTICLE, "published_at"),
        (encode(published_at="0001-01-01T00:00:00+14:00"), Reason.INVALID_ARTICLE, "published_at"),
        (encode(metadata={"a": {"b": "c"}}), Reason.INVALID_ARTICLE, "metadata.a"),
        (encode(metadata={str(number): "x" for number in range(65)}), Reason.INVALID_ARTICLE, "metadata"),
        (encode(content=""), Reason.EMPTY, "content"),
        (encode(content=" \u00a0\u200b\ufeff\n"), Reason.EMPTY, "visible"),
        (encode(content="\u0000\u0007"), Reason.EMPTY, "visible"),
        (encode(content="x" * (MAX_CONTENT_CHARACTERS + 1)), Reason.TOO_LARGE, "content"),
        (encode(content="", url="ftp://a.example"), Reason.INVALID_ARTICLE, "url"),
    ],
)
def test_no_article(value: bytes, reason: Reason, said: str) -> None:
    """Bytes that are no article are rejected with the reason, and with the field if one field is wrong."""
    with pytest.raises(PermanentError) as caught:
        decode_raw_article(value)
    assert caught.value.reason is reason
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        encode(content="word"),
        encode(content="\u202eright to left\u202c"),
        encode(content="a\u0000b"),
        encode(published_at="1900-01-01T00:00:00"),
        encode(published_at="2100-12-31T23:59:59+14:00"),
        encode(unknown={"field": [1, None, True]}),
        encode(content="x" * MAX_CONTENT_CHARACTERS),
    ],
)
def test_odd_articles(value: bytes) -> None:
    """Odd content is an article, and its id is derived from the content."""
    article, article_id = decode_raw_article(value)
    assert article.content == json.loads(value)["content"]
    assert article_id == derive_article_id(RawArticle.model_validate_json(value))


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: encode(content=text)))
def test_any_bytes_give_an_article_or_a_permanent_error(value: bytes) -> None:
    """Any bytes give an article or a PermanentError."""
    try:
        assert has_visible_character(decode_raw_article(value)[0].content)
    except PermanentError as error:
        assert error.reason is not Reason.UNEXPECTED
