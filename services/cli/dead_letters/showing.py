"""A dead letter as text: reason, place, exception, headers and the original bytes."""

from __future__ import annotations

from collections.abc import Iterator

from services.cli.dead_letters.letters import Letter, make_printable
from services.contracts.headers import restore_headers

BYTES_PER_LINE = 16
PRINTABLE = range(0x20, 0x7F)
MAX_SHOWN_BYTES = 4_096
"""Maximum number of the original bytes that are shown."""
MAX_SUMMARY_BYTES = 200
"""Maximum number of the original bytes in a summary of one line."""


def summarise(letter: Letter) -> str:
    """Return one line with stage, reason, the place of the original record, the error and the first bytes."""
    return f"{letter.stage}: {letter.reason}: {letter.source}: {letter.error}: {_show_start(letter.record.value)}"


def _show_start(value: bytes | None) -> str:
    return "no value" if value is None else ascii(value[:MAX_SUMMARY_BYTES])[2:-1]


def describe_in_full(letter: Letter, *, as_hex: bool) -> Iterator[str]:
    """Yield the lines that describe a letter. Bytes are shown as text if they are UTF-8, unless `as_hex` is true."""
    record = letter.record
    yield f"id         {letter.place}{' (replayed)' if letter.is_replayed else ''}"
    yield f"stage      {letter.stage}"
    yield f"reason     {letter.reason}"
    yield f"source     {letter.source}"
    yield f"time       {letter.time.isoformat(timespec='milliseconds')}"
    yield f"error      {letter.error}"
    if letter.omitted is not None:
        yield f"omitted    {letter.omitted}"
    yield f"key        {_show_inline(record.key)}"
    for name, value in restore_headers(record.headers):
        yield f"header     {make_printable(name)}: {_show_inline(value)}"
    yield from _show_value(record.value, as_hex=as_hex)


def _show_inline(content: bytes | None) -> str:
    return "none" if content is None else ascii(content)[2:-1]


def _show_value(value: bytes | None, *, as_hex: bool) -> Iterator[str]:
    if value is None:
        yield "value      none (a tombstone)"
        return
    yield f"value      {len(value)} bytes"
    shown = value[:MAX_SHOWN_BYTES]
    text = None if as_hex else decode_text(value)
    yield ""
    yield from dump(shown) if text is None else [decode_text(shown) or shown.decode("utf-8", "ignore")]
    if len(shown) < len(value):
        yield f"… {len(value) - len(shown)} more bytes; --bytes writes all of them"


def decode_text(value: bytes) -> str | None:
    """Return the bytes as text, or None if they are not UTF-8 or have control characters."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    return text if all(character.isprintable() or character in "\n\r\t" for character in text) else None


def dump(content: bytes) -> Iterator[str]:
    """Yield lines of offset, bytes in hexadecimal, and the bytes that are ASCII."""
    for start in range(0, len(content), BYTES_PER_LINE):
        line = content[start : start + BYTES_PER_LINE]
        ascii_part = "".join(chr(byte) if byte in PRINTABLE else "." for byte in line)
        yield f"{start:08x}  {line.hex(' '):<{3 * BYTES_PER_LINE}} {ascii_part}"
