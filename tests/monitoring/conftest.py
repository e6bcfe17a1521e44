"""Selection of the monitoring tests: the slow ones run only on request."""

from __future__ import annotations

import pytest

MARKER = "monitoring"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the tests that need a real Prometheus, unless the command line names their marker."""
    if MARKER in str(config.option.markexpr):
        return
    skip = pytest.mark.skip(
        reason="needs minutes of traffic and faults under a real Prometheus; run make test-monitoring"
    )
    for item in items:
        if item.get_closest_marker(MARKER):
            item.add_marker(skip)
