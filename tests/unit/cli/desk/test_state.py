"""The state file of `copydesk up`, and the addresses that commands choose."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.cli.addresses import BOOTSTRAP_SERVERS, INGEST_URL, Addresses
from services.cli.desk.state import (
    DeskState,
    describe_this_process,
    find_desk,
    locate_state,
    prepare_state,
    publish_state,
    read_state,
    require_no_desk,
)
from services.cli.kafka.connection import BOOTSTRAP
from services.errors import ConfigurationError
from services.sink.rules import EXAMPLE_RULES


def build_state(**changes: object) -> DeskState:
    """Build the state of a desk that runs in this process."""
    pid, started = describe_this_process()
    fields = {
        "pid": pid,
        "started": started,
        "ingest": "http://127.0.0.1:28080",
        "bootstrap_servers": "127.0.0.1:29092",
    }
    return DeskState.model_validate({**fields, **changes})


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Return an environment whose state folder is empty."""
    return {"XDG_STATE_HOME": str(tmp_path)}


def test_commands_find_the_desk_that_runs(environ: dict[str, str]) -> None:
    """While the desk runs, a command uses its addresses and its rules."""
    with publish_state(locate_state(environ), build_state()):
        addresses = Addresses(environ)
        assert (addresses.url, addresses.kafka.bootstrap_servers) == ("http://127.0.0.1:28080", "127.0.0.1:29092")
        assert addresses.rules == EXAMPLE_RULES
    assert read_state(locate_state(environ)) is None


def test_what_is_given_wins(environ: dict[str, str]) -> None:
    """An option or a variable wins over the desk that runs, whose rules then do not count."""
    with publish_state(locate_state(environ), build_state()):
        assert Addresses(environ, url="http://a:1").url == "http://a:1"
        assert Addresses({**environ, BOOTSTRAP: "b:2"}).kafka.bootstrap_servers == "b:2"
        assert Addresses(environ, bootstrap_servers="b:2").rules is None


def test_without_a_desk_the_defaults_count(environ: dict[str, str]) -> None:
    """Without a state file nothing is reported, and the addresses are the usual ones."""
    reported: list[str] = []
    addresses = Addresses(environ, report=reported.append)
    assert (addresses.url, addresses.kafka.bootstrap_servers) == (INGEST_URL, BOOTSTRAP_SERVERS)
    assert addresses.rules is None and reported == []


@pytest.mark.parametrize("changes", [{"pid": 2**22 + 1}, {"started": 1.0}])
def test_a_dead_desk_is_reported_and_ignored(environ: dict[str, str], changes: dict[str, object]) -> None:
    """A desk whose process has ended, or whose number another process has now, is reported once and not used."""
    reported: list[str] = []
    path = locate_state(environ)
    path.parent.mkdir(parents=True)
    path.write_text(build_state(**changes).model_dump_json())
    addresses = Addresses(environ, report=reported.append)
    assert (addresses.url, addresses.kafka.bootstrap_servers) == (INGEST_URL, BOOTSTRAP_SERVERS)
    assert len(reported) == 1 and str(path) in reported[0] and "has ended" in reported[0]


@pytest.mark.parametrize("content", ["", "{}", "not json"])
def test_an_unreadable_file_is_no_desk(environ: dict[str, str], content: str) -> None:
    """A damaged state file counts as none."""
    path = locate_state(environ)
    path.parent.mkdir(parents=True)
    path.write_text(content)
    assert find_desk(environ, print) is None


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Before a desk starts, the error names the file, the fault and the variable that chooses another folder."""
    (tmp_path / "file").touch()
    path = locate_state({"XDG_STATE_HOME": str(tmp_path / "file")})
    with pytest.raises(ConfigurationError, match=f"{path}: Not a directory; set XDG_STATE_HOME"):
        prepare_state(path)


def test_a_second_desk_is_refused(environ: dict[str, str]) -> None:
    """A second desk is an error that says where the first one runs, whose file stays until its own end."""
    path = locate_state(environ)
    first = build_state(page="http://127.0.0.1:28090")
    with publish_state(path, first):
        with pytest.raises(ConfigurationError) as caught:
            require_no_desk(path)
        for part in (str(first.pid), "http://127.0.0.1:28080", "http://127.0.0.1:28090", "127.0.0.1:29092"):
            assert part in str(caught.value)
        with pytest.raises(ConfigurationError), publish_state(path, build_state(ingest="http://127.0.0.1:1")):
            pass
        assert read_state(path) == first
    assert read_state(path) is None


@pytest.mark.parametrize("changes", [{"pid": 2**22 + 1}, {"started": 1.0}])
def test_the_file_of_a_dead_desk_is_replaced(environ: dict[str, str], changes: dict[str, object]) -> None:
    """A desk may start where another ended without removing its file."""
    path = locate_state(environ)
    path.parent.mkdir(parents=True)
    path.write_text(build_state(**changes).model_dump_json())
    with publish_state(path, build_state()):
        assert read_state(path) == build_state()
    assert read_state(path) is None


def test_a_later_desk_keeps_its_file(environ: dict[str, str]) -> None:
    """The end of one desk does not remove the file of another that started later."""
    path = locate_state(environ)
    with publish_state(path, build_state()):
        later = build_state(ingest="http://127.0.0.1:1")
        path.write_text(later.model_dump_json())
    assert read_state(path) == later
