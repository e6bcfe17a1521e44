"""The files of a knowledge base: what is found in them, and what a damaged one says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.enrichment.linking.base import STARTER, KnowledgeBase
from services.enrichment.linking.base_format import FILES, MANIFEST, NameForm
from services.errors import ConfigurationError
from tests.support.small_base import list_items, write_small_base

MEGABYTE = 1_000_000


def test_a_name_finds_its_items(tmp_path: Path) -> None:
    """A name finds each item that has it, the best known first, with all that the base knows of it."""
    base = write_small_base(tmp_path)

    found = [base.read(number) for number, _ in base.find("paris")]

    assert [item.wikidata for item in found] == ["Q90", "Q830149"]
    assert (found[0].label, found[0].type, found[0].country) == ("Paris", "LOC", "FR")
    assert base.find("parys") == ()


def test_forms_tell_codes_from_initials(tmp_path: Path) -> None:
    """Letters in capitals are the initials of a well-known item, or else a code."""
    base = write_small_base(tmp_path)

    assert base.find("un")[0].form is NameForm.ACRONYM
    assert base.find("fr")[0].form is NameForm.CODE


def test_same_items_give_same_bytes(tmp_path: Path) -> None:
    """Two builds from the same items have the same version and the same bytes."""
    one, two = (write_small_base(tmp_path / name, list_items()).manifest for name in "ab")

    assert one == two
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in FILES)


@pytest.mark.parametrize("name", FILES)
def test_half_a_file_is_an_error(tmp_path: Path, name: str) -> None:
    """A base with a cut file does not open, and the error names the file."""
    write_small_base(tmp_path)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])

    with pytest.raises(ConfigurationError, match=name):
        KnowledgeBase(tmp_path)


def test_a_changed_file_is_an_error(tmp_path: Path) -> None:
    """A base with a changed byte does not open."""
    write_small_base(tmp_path)
    content = bytearray((tmp_path / "texts.bin").read_bytes())
    content[3] ^= 1
    (tmp_path / "texts.bin").write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"texts\.bin differs"):
        KnowledgeBase(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"), [('{"format": 99}', "format 99"), ("{", "not the manifest"), ("[]", "not the manifest")]
)
def test_another_manifest_is_an_error(tmp_path: Path, content: str, message: str) -> None:
    """A base of another format, or without a readable manifest, does not open and says what to do."""
    write_small_base(tmp_path)
    (tmp_path / MANIFEST).write_text(content)

    with pytest.raises(ConfigurationError, match=f"{message}.*kb build"):
        KnowledgeBase(tmp_path)


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    """A folder without a base is named in the error."""
    with pytest.raises(ConfigurationError, match=r"nowhere/manifest\.json"):
        KnowledgeBase(tmp_path / "nowhere")


def test_the_starter_is_whole_and_small() -> None:
    """The starter base opens, has countries and people, and uses at most 20 MB."""
    base = KnowledgeBase(STARTER)

    assert base.read(base.find("kazakhstan")[0].item).country == "KZ"
    assert base.read(base.find("tony blair")[0].item).wikidata == "Q9545"
    assert sum(path.stat().st_size for path in STARTER.iterdir()) <= 20 * MEGABYTE
    assert json.loads((STARTER / MANIFEST).read_bytes())["sources"]
