"""Labels of character encodings."""

from __future__ import annotations

import pytest

from services.ingest.charsets import find_charset


@pytest.mark.parametrize(
    ("label", "name"),
    [("UTF8", "utf-8"), ("Latin-1", "iso8859-1"), ("windows-1252", "cp1252"), ("Shift_JIS", "shift_jis")],
)
def test_a_label_has_one_name(label: str, name: str) -> None:
    """Each spelling of an encoding's label gives Python's one name for it."""
    assert find_charset(label) == name


@pytest.mark.parametrize("label", ["", "utf-7", "idna", "punycode", "unicode_escape", "rot13", "klingon", "a\0b"])
def test_other_codecs_are_unknown(label: str) -> None:
    """A codec that is no character encoding of the web is as unknown as a label that Python does not know."""
    assert find_charset(label) is None
