"""Tests of charset labels."""

from __future__ import annotations

import pytest

from services.ingest.charsets import find_charset


@pytest.mark.parametrize(
    ("label", "name"),
    [("UTF8", "utf-8"), ("Latin-1", "iso8859-1"), ("windows-1252", "cp1252"), ("Shift_JIS", "shift_jis")],
)
def test_a_label_has_one_name(label: str, name: str) -> None:
    """Each spelling of a label gives Python's name of the encoding."""
    assert find_charset(label) == name


@pytest.mark.parametrize("label", ["", "utf-7", "idna", "punycode", "unicode_escape", "rot13", "klingon", "a\0b"])
def test_other_codecs_are_unknown(label: str) -> None:
    """An unknown label and a codec that is not an encoding of the web give nothing."""
    assert find_charset(label) is None
