"""The short form of `make fuzz`: bad records on every stage's input."""

from __future__ import annotations

import os

import pytest

from services.embedded import EmbeddedSettings
from services.outcomes import Reason
from tests.fuzz.records import make_bad_records
from tests.fuzz.run import fuzz
from tests.support.whole_path.setting import keep_on_failure

RECORDS = int(os.environ.get("FUZZ_RECORDS", "400"))
EXPECTED = {
    Reason.TOMBSTONE,
    Reason.EMPTY,
    Reason.NOT_UTF8,
    Reason.INVALID_JSON,
    Reason.INVALID_ARTICLE,
    Reason.UNKNOWN_VERSION,
    Reason.TOO_LARGE,
}


@pytest.mark.kafka
@pytest.mark.weights
@pytest.mark.timeout(1_200)
async def test_bad_records_are_dead_lettered_and_good_ones_processed(embedded_settings: EmbeddedSettings) -> None:
    """A bad record becomes a dead letter with its bytes and reason, a good one an event; no process ends or grows."""
    with keep_on_failure([], print) as folder:
        outcome = await fuzz(RECORDS, int(os.environ.get("FUZZ_SEED", "1")), folder, embedded_settings, print)
        print(outcome)
        assert {Reason(name) for name in outcome.reasons} >= EXPECTED


def test_records_are_a_function_of_their_seed() -> None:
    """The same seed makes the same records."""
    assert make_bad_records(30, 5) == make_bad_records(30, 5) != make_bad_records(30, 6)
