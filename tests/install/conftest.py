"""Selection of the slow tests of the installation: they run only on request."""

from __future__ import annotations

import pytest

MARKER = "install"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the slow tests, with the reason, unless the marker is requested."""
    if MARKER in str(config.option.markexpr):
        return
    reason = pytest.mark.skip(reason="downloads every package into a new environment; run `make test-install`")
    for item in items:
        if item.get_closest_marker(MARKER):
            item.add_marker(reason)
