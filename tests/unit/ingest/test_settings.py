"""Tests of ingest's settings from the environment."""

from __future__ import annotations

import pytest

from services.errors import ConfigurationError
from services.ingest.bootstrap import main
from services.ingest.settings import IngestServiceSettings
from services.runtime.service.lifecycle import EXIT_CONFIGURATION
from services.runtime.service.settings import load_settings

KAFKA = {"COPYDESK_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:9092"}
HASH = "ab" * 32


def test_key_hashes_are_masked() -> None:
    """API key hashes are read from a JSON list and never shown."""
    settings = load_settings(IngestServiceSettings, {**KAFKA, "COPYDESK_INGEST__API_KEYS": f'["{HASH}"]'})
    assert [key.get_secret_value() for key in settings.ingest.api_keys] == [HASH]
    assert HASH not in repr(settings)


def test_plain_key_is_refused() -> None:
    """A key that is not a SHA-256 in hex is a configuration error, which does not show the key."""
    with pytest.raises(ConfigurationError, match="COPYDESK_INGEST__API_KEYS") as caught:
        load_settings(IngestServiceSettings, {**KAFKA, "COPYDESK_INGEST__API_KEYS": '["open sesame"]'})
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("wrong", [{}, {**KAFKA, "COPYDESK_INGEST__FOO": "1"}, {**KAFKA, "COPYDESK_INGEST__PORT": "x"}])
def test_wrong_settings_exit_with_2(wrong: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """A missing, unknown or wrong setting ends the start with exit code 2 and an error that names the variable."""
    assert main(wrong) == EXIT_CONFIGURATION
    assert "COPYDESK_" in capsys.readouterr().err
