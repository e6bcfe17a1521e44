"""Tests of charset labels."""

from __future__ import annotations

import pytest

from services.ingest.charsets import find_charset


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("UTF8", "utf-8"), ("Latin-1", "cp1252"), ("us-ascii", "cp1252"), ("windows-1252", "cp1252"),
        ("Shift_JIS", "cp932"), ("x-sjis", "cp932"), ("gb2312", "gb18030"), ("GBK", "gb18030"), ("euc-kr", "cp949"),
        ("ks_c_5601-1987", "cp949"), ("big5", "big5hkscs"), ("ISO-8859-9", "cp1254"), ("tis-620", "cp874"),
        ("iso-8859-8-i", "iso8859-8"),
    ],
)  # fmt: skip
def test_a_label_means_what_browsers_read(label: str, name: str) -> None:
    """Each spelling of a label gives Python's name of the encoding with which browsers read it."""
    assert find_charset(label) == name


@pytest.mark.parametrize("label", ["", "utf-7", "idna", "punycode", "unicode_escape", "rot13", "klingon", "a\0b"])
def test_other_codecs_are_unknown(label: str) -> None:
    """An unknown label and a codec that is not an encoding of the web give nothing."""
    assert find_charset(label) is None
