"""Writing systems without spaces between words, for code that counts words."""

from __future__ import annotations

UNSPACED = (
    "\u0e00-\u0e7f"  # Thai
    "\u0e80-\u0eff"  # Lao
    "\u1000-\u109f"  # Myanmar
    "\u1780-\u17ff"  # Khmer
    "\u3040-\u30ff"  # Hiragana and Katakana
    "\u31f0-\u31ff"
    "\u3400-\u4dbf"  # Han
    "\u4e00-\u9fff"
    "\U00020000-\U0003ffff"
)
"""Scripts without spaces between words, as ranges for a character class of a regular expression."""
