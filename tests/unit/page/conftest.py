"""Fixtures of the page's tests."""

from __future__ import annotations

import pytest

from services.page.windows.events import EventWindow
from tests.support.page_events import RAW_TEXT, add_to, build_copy_verdict, build_page_event


@pytest.fixture
def window() -> EventWindow:
    """Build a window with an original, which has a route, and a copy of it."""
    window = EventWindow()
    add_to(window, build_page_event("orig", raw=RAW_TEXT))
    add_to(
        window,
        build_page_event("copy", body="The port of Oslo was closed.", names=(), duplicate=build_copy_verdict("orig")),
    )
    window.add_route("orig", "shipping")
    return window
