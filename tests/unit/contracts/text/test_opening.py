"""An opening has whole words and a bounded length."""

from __future__ import annotations

import pytest

from services.contracts.text.opening import cut_opening


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("One  two\n\nthree", "One two three"),
        ("One two three four five", "One two three …"),
        ("x" * 40, "x" * 16 + " …"),
    ],
)
def test_an_opening_is_cut_at_a_word(text: str, expected: str) -> None:
    """A longer text is cut at a blank, or in a word that is longer than the room."""
    assert cut_opening(text, 16) == expected
