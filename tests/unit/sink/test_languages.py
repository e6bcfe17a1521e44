"""Language codes of routing rules."""

from __future__ import annotations

import pytest

from services.sink.rules.conditions.languages import find_codes, suggest_code


@pytest.mark.parametrize(
    ("code", "matched", "unmatched"),
    [
        ("no", ["no", "nb", "nn"], ["da"]),
        ("nb", ["nb", "no"], ["nn"]),
        ("nn", ["nn"], ["no", "nb"]),
        ("zh", ["zh", "yue", "wuu", "cmn"], ["ja"]),
        ("ar", ["ar", "arz", "arb"], ["fa"]),
        ("ms", ["ms", "zsm"], ["id"]),
        ("EN", ["en", "eng"], ["de"]),
        ("iw", ["he", "iw", "heb"], ["yi"]),
        ("fil", ["fil", "tl"], ["ceb"]),
        ("pt-BR", ["pt-br"], ["pt", "pt-pt"]),
        ("nb-NO", ["nb-no", "no-no"], ["nb"]),
        ("und", ["und"], ["en"]),
        ("qab", ["qab"], ["en"]),
    ],
)
def test_codes_that_a_code_matches(code: str, matched: list[str], unmatched: list[str]) -> None:
    """A code matches its other forms and the languages that it includes."""
    found = find_codes(code)
    assert found is not None
    assert found >= set(matched)
    assert found.isdisjoint(unmatched)


@pytest.mark.parametrize(
    ("written", "suggestion"),
    [
        ("english", "en"),
        ("English", "en"),
        ("Deutsch", "de"),
        ("español", "es"),
        ("Espanol", "es"),
        ("中文", "zh"),
        ("norwegian", "no"),
        ("Norsk Bokmål", "nb"),
        ("Englisch", "en"),
        ("Chinese (Simplified)", "zh"),
        ("en_GB", "en-GB"),
        ("de-*", "de"),
        ("jp", "ja"),
        ("dk", "da"),
        ("us", "en"),
        ("en, de", "[en, de]"),
        ("xx", None),
        ("e", None),
        ("", None),
    ],
)
def test_a_value_that_is_no_code_gets_a_suggestion(written: str, suggestion: str | None) -> None:
    """Names of languages, countries, other separators and several codes are no code; the likely one is suggested."""
    assert find_codes(written) is None
    assert suggest_code(written) == suggestion
