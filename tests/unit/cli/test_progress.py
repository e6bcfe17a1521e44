"""What people are told beside the results."""

from __future__ import annotations

import pytest

from services.cli.progress import print_status


def test_brackets_are_told_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """A line may name an extra, or hold whatever a server answered: nothing in it is taken for markup."""
    print_status("copydesk[all] [/unknown]")
    assert capsys.readouterr().err == "copydesk[all] [/unknown]\n"
