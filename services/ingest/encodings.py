"""The decoder of bytes to text for all sources: files, pipes, HTTP, feeds and pages."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message
from typing import Literal

from charset_normalizer import from_bytes

from services.ingest.charsets import (
    FALLBACK,
    META_CHARSET,
    XML_ENCODING,
    find_charset,
    find_language_charset,
)

Form = Literal["page", "feed", "text"]
"""The form of a document, which decides where it can declare its encoding."""

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks and their encodings. UTF-32 is before UTF-16, since its mark begins with that of UTF-16."""

HEAD_BYTES = 8
"""Number of first bytes in which UTF-16 without a byte order mark is recognised: every second byte is null then."""

SEVEN_BIT = frozenset({"iso2022_jp"})
"""Encodings whose bytes are also valid UTF-8, but mean other characters."""

REPLACEMENT = "\ufffd"

REPLACED_CHARACTERS = "replaced_characters"
"""Name in an article's metadata of the number of characters that replace undecodable bytes."""

BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
"""Bytes that no text has (WHATWG MIME Sniffing Standard, section 3)."""

FOREIGN = re.compile(rb"[^\n]{0,100}[\x80-\xff][^\n]{0,400}")
"""A stretch with bytes beyond ASCII, which alone say something about the encoding."""

SAMPLE_BYTES = 8_192
"""Number of bytes from which the encoding is guessed: enough for a sure guess, few enough for some milliseconds."""

GUESSED = (
    "cp1252", "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp874", "gb18030", "big5", "cp932", "euc_jp", "cp949",
)  # fmt: skip
"""Encodings that are guessed: one for each script. Between encodings of Latin letters the guess is often wrong."""


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A decoded document."""

    text: str
    replaced: int = 0
    """Number of characters that replace bytes which are no characters of the encoding."""
    is_binary: bool = False
    """True if the bytes are no text in any encoding, such as an image; then `text` has no meaning."""


def decode(body: bytes, content_type: str = "", *, form: Form) -> DecodedText:
    """Decode a document, whose encoding may be declared wrongly. Raises nothing.

    The first of these that fits decides:

    1. the byte order mark, or null bytes in every second place (UTF-16);
    2. ISO-2022-JP, if it is declared and the bytes contain an escape;
    3. UTF-8, if the bytes are valid UTF-8: text in another encoding hardly ever is;
    4. the charset of the content type;
    5. the charset that the document declares;
    6. UTF-8 with replacements, if more characters are whole than broken;
    7. the first declared charset other than UTF-8, with replacements;
    8. the encoding that the bytes look like, if it is one of another script than Latin, with replacements;
    9. the encoding of the language that the page states, or else windows-1252, with replacements.

    A wrong declaration therefore does no harm, and a byte that cannot be decoded becomes one replacement character.
    """
    encoding = _find_wide_encoding(body)
    if encoding is not None:
        return _replace(body, encoding)
    charsets = (_find_sent_charset(content_type), _find_declared_charset(body, form))
    declared = [name for name in charsets if name]
    seven_bit = [name for name in declared if name in SEVEN_BIT and b"\x1b" in body]
    for name in (*seven_bit, "utf-8", *declared):
        try:
            return DecodedText(body.decode(name).removeprefix("\ufeff"))
        except UnicodeError:
            continue
    if BINARY.search(body):
        return replace(_replace(body, FALLBACK), is_binary=True)
    repaired = _replace(body, "utf-8")
    # More whole than broken characters beyond ASCII: no other encoding looks like damaged UTF-8.
    if repaired.replaced < sum(not character.isascii() for character in repaired.text) - repaired.replaced:
        return repaired
    # The bytes are not UTF-8, whatever the sender or the document declares.
    others = [name for name in declared if name != "utf-8"]
    return _replace(body, others[0] if others else _guess(body, form))


def report_replacements(decoded: DecodedText) -> dict[str, str]:
    """Return the metadata of an article that say how many characters were replaced; none if all bytes were text."""
    return {REPLACED_CHARACTERS: str(decoded.replaced)} if decoded.replaced else {}


def decode_wide(body: bytes) -> bytes:
    """Return a document in UTF-16 or UTF-32 as UTF-8, and any other unchanged: a shell of Windows writes UTF-16."""
    encoding = _find_wide_encoding(body)
    return body if encoding in (None, "utf-8") else _replace(body, str(encoding)).text.encode(errors="replace")


def _find_wide_encoding(body: bytes) -> str | None:
    """Find the encoding by a byte order mark, or UTF-16 by null bytes in every second place of the beginning."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return encoding
    even, odd = body[:HEAD_BYTES:2], body[1:HEAD_BYTES:2]
    if len(body) >= HEAD_BYTES and not any(odd) and all(even):
        return "utf-16-le"
    return "utf-16-be" if len(body) >= HEAD_BYTES and not any(even) and all(odd) else None


def _replace(body: bytes, encoding: str) -> DecodedText:
    """Decode and count the replacements; a replacement character that the document itself has is none."""
    text = body.decode(encoding, errors="replace").removeprefix("\ufeff")
    own = body.count(REPLACEMENT.encode()) if encoding == "utf-8" else 0
    return DecodedText(text, max(0, text.count(REPLACEMENT) - own))


def _guess(body: bytes, form: Form) -> str:
    """Guess the encoding of bytes that declare none; the language that a page states decides between Latin letters."""
    sample = b"".join(_cut_foreign(body))[:SAMPLE_BYTES]
    found = from_bytes(sample, cp_isolation=list(GUESSED)).best()
    guessed = codecs.lookup(found.encoding).name if found else FALLBACK
    if guessed != FALLBACK:
        return guessed
    return (find_language_charset(body) if form == "page" else None) or FALLBACK


def _cut_foreign(body: bytes) -> Iterator[bytes]:
    """Yield the stretches with bytes beyond ASCII, until there are enough."""
    length = 0
    for match in FOREIGN.finditer(body):
        yield match.group() + b"\n"
        length += len(match.group())
        if length >= SAMPLE_BYTES:
            return


def _find_sent_charset(content_type: str) -> str | None:
    message = Message()
    message["content-type"] = content_type.replace("\r", " ").replace("\n", " ")
    try:
        label = message.get_content_charset()
    except (LookupError, UnicodeError, ValueError):
        return None
    name = find_charset(label) if label is not None else None
    return "utf-16-le" if name == "utf-16" else name


def _find_declared_charset(body: bytes, form: Form) -> str | None:
    if form == "text":
        return None
    match = XML_ENCODING.search(body) or (META_CHARSET.search(body) if form == "page" else None)
    name = find_charset(match[1].decode("ascii")) if match else None
    # A declaration that can be read as ASCII is not in UTF-16, whatever it says (HTML standard, section 13.2.3.2).
    return None if name is None or name.startswith("utf-16") else name
