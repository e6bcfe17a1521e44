"""Decoding of character references."""

from __future__ import annotations

import pytest

from services.contracts.text.references import decode_references


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("a &amp; b &#8217; &#x2019;", "a & b \u2019 \u2019"),
        ("no reference & none", "no reference & none"),
        (f"a &#{'9' * 5_000}; b", "a \ufffd b"),
        (f"a &#x{'f' * 5_000} b", "a \ufffd b"),
        ("&#99999999;", "\ufffd"),
    ],
)
def test_references_are_decoded(text: str, decoded: str) -> None:
    """References become characters, and a number beyond Unicode of any length becomes the replacement character."""
    assert decode_references(text) == decoded
