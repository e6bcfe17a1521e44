"""Output on standard error."""

from __future__ import annotations

import pytest

from services.cli.console.progress import print_status


def test_brackets_are_printed_unchanged(capsys: pytest.CaptureFixture[str]) -> None:
    """Brackets in a line, such as those of an extra or of a server's answer, are not read as markup."""
    print_status("copydesk[all] [/unknown]")
    assert capsys.readouterr().err == "copydesk[all] [/unknown]\n"
