"""The shard map, and the changes of it that split no index."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from services.contracts.event import Language
from services.contracts.state.shard_map import DECLARED_SHARDS, ShardMap, choose_shard
from services.contracts.topics import OTHER_SHARD, SHARDS
from tests.support.repository import ROOT

USED = ShardMap(shards={"en": 0, "und": 1}, other=2, count=3)


def test_a_further_language_on_a_new_partition_moves_nothing() -> None:
    """A language that gets a new partition is reported as new, and no language as moved."""
    later = ShardMap(shards={"en": 0, "und": 1, "it": 3, "pt": 4}, other=2, count=5)
    assert USED.find_moved(later) == []
    assert USED.find_new(later) == [3, 4]


@pytest.mark.parametrize(
    ("later", "moved"),
    [
        (ShardMap(shards={"en": 1, "und": 1}, other=2, count=3), "en moves from 0 to 1"),
        (ShardMap(shards={"und": 1}, other=2, count=3), "en moves from 0 to 2"),
        (ShardMap(shards={"en": 0, "und": 1}, other=3, count=4), "the other languages move from 2 to 3"),
        (ShardMap(shards={"en": 0, "und": 1}, other=1, count=2), "3 partitions become 2"),
        (
            ShardMap(shards={"en": 0, "und": 1, "it": 1}, other=2, count=3),
            "it is put on 1, which is not a new partition",
        ),
        (
            ShardMap(shards={"en": 0, "und": 1, "it": 2}, other=2, count=4),
            "it is put on 2, which is not a new partition",
        ),
    ],
)
def test_changes_that_split_an_index_are_reported(later: ShardMap, moved: str) -> None:
    """A moved language, a language on an existing partition, and a removed partition are reported."""
    assert moved in USED.find_moved(later)


def test_the_declared_map_survives_its_encoding() -> None:
    """The declared map, encoded and decoded, is the same, and its text names the partitions."""
    assert ShardMap.model_validate_json(DECLARED_SHARDS.to_bytes()) == DECLARED_SHARDS
    assert "en=0" in str(DECLARED_SHARDS) and str(DECLARED_SHARDS).endswith("other=4 of 6")


def test_the_documented_map_is_the_declared_one() -> None:
    """The table in docs/shards.md has each language with its partition, and no other language."""
    text = (ROOT / "docs" / "shards.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)`[^|]*\| (\d+) \|$", text, re.MULTILINE))
    assert {language: int(shard) for language, shard in rows.items()} == DECLARED_SHARDS.shards
    assert f"| every language that is not named here | {DECLARED_SHARDS.other} |" in text


@pytest.mark.parametrize(
    ("language", "shard"),
    [
        (Language(code="en-GB", confidence=0.9, basis="text"), SHARDS["en"]),
        (Language(code="no", confidence=0.7, basis="text"), OTHER_SHARD),
        (Language(code="und", confidence=0.0, basis="text"), SHARDS["und"]),
        (Language(code="nb", confidence=0.4, basis="claim"), SHARDS["und"]),
        (Language(code="en", confidence=0.5, basis="default"), SHARDS["und"]),
        (Language(code="de", confidence=0.9), SHARDS["de"]),
    ],
)
def test_only_a_language_of_the_words_decides_the_shard(language: Language, shard: int) -> None:
    """An article whose language was claimed or assumed is in the shard of unknown languages, as without a claim."""
    assert choose_shard(language) == shard


@pytest.mark.parametrize(("code", "shard"), [("en", 0), ("en-GB", 0), ("EN", 0), ("und", 5), ("sw", OTHER_SHARD)])
def test_language_decides_the_shard(code: str, shard: int) -> None:
    """The primary subtag decides the shard; a language without its own shard uses the shared one."""
    assert DECLARED_SHARDS.find(code) == shard


@pytest.mark.parametrize(
    ("shards", "other", "message"),
    [({"en": 6}, 0, "not below"), ({"en": 0}, 6, "not below"), ({"EN": 0}, 1, "EN"), ({"pt-BR": 0}, 1, "pt-BR")],
)
def test_a_map_without_sense_is_refused(shards: dict[str, int], other: int, message: str) -> None:
    """A partition that does not exist, and a language that could never be found, are errors."""
    with pytest.raises(ValidationError, match=message):
        ShardMap(shards=shards, other=other, count=6)
