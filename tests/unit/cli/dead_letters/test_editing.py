"""Editing of a value in the editor that a variable names."""

from __future__ import annotations

import pytest

from services.cli.dead_letters.editing import edit_value
from services.errors import ConfigurationError


def test_the_saved_bytes_are_returned() -> None:
    """The editor may have arguments, and what it saved is returned, also if it is no text."""
    assert edit_value(b"\xff a", {"EDITOR": "sed -i s/a/b/"}) == b"\xff b"


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"EDITOR": "true"}, "changed nothing"),
        ({"EDITOR": "false"}, "ended with 1"),
        ({"VISUAL": "no-such-editor-here", "EDITOR": "true"}, "cannot start the editor no-such-editor-here"),
    ],
)
def test_without_a_change_nothing_is_sent(environ: dict[str, str], message: str) -> None:
    """An editor that changes nothing, fails or does not exist is an error."""
    with pytest.raises(ConfigurationError, match=message):
        edit_value(b"a", environ)
