"""Tests of reading files and pipes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.dates import parse_date
from services.ingest.entries import Entry, UnreadableEntry, guess_format, read_entries
from services.outcomes import Reason

MODIFIED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def read(content: bytes, name: str = "-") -> list[Entry | UnreadableEntry]:
    return list(read_entries(content, name, fetched_at=MODIFIED))


def test_text_is_one_entry() -> None:
    """A text file is one article whose fetch time is the modification time of the file."""
    assert read("Zürich\n\nSecond paragraph.".encode(), "a.txt") == [
        Entry(
            {
                "content": "Zürich\n\nSecond paragraph.",
                "content_type": "text/plain",
                "fetched_at": "2026-03-01T12:00:00+00:00",
            }
        )
    ]


def test_html_is_one_entry() -> None:
    """An HTML file is one article with the content type text/html."""
    [entry] = read(b"<html><p>x</p></html>", "a.HTM")
    assert isinstance(entry, Entry)
    assert entry.fields["content_type"] == "text/html"


def test_declared_encoding_of_html_is_honoured() -> None:
    """A page that is not UTF-8 is decoded with the charset that it declares."""
    [entry] = read('<html><head><meta charset="windows-1252"></head>café</html>'.encode("cp1252"), "a.html")
    assert isinstance(entry, Entry)
    assert "café" in str(entry.fields["content"])


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "-"])
def test_json_that_is_not_utf8_is_unreadable(name: str) -> None:
    """JSON that is not UTF-8 has that reason."""
    [entry] = read(b'{"content": "caf\xe9"}', name)
    assert isinstance(entry, UnreadableEntry)
    assert entry.reason is Reason.NOT_UTF8


@pytest.mark.parametrize("name", ["a.txt", "a.html"])
def test_an_undecodable_byte_is_one_character(name: str) -> None:
    """Text with a broken byte is one article, whose metadata have the number of replaced characters."""
    [entry] = read("Zürich und Genève: ".encode() + b"\xc3 bleibt", name)
    assert isinstance(entry, Entry)
    assert entry.fields["content"] == "Zürich und Genève: \ufffd bleibt"
    assert entry.fields["metadata"] == {"replaced_characters": "1"}


@pytest.mark.parametrize("name", ["a.txt", "a.html", "-"])
def test_bytes_that_are_no_text_are_unreadable(name: str) -> None:
    """An image is refused, whatever its name says."""
    [entry] = read(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\xff", name)
    assert isinstance(entry, UnreadableEntry)
    assert entry.reason is Reason.NOT_UTF8
    assert "plain text, HTML, JSON and JSON Lines are accepted" in entry.message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize(
    ("text", "name"),
    [("Zürich, ein Artikel", "a.txt"), ("<html><p>Zürich</p></html>", "-"), ('{"content": "Zürich"}', "a.jsonl")],
)
def test_utf16_is_read(text: str, name: str, encoding: str) -> None:
    """Text, HTML and JSON Lines in UTF-16, as shells of Windows write them, are one article."""
    [entry] = read(text.encode(encoding), name)
    assert isinstance(entry, Entry)
    assert "Zürich" in str(entry.fields["content"])
    assert "metadata" not in entry.fields


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.json", "a.jsonl", "-"])
@pytest.mark.parametrize("content", [b"", b" \n\t\n"])
def test_empty_is_unreadable(name: str, content: bytes) -> None:
    """A file with nothing but white space has the reason empty."""
    assert [entry.reason for entry in read(content, name) if isinstance(entry, UnreadableEntry)] == [Reason.EMPTY]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_json_lines_have_their_line_number(start: bytes, end: bytes) -> None:
    """A bad line is named by its number and does not affect the others; blank lines are counted and skipped."""
    content = start + end.join([b'{"content": "a"}', b"", b"{broken}", b"[1]", b'{"content": "b"}'])
    entries = read(content, "a.jsonl")
    assert [entry.position for entry in entries] == [1, 3, 4, 5]
    assert [entry.reason for entry in entries if isinstance(entry, UnreadableEntry)] == [
        Reason.INVALID_JSON,
        Reason.INVALID_ARTICLE,
    ]
    assert [entry.fields for entry in entries if isinstance(entry, Entry)] == [{"content": "a"}, {"content": "b"}]


@pytest.mark.parametrize("end", [b"", b"\n", b" \r\n"])
def test_a_line_that_ends_too_early_is_called_so(end: bytes) -> None:
    """The message has the column alone, because the line of the file is the position."""
    entry = read(b'{"content": "a"}\n{"title":' + end, "a.jsonl")[1]
    assert isinstance(entry, UnreadableEntry)
    assert (entry.position, entry.message) == (2, "the JSON ends within a value at column 9")


def test_json_array_gives_its_items() -> None:
    """Each object of a JSON array is an entry, and any other item is named by its position."""
    entries = read(b'[{"content": "a"}, 7, {"content": "b"}]', "a.json")
    assert [type(entry) for entry in entries] == [Entry, UnreadableEntry, Entry]
    assert entries[1].position == 2


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "-"])
def test_pretty_printed_object_is_one_entry(name: str) -> None:
    """A JSON object over several lines is one article, under any name."""
    assert read(b'{\n  "content":\n    "a"\n}\n', name) == [Entry({"content": "a"})]


def test_json_lines_under_the_name_of_json() -> None:
    """A .json file with JSON Lines is read as JSON Lines."""
    assert [entry.position for entry in read(b'{"content": "a"}\n{"content": "b"}\n', "a.json")] == [1, 2]


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b'{"content": 1}', "jsonl"),
        (b'\xef\xbb\xbf [ {"content": 1}]', "json"),
        (b"<!DOCTYPE html><html>", "html"),
        (b"\n<HTML lang=en>", "html"),
        (b"[Update] The mayor said", "text"),
        (b"HARBOUR CITY -- The mayor said", "text"),
        (b"<3 hearts", "text"),
    ],
)
def test_format_is_guessed(content: bytes, form: str) -> None:
    """The format of content without a name is guessed from its first characters."""
    assert guess_format(content) == form


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024-07-04", "2024-07-04T00:00:00+00:00"),
        ("2024-07-04T10:20:30Z", "2024-07-04T10:20:30+00:00"),
        ("2024-07-04 10:20:30+02:00", "2024-07-04T10:20:30+02:00"),
        ("Thu, 04 Jul 2024 10:20:30 GMT", "2024-07-04T10:20:30+00:00"),
        ("26-FEB-1987 15:01:01.79", "1987-02-26T15:01:01+00:00"),
        ("1-Jan-1900", "1900-01-01T00:00:00+00:00"),
    ],
)
def test_dates(text: str, iso: str) -> None:
    """Dates in ISO 8601, in RFC 2822 and in the form of news agencies are parsed, without an offset as UTC."""
    date = parse_date(text)
    assert date is not None
    assert date.isoformat() == iso


@pytest.mark.parametrize("text", ["", "soon", "31-FEB-1987", "26-FOO-1987", "0001-01-01T00:00:00+14:00", "99999"])
def test_no_dates(text: str) -> None:
    """Text that is not a date gives nothing and raises nothing."""
    assert parse_date(text) is None


@given(st.text())
def test_dates_never_raise(text: str) -> None:
    """No text makes the date parser raise."""
    parse_date(text)


@given(st.binary(max_size=300), st.sampled_from(["a.txt", "a.html", "a.json", "a.jsonl", "-", "a.exe"]))
def test_any_bytes_give_entries(content: bytes, name: str) -> None:
    """Any file gives at least one entry or reason, and reading it raises nothing."""
    assert read(content, name)
