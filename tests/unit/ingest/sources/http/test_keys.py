"""Tests of API keys in a file, which is read again when it changes."""

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


def accepts(keys: ApiKeys, key: str) -> bool:
    try:
        keys.check({"x-api-key": key})
    except PermanentError:
        return False
    return True


def change(file: Path, content: str, clock: Clock) -> None:
    """Change the file, and let the time for the next check pass."""
    file.write_text(content)
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1))
    clock.now += RELOAD_INTERVAL


def test_without_hashes_and_file_every_request_is_allowed() -> None:
    """Every request is allowed without hashes and without a file."""
    assert accepts(ApiKeys([]), "")


def test_an_empty_file_allows_no_request(tmp_path: Path) -> None:
    """No request is allowed if the key file is empty."""
    file = tmp_path / "keys"
    file.write_text("# none yet\n\n")
    assert not accepts(ApiKeys([], file), "anything")


def test_a_file_has_one_hash_per_line_with_comments(tmp_path: Path) -> None:
    """The rest of a line after a hash, and everything after #, is a comment."""
    file = tmp_path / "keys"
    file.write_text(f"# desk\n{hash_of('one')} the wire\n{hash_of('two')}  # until May\n")
    keys = ApiKeys([hash_of("fixed")], file)
    assert [accepts(keys, key) for key in ("one", "two", "fixed", "three", "")] == [True, True, True, False, False]


def test_a_changed_file_counts_from_the_next_check(tmp_path: Path, clock: Clock) -> None:
    """An added key is accepted and a removed one refused without a restart."""
    file = tmp_path / "keys"
    file.write_text(hash_of("old"))
    keys = ApiKeys([], file, clock)
    change(file, hash_of("new"), clock)
    assert (accepts(keys, "old"), accepts(keys, "new")) == (False, True)


@pytest.mark.parametrize("content", ["no hash at all", "\N{SNOWMAN}" * 64])
def test_a_mistake_in_the_file_changes_nothing(content: str, tmp_path: Path, clock: Clock) -> None:
    """The known keys stay valid while the file is wrong or missing."""
    file = tmp_path / "keys"
    file.write_text(hash_of("old"))
    keys = ApiKeys([], file, clock)
    change(file, content, clock)
    assert (accepts(keys, "old"), accepts(keys, "new")) == (True, False)
    file.unlink()
    clock.now += RELOAD_INTERVAL
    assert accepts(keys, "old")
    change(file, hash_of("new"), clock)
    assert (accepts(keys, "old"), accepts(keys, "new")) == (False, True)


def test_a_wrong_file_at_the_start_is_an_error(tmp_path: Path) -> None:
    """The error for a wrong file at the start names the line and shows neither its content nor a hash."""
    with pytest.raises(ConfigurationError, match="cannot read"):
        ApiKeys([], tmp_path / "nothing")
    file = tmp_path / "keys"
    file.write_text(f"{hash_of('one')}\nthe-key-itself\n")
    with pytest.raises(ConfigurationError) as caught:
        ApiKeys([], file)
    assert "keys:2" in str(caught.value)
    assert "the-key-itself" not in str(caught.value)
