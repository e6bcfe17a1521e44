"""What needs a container engine is run when it is asked for, where one answers."""

from __future__ import annotations

import pytest

from tests.containers.engine import find_obstacle

MARKER = "containers"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip these tests, with the reason, unless the marker is named and an engine with the images answers."""
    asked = MARKER in str(config.option.markexpr)
    reason = find_obstacle() if asked else "needs a Docker engine and minutes of building: make test-containers"
    if reason is None:
        return
    for item in items:
        if item.get_closest_marker(MARKER):
            item.add_marker(pytest.mark.skip(reason=reason))
