"""The command line of the processor."""

from __future__ import annotations

import pytest

from services.processor.__main__ import main
from services.runtime.service.lifecycle import EXIT_CONFIGURATION


@pytest.mark.parametrize("arguments", [[], ["--help"], ["anotate"], ["match", "annotate"]])
def test_wrong_arguments_end_with_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Anything but one known stage ends with exit code 2 and a message that names the stages and the argument."""
    assert main(arguments) == EXIT_CONFIGURATION
    message = capsys.readouterr().err
    assert "annotate|match|shards" in message
    assert (" ".join(arguments) or "nothing") in message
