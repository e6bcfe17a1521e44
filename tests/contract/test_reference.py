"""The generated reference files: current, complete, and checked by the command."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.reference.__main__ import GENERATORS, app
from services.reference.files import find_stale
from services.reference.schemas import FOLDER
from services.reference.tables import METRICS, SERVICES, describe_settings, list_metrics
from services.runtime.service.settings import SECTIONS
from tests.support.repository import ROOT


@pytest.mark.parametrize("name", GENERATORS)
def test_generated_files_are_current(name: str) -> None:
    """Each generated file equals what the code gives now; `make reference` writes it."""
    assert find_stale(ROOT, GENERATORS[name](ROOT)) == []


def test_check_names_a_stale_file_and_writes_nothing(tmp_path: Path) -> None:
    """With --check, the command fails when a file differs, names the file, and leaves it unchanged."""
    stale = tmp_path / FOLDER / "news.article.raw.v1.json"
    runner = CliRunner()
    assert runner.invoke(app, ["--root", str(tmp_path), "schemas"]).exit_code == 0
    assert runner.invoke(app, ["--root", str(tmp_path), "--check", "schemas"]).exit_code == 0
    stale.write_text("{}")
    checked = runner.invoke(app, ["--root", str(tmp_path), "--check", "schemas"])
    assert checked.exit_code == 1
    assert "schemas/news.article.raw.v1.json; run `make reference`" in checked.stderr
    assert stale.read_text() == "{}"


def test_every_setting_is_documented() -> None:
    """No row of the settings table has an empty description."""
    rows = [line for line in describe_settings().splitlines() if line.startswith("| `COPYDESK_")]
    assert rows
    assert [row for row in rows if row.rstrip().endswith("|  |")] == []


def test_a_service_exposes_its_own_and_the_shared_metrics() -> None:
    """Each metric is exposed by all services or by exactly one."""
    services = {metric.name: metric.services for metric in list_metrics()}
    assert [name for name, by in services.items() if len(by) not in (1, len(METRICS))] == []
    assert services["copydesk_languages_total"] == ("match",)
    assert len(services["copydesk_articles_total"]) == len(METRICS)


@pytest.mark.parametrize(
    ("service", "name", "labels"),
    [
        ("ingest", "copydesk_rejections_total", {"reason": "too_large"}),
        ("ingest", "copydesk_feed_failing_count", {}),
        ("annotate", "copydesk_sentences_total", {"result": "miss"}),
        ("annotate", "copydesk_worker_losses_total", {"reason": "timed_out"}),
        ("sink", "copydesk_rules_reloads_total", {"outcome": "rejected"}),
        ("sink", "copydesk_rules_rejected", {}),
        ("archive", "copydesk_archived_bytes_total", {}),
        ("match", "copydesk_verdicts_total", {"verdict": "original"}),
        ("match", "copydesk_sentiments_total", {"target": "entity", "polarity": "neutral"}),
        ("match", "copydesk_main_topics_total", {"subject": "none"}),
        ("match", "copydesk_story_articles_total", {"place": "joined"}),
        ("match", "copydesk_story_merges_total", {}),
        ("match", "copydesk_stories_closed_total", {}),
        ("match", "copydesk_stories_fullest_ratio", {}),
        ("match", "copydesk_story_age_seconds_count", {}),
        ("match", "copydesk_entity_novelty_total", {"novelty": "known"}),
    ],
)
def test_own_counters_begin_at_zero(service: str, name: str, labels: dict[str, str]) -> None:
    """A service's own counters are exposed before their first event, so that the first event is an increase."""
    assert METRICS[service]().registry.get_sample_value(name, labels) == 0


def test_no_service_reads_an_unknown_section() -> None:
    """The closed list of sections contains every section that a service reads."""
    assert {name for settings in SERVICES.values() for name in settings.model_fields} <= SECTIONS
