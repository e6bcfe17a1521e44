"""Settings of sink, from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.runtime.service.lifecycle import EXIT_CONFIGURATION
from services.runtime.service.settings import load_settings
from services.sink.bootstrap import main
from services.sink.settings import SinkServiceSettings

KAFKA = {"COPYDESK_KAFKA__BOOTSTRAP_SERVERS": "broker:9092"}


def test_defaults_need_only_kafka() -> None:
    """Every setting except the address of Kafka has a default."""
    settings = load_settings(SinkServiceSettings, KAFKA)
    assert settings.sink.group == "copydesk-sink" and settings.sink.rules is None


@pytest.mark.parametrize(
    "environ",
    [
        {},
        KAFKA | {"COPYDESK_SINK__RULE": "x"},
        KAFKA | {"COPYDESK_SINK__TRANSACTION_RECORDS": "0"},
        KAFKA | {"COPYDESK_SINK__RULES": "/nowhere/rules.yaml"},
    ],
)
def test_wrong_settings_end_with_exit_code_2(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """The service exits with code 2 before any connection, and names the variable or the file."""
    assert main(environ) == EXIT_CONFIGURATION
    assert "COPYDESK_" in (error := capsys.readouterr().err) or "/nowhere/rules.yaml" in error


def test_the_example_rules_are_in_the_package() -> None:
    """The example rules are a file of the package, so that the wheel contains them."""
    assert (Path(__file__).parents[3] / "services" / "sink" / "routes.example.yaml").is_file()
