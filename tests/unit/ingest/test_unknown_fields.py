"""Fields that Copydesk does not know: metadata, or an error that names them; the same for every source."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.decoding import validate
from services.contracts.raw import MAX_METADATA_CHARACTERS, MAX_METADATA_ENTRIES, RawArticle
from services.contracts.text.spelling import is_one_letter_off
from services.errors import PermanentError
from services.ingest.unknown_fields import read_fields
from services.outcomes import Reason


def test_aliases() -> None:
    """Common names become those of the contract, and other short strings and numbers become metadata."""
    assert read_fields(
        {
            "text": "body of it",
            "headline": "Head",
            "link": "https://news.example/1",
            "date": "26-FEB-1987",
            "id": 17,
            "dateline": "HARBOUR CITY, Feb 26 -",
            "tags": ["x"],
            "paid": True,
            "empty": "",
        }
    ) == {
        "content": "body of it",
        "title": "Head",
        "url": "https://news.example/1",
        "published_at": "1987-02-26T00:00:00+00:00",
        "tags": ["x"],
        "metadata": {"id": "17", "paid": "true", "dateline": "HARBOUR CITY, Feb 26 -"},
    }


def test_html_wins_over_text() -> None:
    """HTML wins over text, since it contains more."""
    fields = read_fields({"text": "t", "html": "<p>h</p>"})
    assert (fields["content"], fields["content_type"]) == ("<p>h</p>", "text/html")


def test_names_of_the_contract_win() -> None:
    """A field with a name of the contract stays as it is, even if its value is wrong."""
    fields = read_fields({"content": 5, "text": "t", "published_at": "soon", "date": "2024-07-04"})
    assert (fields["content"], fields["published_at"]) == (5, "soon")


def test_unparsed_date_is_kept() -> None:
    """A date that cannot be parsed becomes metadata."""
    assert read_fields({"content": "x", "date": "last Tuesday"})["metadata"] == {"date": "last Tuesday"}


def test_short_values_go_to_the_metadata() -> None:
    """Texts, numbers, true and false keep the sender's name; what says nothing is left out."""
    unknown: dict[str, object] = {"desk": "Sport", "priority": 3, "score": 0.5, "paid": False}
    empty: dict[str, object] = {"a": None, "b": "", "c": [], "d": {}}
    assert read_fields({"content": "x", "metadata": {"desk": "own"}, **unknown, **empty})["metadata"] == {
        "desk": "own", "priority": "3", "score": "0.5", "paid": "false",
    }  # fmt: skip


def test_numbers_inside_the_metadata_are_texts() -> None:
    """A number, true or false inside the metadata becomes a text, as under an unknown name; a list stays wrong."""
    fields = read_fields({"content": "x", "metadata": {"priority": 3, "paid": True, "list": [1]}})
    assert fields["metadata"] == {"priority": "3", "paid": "true", "list": [1]}


@pytest.mark.parametrize(
    ("unknown", "message"),
    [
        ({"mentions": [1]}, "mentions: unknown field with a list, which the metadata do not accept"),
        ({"geo": {"lat": 1}}, "geo: unknown field with an object"),
        (
            {"notes": "y" * (MAX_METADATA_CHARACTERS + 1)},
            "notes: unknown field with a text of more than 2,048 characters",
        ),
        (
            {"title_text": ["x"]},
            "title_text: unknown field with a list, which the metadata do not accept; did you mean title?",
        ),
        ({"x" * 200: "y"}, "…: unknown field with too long a name"),
        ({"author": {"id": 5}}, "author: no byline can be read from an object"),
        ({"titel": "x"}, "titel: unknown field; did you mean title?"),
        ({"autor": "x"}, "autor: unknown field; did you mean author?"),
        ({"published_att": "x"}, "published_att: unknown field; did you mean published_at?"),
        ({"Langauge": "en"}, "Langauge: unknown field; did you mean language?"),
        ({"keyword": "sea"}, "keyword: unknown field; did you mean keywords?"),
        ({"urls": "x"}, "urls: unknown field; did you mean url?"),
        ({"a": [1], "b": [1], "c": [1], "d": [1]}, "and 1 more"),
    ],
)
def test_other_unknown_fields_are_errors(unknown: dict[str, object], message: str) -> None:
    """A misspelt name, and a value that does not fit the metadata, is named with what is probably meant."""
    with pytest.raises(PermanentError) as caught:
        read_fields({"content": "x", **unknown})
    assert message in str(caught.value)
    assert caught.value.reason is Reason.INVALID_ARTICLE
    assert caught.value.field == next(iter(unknown))


def test_a_name_is_no_misspelling_of_a_field_that_is_given() -> None:
    """`context` beside `content`, or `titles` beside `headline`, is a name of its own."""
    fields = read_fields({"content": "x", "context": "y", "headline": "H", "titles": "z"})
    assert fields["metadata"] == {"context": "y", "titles": "z"}


def test_a_second_name_is_left_out() -> None:
    """A long text beside the page that it was taken from is no error."""
    assert read_fields({"html": "<p>h</p>", "text": "y" * 5_000}) == {
        "content": "<p>h</p>",
        "content_type": "text/html",
    }


def test_too_many_metadata_are_an_error() -> None:
    """More entries than an article may have are not left out silently."""
    with pytest.raises(PermanentError, match="metadata: 65 entries"):
        read_fields({"content": "x", **{f"k{number}": "v" for number in range(MAX_METADATA_ENTRIES + 1)}})


@pytest.mark.parametrize(
    ("written", "known", "expected"),
    [
        ("titel", "title", True), ("titl", "title", False), ("titlle", "title", True), ("tidle", "title", True),
        ("title", "title", False), ("title2", "title", False), ("rate", "date", False), ("dates", "date", True),
        ("tag", "tags", True), ("soruce", "source", True), ("sources", "source", True), ("outlet", "title", False),
        ("", "url", False), ("lonk", "link", False), ("ittel", "title", False),
    ],
)  # fmt: skip
def test_one_letter(written: str, known: str, expected: bool) -> None:
    """One letter more, less or other, two swapped, or a plural s; a digit and a short word are no misspelling."""
    assert is_one_letter_off(written, known) is expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["content", "text", "metadata", "byline", "tags", "titel", "x", ""]), JSON, max_size=5
    )
)
def test_any_object_is_read_or_rejected(given_fields: Mapping[str, object]) -> None:
    """Any JSON object gives an article or a PermanentError, and reading the result again changes nothing."""
    try:
        fields = read_fields(given_fields)
        validate(RawArticle, fields)
    except PermanentError:
        return
    assert read_fields(fields) == fields
