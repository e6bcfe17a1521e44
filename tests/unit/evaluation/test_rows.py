"""Reading of labelled rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.errors import PermanentError
from services.evaluation.rows import read_rows


def test_rows_are_read_in_order(tmp_path: Path) -> None:
    """Each line is a row; an empty last line is none."""
    file = tmp_path / "rows.jsonl"
    file.write_text('{"a": 1}\n{"a": "é"}\n\n', encoding="utf-8")

    assert list(read_rows(file)) == [{"a": 1}, {"a": "é"}]


@pytest.mark.parametrize("bad", [b"not json", b"[1]", b'{"a": 1', b'\xff{"a": 1}', b"[" * 100_000, b"", b"   "])
def test_a_bad_line_is_named(tmp_path: Path, bad: bytes) -> None:
    """A line that is not a JSON object, or an empty line before the last one, is an error that names the line."""
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b'{"a": 1}\n' + bad + b'\n{"a": 2}\n')

    with pytest.raises(PermanentError, match=r"^line 2: "):
        list(read_rows(file))
