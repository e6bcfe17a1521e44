"""What takes minutes is run when it is asked for."""

from __future__ import annotations

import pytest

MARKER = "monitoring"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the tests under a real Prometheus, with the reason, unless the marker is named."""
    if MARKER in str(config.option.markexpr):
        return
    skip = pytest.mark.skip(reason="minutes of traffic and faults under a real Prometheus: make test-monitoring")
    for item in items:
        if item.get_closest_marker(MARKER):
            item.add_marker(skip)
