"""Language codes of a rule: the codes of articles that each matches, and a suggestion for a value that is no code."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Final

from services.contracts.text.folding import fold

LANGUAGES: Final = Path(__file__).with_name("languages.tsv")

SPECIAL: Final = ("und", "mul", "mis", "zxx")
"""Codes of ISO 639-2: unknown language, several languages, a language without a code, no language."""
PRIVATE: Final = re.compile("q[a-t][a-z]")
"""Codes for private use (ISO 639-2): qaa to qtz."""
TAG: Final = re.compile("[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
"""Form of a language code in lower case, as ingest accepts it in an article."""

SIMILARITY: Final = 0.8
"""Minimum similarity (difflib, 0 to 1) of a text and a name that is suggested for it: one letter in five is wrong."""

SHORTEST_NAME: Final = 4
"""Minimum number of letters of a name that is suggested for a similar text."""

_BETWEEN_CODES = re.compile(r"[\s,;/|]+")


@dataclass(slots=True)
class _Table:
    """The content of the file of languages."""

    matched: dict[str, frozenset[str]] = field(default_factory=dict)
    """For each code the codes of the same language and of the languages that it includes."""
    hints: dict[str, str] = field(default_factory=dict)
    """The code for each folded name of a language, and for each country that people write instead of a language."""


def find_codes(code: str) -> frozenset[str] | None:
    """Return the codes of articles that a rule's code matches, in lower case; None if it is not a language code.

    `no` matches `nb` and `nn`, `en` matches `eng`, `pt-BR` does not match `pt`.
    """
    lowered = code.lower()
    primary, *rest = lowered.split("-")
    matched = _read_table().matched.get(primary)
    if matched is None and (primary in SPECIAL or PRIVATE.fullmatch(primary)):
        matched = frozenset({primary})
    if matched is None or not TAG.fullmatch(lowered):
        return None
    return frozenset("-".join([one, *rest]) for one in matched)


def suggest_code(written: str) -> str | None:
    """Return what the writer of a text that is no language code may have meant: one code, or a list of codes."""
    parts = [part for part in _BETWEEN_CODES.split(written) if part]
    if len(parts) > 1 and all(find_codes(part) for part in parts):
        return f"[{', '.join(parts)}]"
    hyphenated = written.replace("_", "-").strip("-*. ")
    if find_codes(hyphenated):
        return hyphenated
    folded = fold(written).strip()
    hints = _read_table().hints
    close = get_close_matches(folded, (name for name in hints if len(name) >= SHORTEST_NAME), n=1, cutoff=SIMILARITY)
    return next((hints[hint] for hint in (folded, *close, *folded.split()) if hint in hints), None)


@cache
def _read_table() -> _Table:
    table = _Table()
    included: dict[str, list[str]] = {}
    for line in LANGUAGES.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        columns = line.split("\t")
        if len(columns) == 1:
            table.matched.update((code, frozenset({code})) for code in line.split())
            continue
        code, same, members, names, countries = [*columns, "", "", ""][:5]
        alike = frozenset([code, *same.split()])
        table.matched.update(dict.fromkeys(alike, alike))
        included.update(dict.fromkeys(alike, members.split()))
        for hint in filter(None, [*names.split("|"), *countries.split()]):
            table.hints.setdefault(fold(hint), code)
    table.matched.update(_include(table.matched, included))
    return table


def _include(matched: dict[str, frozenset[str]], included: dict[str, list[str]]) -> dict[str, frozenset[str]]:
    """Return for each code its own codes and those of the languages that it includes."""
    return {code: matched[code].union(*(matched[member] for member in members)) for code, members in included.items()}
