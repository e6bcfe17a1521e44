"""Dead letters as text, and their counts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from services.cli.console.progress import results_console
from services.cli.dead_letters.letters import Letter
from services.cli.dead_letters.listing import list_letters
from services.cli.dead_letters.showing import MAX_SHOWN_BYTES, describe_in_full, summarise
from services.outcomes import Reason
from tests.unit.cli.dead_letters.letters import build_letter


def show(value: bytes | None, *, as_hex: bool = False) -> str:
    """Return the whole text about a letter with this value."""
    return "\n".join(describe_in_full(build_letter(value), as_hex=as_hex))


def test_text_is_shown_as_text_and_other_bytes_in_hexadecimal() -> None:
    """UTF-8 is shown as it is, everything else as a dump, and a null value is named."""
    assert show('{"titel": "Größe"'.encode()).endswith('\n{"titel": "Größe"')
    assert show(b"\x1f\x8b\x00hello").endswith("00000000  1f 8b 00 68 65 6c 6c 6f                          ...hello")
    assert "7b 22" in show(b'{"a"', as_hex=True)
    assert "a tombstone" in show(None)


def test_everything_that_is_known_is_shown() -> None:
    """The text has place, stage, reason, source, time, error, key and the original headers."""
    text = show(b"{")
    for expected in ("input.dlq/0/0", "annotate", "invalid_json", "input/3/7", "2023-11-14T22:13:20", "not JSON", "k1"):
        assert expected in text
    assert r"mine: \xff" in text and "none: none" in text and "x-copydesk" not in text


def test_a_long_value_is_cut_within_no_character() -> None:
    """Only the beginning of a long value is shown, and the number of the other bytes."""
    text = show(("é" * MAX_SHOWN_BYTES).encode())
    assert text.count("é") == MAX_SHOWN_BYTES // 2 and f"{MAX_SHOWN_BYTES} more bytes" in text


def test_a_summary_is_one_line() -> None:
    """A summary has the reason, the place and the first bytes, without control characters."""
    line = summarise(build_letter(b"a\nb\x1b[2J"))
    assert line == r"annotate: invalid_json: input/3/7: PermanentError: not JSON: a\nb\x1b[2J"


async def iterate(letters: list[Letter]) -> AsyncIterator[Letter]:
    """Yield the letters."""
    for letter in letters:
        yield letter


@pytest.mark.parametrize(
    ("limit", "counts_alone", "expected"),
    [(None, False, ["input.dlq/0/0", "input.dlq/0/1", "input.dlq/0/2"]), (1, False, ["input.dlq/0/2"]), (9, True, [])],
)
async def test_a_pipe_gets_lines_of_json(
    capsysbinary: pytest.CaptureFixture[bytes], limit: int | None, counts_alone: bool, expected: list[str]
) -> None:
    """Without a terminal, each letter or each count is one JSON object."""
    letters = [build_letter(offset=number, is_replayed=not number) for number in range(2)]
    letters.append(build_letter(offset=2, reason=Reason.TOO_LARGE))
    await list_letters(iterate(letters), limit=limit, counts_alone=counts_alone)
    lines = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    assert [line["id"] for line in lines if "id" in line] == expected
    if counts_alone:
        counts = [(line["reason"], line["letters"], line["replayed"]) for line in lines]
        assert counts == [("invalid_json", 2, 1), ("too_large", 1, 0)]


async def test_a_terminal_without_letters_gets_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without dead letters a terminal shows a sentence, and no table without rows."""
    monkeypatch.setattr(results_console, "_force_terminal", True)
    await list_letters(iterate([]), limit=None, counts_alone=False)
    assert "no dead letters" in capsys.readouterr().out
