"""WARC files as articles: the pages of a crawl, and files that are cut, damaged or made to cost memory."""

from __future__ import annotations

import gzip
import io
import itertools
import re

import pytest

from services.contracts.decoding import validate
from services.contracts.raw import RawArticle
from services.ingest.entries import Entry, UnreadableEntry
from services.ingest.warc import MAX_PAYLOAD_BYTES, read_warc
from services.outcomes import Reason
from tests.support.warc_files import build_page, build_record, build_warc


def read(content: bytes) -> list[Entry | UnreadableEntry]:
    """Read a file."""
    return list(read_warc(io.BytesIO(content)))


@pytest.mark.parametrize("compressed", [True, False])
def test_pages_of_a_crawl_are_articles(compressed: bool) -> None:
    """Each page has its URL, its time and its text; requests, images and errors are left out."""
    pages = [
        build_page(1),
        ("http://news.example/robots.txt", "text/plain", b"User-agent: *"),
        ("http://news.example/i.png", "image/png", b"\x89PNG"),
        (
            "http://news.example/2",
            "application/xhtml+xml;charset=iso-8859-1",
            "<p>caf\xe9 au lait</p>".encode("latin-1"),
        ),
    ]
    first, second = read(build_warc(pages, compressed=compressed))
    assert isinstance(first, Entry) and isinstance(second, Entry)
    article = validate(RawArticle, first.fields)
    assert (str(article.url), article.content_type) == ("http://news.example/1", "text/html")
    assert article.fetched_at is not None and article.fetched_at.isoformat() == "2026-03-01T10:00:00+00:00"
    assert article.metadata["warc_record_id"].startswith("<urn:uuid:")
    assert "café" in str(second.fields["content"])
    assert first.position == 3


def test_texts_of_a_crawl_are_articles() -> None:
    """A conversion record of plain text (WET) is an article, and an answer with another status than 200 is none."""
    text = build_record("conversion", "http://news.example/t", b"A text.", "text/plain")
    missing = build_warc([build_page(1)], compressed=False, status="404 Not Found")
    [entry] = read(text + missing)
    assert isinstance(entry, Entry) and entry.fields["content_type"] == "text/plain"


@pytest.mark.parametrize("compressed", [True, False])
def test_a_file_that_is_cut_gives_what_is_before_the_cut(compressed: bool) -> None:
    """Wherever a file is cut, the articles before the cut are read, none is read twice, and the cut raises nothing."""
    content = build_warc([build_page(number) for number in range(3)], compressed=compressed)
    whole = [entry.fields["url"] for entry in read(content) if isinstance(entry, Entry)]
    assert len(whole) == 3
    boundaries = {0, *(match.start() for match in re.finditer(rb"\x1f\x8b\x08", content))}
    reported = 0
    for length in range(0, len(content), 7):
        found = read(content[:length])
        urls = [entry.fields["url"] for entry in found if isinstance(entry, Entry)]
        assert urls == whole[: len(urls)]
        broken = [entry for entry in found if isinstance(entry, UnreadableEntry)]
        assert len(broken) <= 1 and all(entry is found[-1] for entry in broken)
        assert broken or not compressed or length in boundaries
        reported += bool(broken)
    assert reported > 10


def test_a_cut_costs_no_whole_record() -> None:
    """However near to a record the cut is, a record whose compressed bytes are all there is an article."""
    content = build_warc([build_page(number) for number in range(4)], compressed=True)
    starts = [match.start() for match in re.finditer(rb"\x1f\x8b\x08", content)]
    for start, end in itertools.pairwise([*starts, len(content)]):
        whole = [entry for entry in read(content[:start]) if isinstance(entry, Entry)]
        for length in (start + 1, (start + end) // 2):
            assert [entry for entry in read(content[:length]) if isinstance(entry, Entry)] == whole
    assert len(whole) == 3


def test_a_cut_within_a_page_is_reported() -> None:
    """A page whose end is missing is no article: its record is named, and so is the rest that cannot be read."""
    content = build_warc([build_page(0), build_page(1)], compressed=False)
    first, second = read(content[:-20])
    assert isinstance(first, Entry) and isinstance(second, UnreadableEntry)
    assert "record 5 is damaged (the file ends within it)" in second.message


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"WARC/1.0\r\n\r\n", b"no warc at all\n" * 5, b"\x1f\x8b\x08"])
def test_other_bytes_are_no_articles(content: bytes) -> None:
    """Bytes that are no WARC file give no article and raise nothing."""
    assert [entry for entry in read(content) if isinstance(entry, Entry)] == []


def test_flipped_bytes_raise_nothing() -> None:
    """A file with any damaged byte is read without an exception."""
    content = bytearray(build_warc([build_page(0), build_page(1)]))
    for position in range(0, len(content), 11):
        content[position] ^= 0x55
        read(bytes(content))
        content[position] ^= 0x55


@pytest.mark.parametrize(
    ("content", "damage"),
    [
        (gzip.compress(b"\x1b[31m\x84 of another format\r\n"), "it does not have the form of a WARC record"),
        (b"\x1b]0;title\x07\r\n", "it does not have the form of a WARC record"),
        (build_warc([build_page(0)])[:-9], "the file ends within it"),
        (build_warc([build_page(0)])[:-8] + b"\0" * 8, "its compressed bytes are damaged"),
    ],
    ids=("packed", "plain", "cut", "damaged"),
)
def test_damage_is_named_without_the_bytes_of_the_file(content: bytes, damage: str) -> None:
    """A message says what is wrong and quotes no byte of the file, which could be a command to the terminal."""
    found = read(content)[-1]
    assert isinstance(found, UnreadableEntry)
    assert f"is damaged ({damage})" in found.message


def test_a_bomb_is_not_unpacked() -> None:
    """A page that unpacks to far more than an article may have is refused by its size, and the next page is read."""
    bomb = gzip.compress(b"<p>" + b"a" * (MAX_PAYLOAD_BYTES * 2))
    url = "http://news.example/bomb"
    packed = build_warc([(url, "text/html", bomb)], headers={"Content-Encoding": "gzip"})
    first, second = read(packed + build_warc([build_page(1)]))
    assert isinstance(first, UnreadableEntry) and first.reason is Reason.TOO_LARGE
    assert isinstance(second, Entry)
