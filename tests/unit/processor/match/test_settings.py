"""Settings of match from the environment, and the start of match without annotate's libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

from services.processor.match.bootstrap import main
from services.processor.match.settings import MatchServiceSettings
from services.runtime.service.lifecycle import EXIT_CONFIGURATION
from services.runtime.service.settings import load_settings

KAFKA = {"COPYDESK_KAFKA__BOOTSTRAP_SERVERS": "broker:9092"}


def test_parameters_are_given_as_json() -> None:
    """A parameter that the JSON does not contain keeps its default."""
    settings = load_settings(MatchServiceSettings, KAFKA | {"COPYDESK_MATCH__PARAMETERS": '{"threshold": 0.5}'})
    assert settings.match.parameters.threshold == 0.5
    assert settings.match.group == "copydesk-match"


@pytest.mark.parametrize(
    "environ",
    [
        {},
        KAFKA | {"COPYDESK_MATCH__PARAMETERS": '{"threshhold": 1}'},
        KAFKA | {"COPYDESK_MATCH__UNEXPECTED_LIMIT": "0"},
        KAFKA | {"COPYDESK_MATCH__REVISIONS": "drop"},
        # Ids would be remembered for longer than the raw topic or the verdict log keeps records.
        KAFKA | {"COPYDESK_MATCH__PARAMETERS__REMEMBERED_MS": "2592000000"},
        KAFKA | {"COPYDESK_TOPICS__RAW_RETENTION": "604800"},
        KAFKA | {"COPYDESK_TOPICS__RAW_RETENTION": "-1", "COPYDESK_TOPICS__VERDICT_RETENTION": "3600"},
    ],
)
def test_wrong_settings_end_with_exit_code_2(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """With wrong settings, match exits with 2 before any connection and names the variable."""
    assert main(environ) == EXIT_CONFIGURATION
    assert "COPYDESK_" in capsys.readouterr().err


def test_everything_may_be_kept_for_ever() -> None:
    """A retention of -1 contradicts nothing, and reaches the topics in milliseconds."""
    kept = {"COPYDESK_TOPICS__RAW_RETENTION": "-1", "COPYDESK_TOPICS__ENRICHED_RETENTION": "60"}
    layout = load_settings(MatchServiceSettings, KAFKA | kept).topics.layout
    assert (layout.raw_retention_ms, layout.enriched_retention_ms) == (-1, 60_000)


def test_match_imports_neither_faust_nor_a_model() -> None:
    """Match imports neither faust nor a library of the models, so that it runs without them."""
    code = (
        "import sys, services.processor.__main__, services.processor.match.bootstrap;"
        "sys.exit(any(name in sys.modules for name in ('faust', 'mode', 'onnxruntime', 'tokenizers', 'trafilatura')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
