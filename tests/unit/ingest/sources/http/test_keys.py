"""API keys out of a file: read again when it changes, and never less strict for a mistake in it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from services.errors import ConfigurationError, PermanentError
from services.ingest.sources.http.keys import RELOAD_INTERVAL, ApiKeys
from tests.support.clock import Clock


def hash_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def admits(ring: ApiKeys, key: str) -> bool:
    try:
        ring.check({"x-api-key": key})
    except PermanentError:
        return False
    return True


def change(file: Path, content: str, clock: Clock) -> None:
    """Write the file as another version of itself, and let the time for a look come."""
    file.write_text(content)
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1))
    clock.now += RELOAD_INTERVAL


def test_without_hashes_and_file_everybody_is_admitted() -> None:
    """An ingest on a trusted network needs no keys."""
    assert admits(ApiKeys([]), "")


def test_an_empty_file_admits_nobody(tmp_path: Path) -> None:
    """Whoever names a file wants keys: that all of them were withdrawn does not open the door."""
    file = tmp_path / "keys"
    file.write_text("# none yet\n\n")
    assert not admits(ApiKeys([], file), "anything")


def test_a_file_has_one_hash_a_line_with_remarks(tmp_path: Path) -> None:
    """What follows a hash, and what follows a #, is for people."""
    file = tmp_path / "keys"
    file.write_text(f"# desk\n{hash_of('one')} the wire\n{hash_of('two')}  # until May\n")
    ring = ApiKeys([hash_of("fixed")], file)
    assert [admits(ring, key) for key in ("one", "two", "fixed", "three", "")] == [True, True, True, False, False]


def test_a_changed_file_counts_from_the_next_look(tmp_path: Path, clock: Clock) -> None:
    """A new key is admitted and a withdrawn one refused, without a restart."""
    file = tmp_path / "keys"
    file.write_text(hash_of("old"))
    ring = ApiKeys([], file, clock)
    change(file, hash_of("new"), clock)
    assert (admits(ring, "old"), admits(ring, "new")) == (False, True)


@pytest.mark.parametrize("content", ["no hash at all", "\N{SNOWMAN}" * 64])
def test_a_mistake_in_the_file_changes_nothing(content: str, tmp_path: Path, clock: Clock) -> None:
    """The keys that were known stay known, until the file is right again."""
    file = tmp_path / "keys"
    file.write_text(hash_of("old"))
    ring = ApiKeys([], file, clock)
    change(file, content, clock)
    assert (admits(ring, "old"), admits(ring, "new")) == (True, False)
    file.unlink()
    clock.now += RELOAD_INTERVAL
    assert admits(ring, "old")
    change(file, hash_of("new"), clock)
    assert (admits(ring, "old"), admits(ring, "new")) == (False, True)


def test_a_wrong_file_at_the_start_is_an_error(tmp_path: Path) -> None:
    """It names the line, and neither its content nor a hash."""
    with pytest.raises(ConfigurationError, match="cannot read"):
        ApiKeys([], tmp_path / "nothing")
    file = tmp_path / "keys"
    file.write_text(f"{hash_of('one')}\nthe-key-itself\n")
    with pytest.raises(ConfigurationError) as caught:
        ApiKeys([], file)
    assert "keys:2" in str(caught.value)
    assert "the-key-itself" not in str(caught.value)
