"""Files with articles, compressed or not, and the journal of what is sent."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest

from services.errors import ConfigurationError
from services.ingest.entries import Entry, UnreadableEntry
from services.ingest.files import has_articles, read_file
from services.ingest.journal import FileIdentity, Journal
from services.outcomes import Reason
from tests.support.warc_files import build_page, build_warc

LINES = b"".join(json.dumps({"content": f"text {number}"}).encode() + b"\n" for number in range(3))


def read(content: bytes, name: str, **limits: int) -> list[Entry | UnreadableEntry]:
    """Read a file."""
    return list(read_file(io.BytesIO(content), name, None, **limits))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.warc.gz", True), ("A.WARC", True), ("a.jsonl.gz", True), ("a.html", True), ("a.gz", False), ("a.pdf", False),
     ("a.pdf.gz", False), (".gz", False), ("warc", False)],
)  # fmt: skip
def test_names_of_files_that_are_read(name: str, expected: bool) -> None:
    """A file is read by its suffix, without that of its compression."""
    assert has_articles(name) is expected


def test_compressed_files_are_read_as_they_are_uncompressed() -> None:
    """Gzip changes nothing: JSON Lines, a page and a WARC file give the same articles."""
    for content, name in ((LINES, "a.jsonl"), (b"<p>A page.</p>", "a.html"), (build_warc([build_page(1)]), "a.warc")):
        packed = content if name == "a.warc" else gzip.compress(content)
        plain = [entry.fields["content"] for entry in read(content, name) if isinstance(entry, Entry)]
        assert plain == [e.fields["content"] for e in read(packed, f"{name}.gz") if isinstance(e, Entry)] != []


def test_a_compressed_file_that_is_cut_gives_what_is_before_the_cut() -> None:
    """The articles before the cut are read, and one unreadable entry says that the rest is missing."""
    lines = b"".join(json.dumps({"content": f"{number} {'x' * number}"}).encode() + b"\n" for number in range(2_000))
    packed = gzip.compress(lines)
    found = read(packed[: len(packed) // 2], "a.jsonl.gz")
    assert isinstance(found[-1], UnreadableEntry) and "cut or damaged" in found[-1].message
    assert len(found) > 100 and all(isinstance(entry, Entry) for entry in found[:-1])
    [broken] = read(b"\x1f\x8b" + b"\x00" * 50, "a.jsonl.gz")
    assert isinstance(broken, UnreadableEntry)


def test_a_bomb_costs_no_memory() -> None:
    """A line or a document that unpacks to more than the limit is refused, and the lines around it are read."""
    bomb = LINES + b'{"content": "' + b"a" * 100_000 + b'"}\n' + LINES
    found = read(gzip.compress(bomb), "a.jsonl.gz", max_bytes=1_000)
    assert [isinstance(entry, Entry) for entry in found] == [True] * 3 + [False] + [True] * 3
    assert isinstance(found[3], UnreadableEntry) and found[3].reason is Reason.TOO_LARGE
    [document] = read(gzip.compress(b"a" * 100_000), "a.txt.gz", max_bytes=1_000)
    assert isinstance(document, UnreadableEntry) and document.reason is Reason.TOO_LARGE


def test_the_journal_goes_on(tmp_path: Path) -> None:
    """A journal gives the last state of each file, also if a kill cut its last line; a changed file begins again."""
    path, old, new = tmp_path / "journal", FileIdentity(10, 5), FileIdentity(11, 5)
    journal = Journal(path)
    journal.add("a", old, 3, {"published": 3})
    journal.add("a", old, 7, {"published": 6, "rejected": 1}, is_complete=True)
    with path.open("ab") as file:
        file.write(b'{"file": "b", "si')
    again = Journal(path)
    assert (again.find("a", old), again.find("a", new), again.find("b", old)) == ((7, True), (0, False), (0, False))
    assert again.outcomes == {"published": 6, "rejected": 1}
    again.add("b", old, 1, {"published": 7})
    assert Journal(path).find("b", old) == (1, False)


def test_another_file_is_no_journal(tmp_path: Path) -> None:
    """A file that is no journal is refused and not changed."""
    path = tmp_path / "articles.jsonl"
    path.write_bytes(LINES)
    with pytest.raises(ConfigurationError, match="is not a journal"):
        Journal(path)
    assert path.read_bytes() == LINES
