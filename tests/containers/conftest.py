"""Selection of the container tests: they run only on request, and only if a container engine answers."""

from __future__ import annotations

import pytest

from tests.containers.engine import find_obstacle

MARKER = "containers"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip these tests, with the reason, unless the marker is requested and an engine with the images answers."""
    is_requested = MARKER in str(config.option.markexpr)
    reason = (
        find_obstacle()
        if is_requested
        else "needs a Docker engine and minutes to build images; run `make test-containers`"
    )
    if reason is None:
        return
    for item in items:
        if item.get_closest_marker(MARKER):
            item.add_marker(pytest.mark.skip(reason=reason))
