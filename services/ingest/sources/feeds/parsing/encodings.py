"""From bytes to text, whatever their sender says that they are."""

from __future__ import annotations

import codecs
import re
from email.message import Message

from services.ingest.charsets import META_CHARSET, META_WINDOW, find_charset

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""UTF-32 before UTF-16, whose mark it begins with."""
SIGNATURES = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"))
"""XML 1.0, appendix F: the beginning of a declaration without a byte order mark."""
DECLARATION = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})[\"']")
SEVEN_BIT = frozenset({"iso2022_jp"})
"""Encodings whose bytes are valid UTF-8 and mean something else."""
FALLBACK = "cp1252"
LATIN = {"iso8859-1": FALLBACK, "ascii": FALLBACK}
"""WHATWG: who says Latin 1 means windows-1252."""


def decode(body: bytes, content_type: str, *, is_page: bool = False) -> str:
    """Text from a feed or, with `is_page`, from an HTML page.

    The byte order mark counts first; then UTF-8 where the bytes are valid UTF-8, since text in another encoding hardly
    ever is; then the charset of the content type, then the document's own declaration, then windows-1252 with
    replacements. So a wrong declaration does no harm. Never raises.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, errors="replace")
    for signature, encoding in SIGNATURES:
        if body.startswith(signature):
            return body.decode(encoding, errors="replace")
    declared = [name for name in (_find_charset(content_type), _find_declared(body, is_page=is_page)) if name]
    seven_bit = [name for name in declared if name in SEVEN_BIT and b"\x1b" in body]
    for encoding in (*seven_bit, "utf-8", *declared):
        try:
            return body.decode(LATIN.get(encoding, encoding))
        except UnicodeError:
            continue
    mended = body.decode(errors="replace")
    broken = mended.count("\ufffd")
    # More letters that are whole than broken ones: UTF-8 with some damage, and nothing else looks like that.
    if broken < sum(not character.isascii() for character in mended) - broken:
        return mended
    # UTF-8 it is not, whoever declares it.
    others = [name for name in declared if name != "utf-8"]
    return body.decode(others[0] if others else FALLBACK, errors="replace")


def replace_surrogates(text: str) -> str:
    """The text with each lone surrogate, which no UTF-8 can hold, replaced."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _find_charset(content_type: str) -> str | None:
    message = Message()
    message["content-type"] = content_type.replace("\r", " ").replace("\n", " ")
    try:
        return _find_ascii_based(message.get_content_charset())
    except (LookupError, UnicodeError, ValueError):
        return None


def _find_declared(body: bytes, *, is_page: bool) -> str | None:
    pattern = META_CHARSET if is_page else DECLARATION
    match = DECLARATION.search(body[:META_WINDOW]) or pattern.search(body[:META_WINDOW])
    return _find_ascii_based(match[1].decode("ascii")) if match else None


def _find_ascii_based(label: str | None) -> str | None:
    """Find the encoding that a label means; None for UTF-16, which has a byte order mark or a signature if it is."""
    name = find_charset(label) if label is not None else None
    return None if name is None or name.startswith("utf-16") else name
