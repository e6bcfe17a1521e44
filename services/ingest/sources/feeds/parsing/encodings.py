"""Decoder of feeds and pages whose declared encoding may be wrong."""

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
"""Byte order marks and their encodings. UTF-32 is before UTF-16, since its mark begins with that of UTF-16."""
SIGNATURES = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"))
"""First bytes of an XML declaration in UTF-16 without a byte order mark (XML 1.0, appendix F)."""
XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})[\"']")
SEVEN_BIT = frozenset({"iso2022_jp"})
"""Encodings whose bytes are also valid UTF-8, but mean other characters."""
FALLBACK = "cp1252"
WHATWG_ALIASES = {"iso8859-1": FALLBACK, "ascii": FALLBACK}
"""Encodings that the WHATWG standard decodes as windows-1252."""


def decode(body: bytes, content_type: str, *, is_page: bool = False) -> str:
    """Decode a feed or, with `is_page`, an HTML page. Raises nothing.

    The first of these that fits decides:

    1. the byte order mark, or the first bytes of an XML declaration in UTF-16;
    2. ISO-2022-JP, if it is declared and the bytes contain an escape;
    3. UTF-8, if the bytes are valid UTF-8: text in another encoding hardly ever is;
    4. the charset of the content type;
    5. the charset that the document declares;
    6. UTF-8 with replacements, if more characters are whole than broken;
    7. the first declared charset other than UTF-8, or else windows-1252, with replacements.

    So a wrong declaration does no harm.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, errors="replace")
    for signature, encoding in SIGNATURES:
        if body.startswith(signature):
            return body.decode(encoding, errors="replace")
    charsets = (_find_sent_charset(content_type), _find_declared_charset(body, is_page=is_page))
    declared = [name for name in charsets if name]
    seven_bit = [name for name in declared if name in SEVEN_BIT and b"\x1b" in body]
    for encoding in (*seven_bit, "utf-8", *declared):
        try:
            return body.decode(WHATWG_ALIASES.get(encoding, encoding))
        except UnicodeError:
            continue
    repaired = body.decode(errors="replace")
    broken = repaired.count("\ufffd")
    # More whole than broken characters beyond ASCII: no other encoding looks like damaged UTF-8.
    if broken < sum(not character.isascii() for character in repaired) - broken:
        return repaired
    # The bytes are not UTF-8, whatever the sender or the document declares.
    others = [name for name in declared if name != "utf-8"]
    return body.decode(others[0] if others else FALLBACK, errors="replace")


def replace_surrogates(text: str) -> str:
    """Replace each lone surrogate, which UTF-8 cannot encode."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _find_sent_charset(content_type: str) -> str | None:
    message = Message()
    message["content-type"] = content_type.replace("\r", " ").replace("\n", " ")
    try:
        return _find_usable(message.get_content_charset())
    except (LookupError, UnicodeError, ValueError):
        return None


def _find_declared_charset(body: bytes, *, is_page: bool) -> str | None:
    pattern = META_CHARSET if is_page else XML_ENCODING
    match = XML_ENCODING.search(body[:META_WINDOW]) or pattern.search(body[:META_WINDOW])
    return _find_usable(match[1].decode("ascii")) if match else None


def _find_usable(label: str | None) -> str | None:
    """Find the encoding that a label means; None for UTF-16, since `decode` finds UTF-16 by its first bytes."""
    name = find_charset(label) if label is not None else None
    return None if name is None or name.startswith("utf-16") else name
