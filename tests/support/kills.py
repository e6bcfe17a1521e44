"""The number of kills in the tests that kill a command or a service at every step."""

from __future__ import annotations

import os

KILLS = int(os.environ.get("KILLS", "1"))
"""Number of kills at each step. `make test-kills` sets it to 20."""
EXTRA_SECONDS = 30 * KILLS
"""Seconds that the kills may add to a test."""
