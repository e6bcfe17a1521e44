"""The user's own list: its names, its priority over the base, and the errors of its file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.enrichment.linking.candidates import NamedEntity
from services.enrichment.linking.linker import Linker
from services.enrichment.linking.own_list.own_list import OwnListFile, build_own_list
from services.enrichment.linking.own_list.rows import read_rows
from services.errors import ConfigurationError
from tests.support.small_base import write_small_base

CSV = """id,name,aliases,type,ignore
42,Tarn Motors Inc,Tarn|TRN,ORG,
s-7,Zürich Søn,Zurich Son;ZS Ltd,ORG,
,Northwire,,,true
,Chime,,ORG,
Q90,Paris,,LOC,
"""


def write(path: Path, content: str) -> Path:
    """Write a list and return its path."""
    path.write_text(content, encoding="utf-8")
    return path


@pytest.fixture
def linker(tmp_path: Path) -> Linker:
    """A linker with the small base and the list."""
    own = OwnListFile(write(tmp_path / "own.csv", CSV), lambda _: None)
    return Linker(write_small_base(tmp_path / "base"), own=own.get)


@pytest.mark.parametrize(
    ("name", "kind", "own", "wikidata"),
    [
        ("Tarn Motors", "ORG", "42", "Q12"),
        ("TARN", "PER", "42", None),
        ("Zurich Son", "ORG", "s-7", None),
        ("Zürich Søn", "LOC", "s-7", None),
        ("Paris", "LOC", "Q90", "Q90"),
    ],
)
def test_the_list_wins(linker: Linker, name: str, kind: str, own: str, wikidata: str | None) -> None:
    """A name of the list has the list's id and type, with what the base knows of it."""
    (link,) = linker.link([NamedEntity(kind, (name,))], "")  # type: ignore[arg-type]

    assert link.item is not None
    assert (link.item.own, link.item.wikidata, link.confidence) == (own, wikidata, 1.0)


def test_corrections(linker: Linker) -> None:
    """An ignored name is no entity, and a type without an id corrects the type alone."""
    ignored, typed = linker.link([NamedEntity("ORG", ("Northwire",)), NamedEntity("PER", ("Chime",))], "")

    assert ignored.is_ignored
    assert (typed.type, typed.item) == ("ORG", None)


def test_a_part_of_a_person_is_not_meant(linker: Linker) -> None:
    """An alias does not win over the whole name of a person that contains it."""
    (link,) = linker.link([NamedEntity("PER", ("Anna Tarn", "Tarn"))], "")

    assert link.item is None


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("own.csv", "id,name\n1,A\n", r"own\.csv:2: the name 'A' has fewer than 2 letters"),
        ("own.csv", "id,name,type\n1,Acme,COMPANY\n", r"own\.csv:2: the type 'COMPANY' is not one of"),
        ("own.csv", "id,name\n,Acme\n", r"own\.csv:2: the row has no id"),
        ("own.csv", "id,title\n1,Acme\n", r"own\.csv:1: the header has no column name"),
        ("own.csv", "id,name,colour\n1,Acme,red\n", r"own\.csv:2: unknown field 'colour'"),
        ("own.csv", "", r"own\.csv:1: the header has no column name"),
        ("own.jsonl", '{"id": 1, "name": "Acme"}\n{', r"own\.jsonl:2: the line is not a JSON object"),
        ("own.jsonl", '{"id": 1, "name": ["Acme"]}', r"own\.jsonl:1: the field name is not a text"),
        ("own.jsonl", '{"id": 1, "name": "Acme", "ignore": "maybe"}', r"own\.jsonl:1: the field ignore is 'maybe'"),
    ],
)
def test_errors_have_their_line(tmp_path: Path, name: str, content: str, message: str) -> None:
    """A wrong row is an error that names file, line and what to write."""
    with pytest.raises(ConfigurationError, match=message):
        read_rows(write(tmp_path / name, content))


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """A file that is not UTF-8 is an error that names it."""
    (tmp_path / "own.csv").write_bytes(b"id,name\n1,Caf\xe9\n")

    with pytest.raises(ConfigurationError, match=r"own\.csv:[0-9]+: byte 0x[0-9a-f]{2} is not UTF-8"):
        read_rows(tmp_path / "own.csv")


def test_conflicts_are_reported(tmp_path: Path) -> None:
    """A main name wins over an alias, the first row over the second, and the loser is named by its line."""
    lines = [
        {"id": "1", "name": "Acme Tools", "aliases": ["Bolt", "Acme"]},
        {"id": "2", "name": "Bolt"},
        {"id": "3", "name": "Acme Shops", "aliases": ["Acme"]},
        {"id": "1", "name": "Acme Tools"},
    ]
    own = build_own_list(read_rows(write(tmp_path / "own.jsonl", "\n".join(map(json.dumps, lines)))))

    assert [row.id for name in ("Bolt", "Acme", "acme  TOOLS") if (row := own.find([name]))] == ["2", "1", "1"]
    assert [conflict.split(":")[0] for conflict in own.conflicts] == ["line 1", "line 3"]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """A changed list is in force at once, and a wrong one is reported and changes nothing."""
    reported: list[str] = []
    path = write(tmp_path / "own.csv", "id,name\n1,Acme\n")
    own = OwnListFile(path, reported.append)
    write(path, "id,name\n22,Acme\n")
    assert (row := own.get().find(["ACME"])) is not None
    assert row.id == "22"

    write(path, "id,name\n333,A\n")

    assert own.get().find(["Acme"]) is row
    assert len(reported) == 1
    assert "earlier list stays" in reported[0]
