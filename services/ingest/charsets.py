"""Character encodings that ingest decodes, and how an HTML page declares its own."""

from __future__ import annotations

import codecs
import re

CHARSETS = frozenset(
    codecs.lookup(name).name
    for name in (
        "utf-8 utf-16 utf-16-le utf-16-be ascii koi8-r koi8-u gbk gb18030 big5 shift_jis euc-jp euc-kr iso2022_jp "
        "iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10 "
        "iso8859-13 iso8859-14 iso8859-15 iso8859-16 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258"
    ).split()
)
"""Python's names of the codecs that are character encodings of the web.

Python's other text codecs, such as idna, punycode and unicode_escape, are no character encodings.
"""

META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
"""Pattern for the charset that an HTML page declares."""
META_WINDOW = 2_048
"""Number of bytes from the start in which a page must declare its charset.

The HTML standard asks for 1,024; many pages declare it later.
"""


def find_charset(label: str) -> str | None:
    """Find Python's name of the encoding that a label such as `UTF8` or `latin-1` means.

    Returns None for a label that Python does not know and for a codec that is not in `CHARSETS`.
    """
    try:
        name = codecs.lookup(label).name
    # ValueError: a label with a null character; UnicodeError is one too.
    except (LookupError, ValueError):
        return None
    return name if name in CHARSETS else None
