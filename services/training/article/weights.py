"""Weights of texts in the loss of the sentiment of articles."""

from __future__ import annotations

from typing import Final

LABELLED_WEIGHT: Final = (0.6, 0.4)
"""Weight of a labelled text: the first number, and the second times its `sure`, 0 to 1."""

TAUGHT_WEIGHT: Final = 0.7
"""Weight of a text that only teachers labelled."""

COMPOSED_WEIGHT: Final = 0.5
"""Weight of a composed headline: its label is sure, but its words are few."""

WRITTEN_WEIGHT: Final = 1.0
"""Weight of a written text: its label is sure, and its words are as varied as those of real news."""
