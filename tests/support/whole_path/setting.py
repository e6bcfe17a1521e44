"""Shared parts of the runs over the whole path: groups, rules, bounds, the folder of a run, progress lines."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from services.contracts import topics
from services.embedded import EmbeddedSettings
from services.runtime.service.settings import name_variable

RULES = Path(__file__).with_name("routes.yaml")
SETTINGS = {name_variable("sink", "rules"): str(RULES), name_variable("match", "mentions"): "on"}
"""Settings of all services of a run."""
GROUPS = {"copydesk-annotate": topics.RAW, "copydesk-match": topics.ANNOTATED, "copydesk-sink": topics.ENRICHED}
"""The consumer groups by the settings' defaults, each with the topic that it reads."""
STUCK_AFTER = 120.0
"""Seconds without a commit, while records wait and every fault is over, after which something is stuck."""
BROKER_START_WITHIN = 300.0
"""Seconds that the broker may take to start on a busy machine; an idle one needs a few."""

Report = Callable[[str], None]


def report(line: str) -> None:
    """Print a line with the time of day."""
    print(f"{datetime.now(UTC):%H:%M:%S} {line}", flush=True)


def place(embedded: EmbeddedSettings, folder: Path) -> EmbeddedSettings:
    """Put the broker's data into the run's folder, and give it time to come back on a busy machine."""
    return embedded.model_copy(update={"data_dir": folder / "kafka", "start_deadline": BROKER_START_WITHIN})


@contextlib.contextmanager
def keep_on_failure(kept: list[Path], report: Report) -> Iterator[Path]:
    """Make a folder for Kafka's data and the logs; delete it when the block ends without an exception."""
    folder = Path(tempfile.mkdtemp(prefix="copydesk-chaos-"))
    try:
        yield folder
    except BaseException:
        kept.append(folder)
        report(f"Kafka's data, the logs and the schedule are kept in {folder}")
        raise
    shutil.rmtree(folder, ignore_errors=True)
