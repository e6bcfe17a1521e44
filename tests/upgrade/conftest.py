"""Selection of the test of upgrades: it runs on request, because it starts two releases with their models."""

from __future__ import annotations

import pytest

MARKER = "upgrade"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the tests, with the reason, unless the marker is requested."""
    if MARKER in str(config.option.markexpr):
        return
    for item in items:
        if item.get_closest_marker(MARKER):
            item.add_marker(pytest.mark.skip(reason="runs two releases with their models; run `make test-upgrade`"))
