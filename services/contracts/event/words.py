"""Words for values of an event that the terminal and the page show alike."""

from __future__ import annotations

from services.outcomes import Reason

VERDICTS = {
    "original": "original",
    "exact": "exact copy",
    "near": "near copy",
    "update": "update",
    "excerpt": "excerpt",
}
"""Verdicts of match."""
REASONS = {
    Reason.UNSUPPORTED_LANGUAGE: "the models do not read this language",
    Reason.TOO_SHORT: "the article has too few words",
    Reason.TRUNCATED: "the article is very long, and only its beginning was read",
    Reason.TIMED_OUT: "it took too long",
    Reason.WORKER_DIED: "the process that worked on it ended",
    Reason.ENRICHER_FAILED: "it failed on this article",
}
"""Reasons why a part of the enrichment is missing; another reason is shown as its slug."""
