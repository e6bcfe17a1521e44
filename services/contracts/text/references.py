"""Character references of HTML in texts from outside: "&amp;", "&#8217;"."""

from __future__ import annotations

import re
from html import unescape

REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
"""A character reference with its end mark. Without the mark, the parameters of an address can look like references."""

_LONG_NUMBER = re.compile(r"&#(?:[0-9]{16,}|[xX][0-9a-fA-F]{16,});?")
"""A reference with a number that is far beyond Unicode. Python refuses to read a number of more than 4,300 digits."""

REPLACEMENT = "\ufffd"
"""The character that the HTML standard puts in the place of a number beyond Unicode."""


def decode_references(text: str) -> str:
    """Return the text with its character references decoded, as `html.unescape` does; it never raises."""
    if "&" not in text:
        return text
    return unescape(replace_long_numbers(text))


def replace_long_numbers(text: str) -> str:
    """Return the text with U+FFFD for each reference to a number that is far beyond Unicode."""
    return _LONG_NUMBER.sub(REPLACEMENT, text) if "&#" in text else text
