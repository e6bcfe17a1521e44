"""Fields that Copydesk does not know: short values go to the metadata, and anything else is an error that names them.

The rule is the same for all sources: HTTP, files, the folder, standard input and the commands.

- A name that is one letter off the name of a field that is not given is a misspelling, and an error.
- A text of at most 2,048 characters, a number, true or false goes to the metadata under the sender's name.
- Null, and an empty text, list or object are left out.
- Any other value (a list, an object, a longer text) is an error, so that nothing is lost silently.
- A second name of a field that is given under a better one, such as `text` beside `html`, is left out if its value does
  not fit the metadata.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from services.contracts.raw import MAX_METADATA_CHARACTERS, MAX_METADATA_ENTRIES
from services.contracts.text.spelling import is_one_letter_off, suggest
from services.errors import PermanentError
from services.ingest.field_names import FIELD_NAMES, NAMES, find_field, fold_name, rename_fields
from services.outcomes import Reason

MAX_METADATA_NAME: Final = 128
MAX_PROBLEMS: Final = 3
"""Maximum number of unknown fields that an error names."""
MAX_SHOWN_NAME: Final = 60
KINDS: Final[Mapping[type, str]] = {
    list: "a list",
    dict: "an object",
    str: f"a text of more than {MAX_METADATA_CHARACTERS:,} characters",
}


def read_fields(given: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of an article under the names of `RawArticle`; the rest goes to the metadata.

    Raises PermanentError (invalid_article) that names the unknown fields which do not fit there.
    """
    fields, rest = rename_fields(given)
    problems = list(_list_problems(fields, rest))
    if problems:
        message = "; ".join(problem for _, problem in problems[:MAX_PROBLEMS])
        more = f"; and {len(problems) - MAX_PROBLEMS} more" if len(problems) > MAX_PROBLEMS else ""
        raise PermanentError(message + more, reason=Reason.INVALID_ARTICLE, field=problems[0][0])
    _add_metadata(fields, rest)
    return fields


def _list_problems(fields: Mapping[str, object], rest: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield name and message of each field that is misspelt or does not fit the metadata."""
    for name, value in rest.items():
        shown = name if len(name) <= MAX_SHOWN_NAME else f"{name[:MAX_SHOWN_NAME]}…"
        meant = find_field(name)
        if meant is None and (misspelt := _find_misspelt(name, fields)) is not None:
            yield name, f"{shown}: unknown field; did you mean {misspelt}?"
        elif _is_empty(value) or meant in fields or _write_short(name, value) is not None:
            continue
        elif meant is not None:
            yield name, f"{shown}: no {meant} can be read from {KINDS.get(type(value), 'the value')}"
        else:
            what = KINDS.get(type(value), "a value") if len(name) <= MAX_METADATA_NAME else "too long a name"
            hint = suggest(fold_name(name), sorted(FIELD_NAMES)) or "; remove it, or shorten it to a text"
            yield name, f"{shown}: unknown field with {what}, which the metadata do not accept{hint}"


def _find_misspelt(name: str, fields: Mapping[str, object]) -> str | None:
    """Return the name of a field that is not given, if this name is one letter off."""
    folded = fold_name(name)
    known = (item for field, names in NAMES.items() if field not in fields for item in names.items())
    return next((name for folded_name, name in known if is_one_letter_off(folded, folded_name)), None)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)


def _write_short(name: str, value: object) -> str | None:
    """Return a value as a text of the metadata; None if it does not fit there."""
    if not 0 < len(name) <= MAX_METADATA_NAME or not isinstance(value, str | int | float):
        return None
    text = _write_text(value)
    return text if len(text) <= MAX_METADATA_CHARACTERS else None


def _write_text(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _add_metadata(fields: dict[str, object], rest: Mapping[str, object]) -> None:
    metadata = fields.get("metadata", {})
    if not isinstance(metadata, dict):
        return
    # A number means the same inside the metadata as under an unknown name.
    merged = {name: _write_text(value) if isinstance(value, int | float) else value for name, value in metadata.items()}
    for name, value in rest.items():
        text = _write_short(name, value)
        if text and name not in merged:
            merged[name] = text
    if len(merged) > MAX_METADATA_ENTRIES:
        message = f"metadata: {len(merged)} entries with the unknown fields; at most {MAX_METADATA_ENTRIES} are allowed"
        raise PermanentError(message, reason=Reason.INVALID_ARTICLE, field="metadata")
    if merged:
        fields["metadata"] = merged
