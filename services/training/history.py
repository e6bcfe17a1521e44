"""The history of the packaged weights, for their model cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a profile's weights, with its scores as in its own model card; None for a score without a record.

    `worldwide` is F1 of PER, ORG and LOC on the held-back articles, `conll` F1 of four types on CoNLL-2003's
    development set, `newsmtsc` macro-F1 on the held-back sentences, and `leads` macro-F1 of the sentiment of articles.
    """

    name: str
    version: str
    date: str
    change: str
    worldwide: float | None
    conll: float | None
    newsmtsc: float | None
    leads: float | None = None


ACCURATE: Final = (
    Release("desk-l6", "1.0.0", "2026-11-24", "First weights: six blocks of all-MiniLM-L6-v2.", 0.854, 0.921, 0.759),
    Release(
        "desk-l6",
        "1.1.0",
        "2026-11-24",
        "Quantised statically, so that a sentence has the same reading whatever is read with it.",
        None,
        None,
        None,
    ),
    Release(
        "desk-accurate",
        "2.0.0",
        "2026-11-24",
        "Distilled from two teachers, with half the inner neurons.",
        0.870,
        0.922,
        0.775,
    ),
    Release(
        "desk-accurate",
        "2.0.1",
        "2026-11-28",
        "Exported again from the int8 levels of 2.0.0, for a faster graph.",
        0.872,
        0.920,
        0.771,
    ),
    Release("desk-accurate", "2.1.0", "2026-11-28", "Trained further, with ReLU: a tenth faster.", 0.870, 0.926, 0.766),
    Release(
        "desk-accurate", "2.2.0", "2026-11-28", "Trained further, with a teacher of 12 blocks.", 0.881, 0.928, 0.769
    ),
    Release(
        "desk-accurate",
        "2.3.0",
        "2026-11-29",
        "Trained further, also on sentences with other names; temperatures fitted on whole splits.",
        0.880,
        0.932,
        0.769,
    ),
    Release(
        "desk-accurate",
        "3.0.0",
        "2026-11-30",
        "The encoder of 2.3.0, and a network for the sentiment of articles.",
        0.881,
        0.933,
        0.769,
        0.769,
    ),
    Release(
        "desk-accurate",
        "3.1.0",
        "2026-12-01",
        "The network for the sentiment of articles learned further, on texts in which the outcome decides.",
        0.882,
        0.936,
        0.772,
        0.769,
    ),
    Release(
        "desk-accurate",
        "3.2.0",
        "2026-12-01",
        "The network for the sentiment of articles learned further, together with topics.",
        0.882,
        0.936,
        0.772,
        0.773,
    ),
)

FAST: Final = (
    Release("desk-fast", "2.0.0", "2026-11-24", "First weights of this profile: three blocks.", 0.850, 0.900, 0.744),
    Release("desk-fast", "2.1.0", "2026-11-28", "Trained further, with ReLU.", 0.855, 0.911, 0.742),
    Release("desk-fast", "2.2.0", "2026-11-28", "Half the inner neurons: a fifth faster.", 0.861, 0.911, 0.729),
    Release("desk-fast", "2.3.0", "2026-11-28", "Trained further, with a teacher of 12 blocks.", 0.864, 0.913, 0.734),
    Release(
        "desk-fast",
        "2.4.0",
        "2026-11-29",
        "Trained further, also on sentences with other names.",
        0.866,
        0.913,
        0.743,
    ),
    Release(
        "desk-fast",
        "3.0.0",
        "2026-11-30",
        "Trained further on corrected names and labelled targets; a network for the sentiment of articles.",
        0.868,
        0.919,
        0.732,
        0.731,
    ),
    Release(
        "desk-fast",
        "3.1.0",
        "2026-12-01",
        "The network for the sentiment of articles learned further, on texts in which the outcome decides.",
        0.874,
        0.920,
        0.732,
        0.745,
    ),
)


def find_history(name: str) -> tuple[Release, ...]:
    """Return the releases of the profile whose weights have this name, the newest first; empty for other weights."""
    for releases in (ACCURATE, FAST):
        if name in {release.name for release in releases}:
            return releases[::-1]
    return ()
