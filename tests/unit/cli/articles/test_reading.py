"""Articles from files and standard input."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from services.cli.articles.reading import read_articles
from services.errors import ConfigurationError
from services.ingest.entries import Entry, UnreadableEntry
from services.outcomes import Reason


def test_each_form_is_read(tmp_path: Path) -> None:
    """Text, HTML, JSON and JSON Lines files give their articles, in the order of the files."""
    (tmp_path / "a.txt").write_text("Headline\n\nBody.")
    (tmp_path / "b.html").write_text("<html><body><p>Body</p></body></html>")
    (tmp_path / "c.json").write_text('[\n {"content": "one"},\n {"content": "two"}\n]')
    (tmp_path / "d.jsonl").write_text('{"content": "three"}\n\n{"content": "four"}\n')
    entries = list(read_articles(sorted(tmp_path.iterdir())))
    assert all(isinstance(entry, Entry) for entry in entries)
    contents = [entry.fields["content"] for entry in entries if isinstance(entry, Entry)]
    assert contents[0] == "Headline\n\nBody."
    assert contents[2:] == ["one", "two", "three", "four"]
    assert entries[-1].position == 3


def test_bad_line_does_not_end_the_file(tmp_path: Path) -> None:
    """A line that is not JSON is reported with its number, and the lines after it are read."""
    file = tmp_path / "mixed.jsonl"
    file.write_text('{"content": "one"}\nnot json\n{"content": "two"}\n')
    first, bad, last = read_articles([file])
    assert isinstance(first, Entry) and isinstance(last, Entry)
    assert isinstance(bad, UnreadableEntry) and (bad.reason, bad.position) == (Reason.INVALID_JSON, 2)


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The path - means standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"content": "piped"}\n')))
    (entry,) = read_articles([Path("-")])
    assert isinstance(entry, Entry) and entry.fields == {"content": "piped"}


def test_missing_file_is_named(tmp_path: Path) -> None:
    """The error for a file that cannot be opened names the file."""
    with pytest.raises(ConfigurationError, match=r"nowhere\.txt"):
        list(read_articles([tmp_path / "nowhere.txt"]))
