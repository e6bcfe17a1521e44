"""Character encodings of the web: their labels, and how a document declares its own."""

from __future__ import annotations

import codecs
import re

CHARSETS = frozenset(
    codecs.lookup(name).name
    for name in (
        "utf-8 utf-16 utf-16-le utf-16-be koi8-r koi8-u gb18030 big5hkscs cp932 euc-jp cp949 iso2022_jp cp866 cp874 "
        "iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-10 iso8859-13 iso8859-14 "
        "iso8859-15 iso8859-16 mac-roman mac-cyrillic "
        "cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258"
    ).split()
)
"""Python's names of the codecs that are character encodings of the web (WHATWG Encoding Standard, section 4.2).

Python's other text codecs, such as idna, punycode and unicode_escape, are no character encodings.
"""

WHATWG_DECODERS = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "shift_jis": "cp932", "euc_kr": "cp949",
}  # fmt: skip
"""Codecs whose labels mean a larger encoding on the web, by Python's names. A page that declares gb2312 and contains a
character of GBK is read by every browser, and Python's gb2312 would refuse it."""

WHATWG_LABELS = {
    "x-sjis": "cp932", "windows-31j": "cp932", "x-gbk": "gb18030", "gb_2312-80": "gb18030", "x-x-big5": "big5hkscs",
    "x-cp1250": "cp1250", "x-cp1251": "cp1251", "x-cp1252": "cp1252", "x-cp1253": "cp1253", "x-cp1254": "cp1254",
    "x-cp1255": "cp1255", "x-cp1256": "cp1256", "x-cp1257": "cp1257", "x-cp1258": "cp1258", "windows-874": "cp874",
    "dos-874": "cp874", "x-mac-cyrillic": "mac-cyrillic", "x-mac-roman": "mac-roman", "ibm866": "cp866",
    "iso-8859-8-i": "iso8859-8", "logical": "iso8859-8", "visual": "iso8859-8", "koi": "koi8-r", "koi8-ru": "koi8-u",
    "x-euc-jp": "euc_jp", "unicode-1-1-utf-8": "utf-8", "windows-949": "cp949",
}  # fmt: skip
"""Labels of the standard that Python does not know, or knows as something else."""

META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
"""Pattern for the charset that an HTML page declares. Browsers find it wherever it is in the head."""

XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})[\"']")

LANGUAGE = re.compile(rb"<html[^>]{0,500}?\blang\s*=\s*[\"']?([a-z]{2,3}(?:-[a-z]{2,4})?)", re.IGNORECASE)

LANGUAGE_CHARSETS = {
    "ar": "cp1256", "az": "cp1254", "be": "cp1251", "bg": "cp1251", "cs": "cp1250", "el": "iso8859-7", "et": "cp1257",
    "fa": "cp1256", "he": "cp1255", "hr": "cp1250", "hu": "iso8859-2", "ja": "cp932", "kk": "cp1251", "ko": "cp949",
    "ku": "cp1254", "ky": "cp1251", "lt": "cp1257", "lv": "cp1257", "mk": "cp1251", "pl": "iso8859-2", "ru": "cp1251",
    "sk": "cp1250", "sl": "iso8859-2", "sr": "cp1251", "tg": "cp1251", "th": "cp874", "tr": "cp1254", "tt": "cp1251",
    "uk": "cp1251", "vi": "cp1258", "zh": "gb18030", "zh-hk": "big5hkscs", "zh-tw": "big5hkscs", "zh-hant": "big5hkscs",
}  # fmt: skip
"""The encoding that a browser assumes by the reader's language (HTML standard, section 13.2.3.2); here it is the
language that the page states."""

FALLBACK = "cp1252"
"""The encoding that a browser assumes for all other languages."""


def find_charset(label: str) -> str | None:
    """Find Python's name of the encoding that a label such as `UTF8`, `latin-1` or `gb2312` means on the web.

    Returns None for a label that neither the WHATWG standard nor Python knows, and for a codec that is not in
    `CHARSETS`.
    """
    known = WHATWG_LABELS.get(label.strip().lower(), label)
    try:
        name = codecs.lookup(known).name
    # ValueError: a label with a null character; UnicodeError is one too.
    except (LookupError, ValueError):
        return None
    decoder = codecs.lookup(WHATWG_DECODERS.get(name, name)).name
    return decoder if decoder in CHARSETS else None


def find_language_charset(page: bytes) -> str | None:
    """Find the encoding that browsers assume for the language that a page states; None without such a language."""
    match = LANGUAGE.search(page)
    if match is None:
        return None
    tag = match[1].decode("ascii").lower()
    return LANGUAGE_CHARSETS.get(tag) or LANGUAGE_CHARSETS.get(tag.split("-")[0])
