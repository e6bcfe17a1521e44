"""Names under which senders give the fields of an article, and the form of their values; the same for all sources.

Names are compared without letter case, blanks, hyphens and underscores: `datePublished`, `date-published` and
`Date published` are one name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from services.contracts.raw import (
    LANGUAGE_PATTERN,
    MAX_LANGUAGE_CHARACTERS,
    MAX_NAME_CHARACTERS,
    MAX_NAMES,
    RawArticle,
)
from services.contracts.text.author_names import split_names
from services.contracts.text.tags import split_tags
from services.ingest.dates import parse_date

FIELD_NAMES: Final = frozenset(RawArticle.model_fields)

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "content": ("html", "content_html", "text", "content_text", "body", "article_body"),
    "title": ("headline",),
    "url": ("link",),
    "source": ("publisher", "publication", "site_name"),
    "byline": ("author", "authors", "creator", "creators"),
    "section": ("category", "article_section"),
    "tags": ("keywords", "categories"),
    "language": ("lang", "in_language"),
    "published_at": (
        "published",
        "date",
        "date_published",
        "published_date",
        "publish_date",
        "publication_date",
        "pub_date",
    ),
    "fetched_at": ("fetched", "crawled_at", "date_download"),
}
"""Other names of the fields of `RawArticle`, in the order in which they are tried. HTML is before text: it contains
more than the text extracted from it."""

MARKUP_NAMES: Final = ("html", "content_html")
"""Names of content that is a page."""

NAMES_WITHIN: Final = ("name", "term", "label", "title")
"""Names of the text in an author or a tag that is an object."""


def rename_fields(given: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """Return the fields under the names of `RawArticle`, and the rest under the names that the sender gave.

    A field under its own name wins over one under another name, and is returned even if its value is wrong, so that the
    sender gets an error. A field under another name whose value does not fit belongs to the rest.
    """
    fields = {name: _read_own(name, value) for name, value in given.items() if name in FIELD_NAMES}
    folded = {fold_name(name): name for name in reversed(list(given)) if name not in FIELD_NAMES}
    used: set[str] = set()
    for field in ALIASES:
        for folded_alias, alias in NAMES[field].items():
            name = folded.get(folded_alias)
            value = _read_other(field, given[name]) if name is not None and field not in fields else None
            if name is None or value is None:
                continue
            fields[field] = value
            used.add(name)
            if alias in MARKUP_NAMES:
                fields.setdefault("content_type", "text/html")
    for field in FIELD_NAMES - ALIASES.keys() - fields.keys():
        name = folded.get(fold_name(field))
        if name is not None:
            fields[field] = given[name]
            used.add(name)
    return fields, {name: value for name, value in given.items() if name not in FIELD_NAMES and name not in used}


def fold_name(name: str) -> str:
    """Return a name in the form in which names are compared."""
    return "".join(letter for letter in name.casefold() if letter not in " -_")


def find_field(name: str) -> str | None:
    """Return the field of `RawArticle` that a name means; None if it means none."""
    return MEANINGS.get(fold_name(name))


def _read_own(field: str, value: object) -> object:
    """Return the value of a field under its own name: names and tags that can be read become a list."""
    read = {"byline": read_names, "tags": read_tags}.get(field)
    found = read(value) if read is not None else None
    return value if found is None else found


def _read_other(field: str, value: object) -> object | None:
    """Return the value of a field under another name; None if it does not fit the field."""
    read = READERS.get(field)
    if read is not None:
        return read(value)
    return value if isinstance(value, str) else None


def read_names(value: object) -> list[str] | None:
    """Return the names of authors in a text, an object or a list of these; None if there is none.

    "By Ann Lee and Bo Ek" has two names. A text in which no name is recognised is one name.
    """
    texts = _list_texts(value)
    names = [name[:MAX_NAME_CHARACTERS] for text in texts for name in split_names(text) or [text]]
    return list(dict.fromkeys(names))[:MAX_NAMES] or None


def read_tags(value: object) -> list[str] | None:
    """Return the tags in a text, an object or a list of these; None if there is none."""
    return list(split_tags(_list_texts(value))) or None


def _list_texts(value: object) -> list[str]:
    """Return the texts of a text, an object with a name, or a list of these."""
    found: list[str] = []
    for item in value if isinstance(value, list | tuple) else [value]:
        text = next((item[name] for name in NAMES_WITHIN if name in item), None) if isinstance(item, dict) else item
        if isinstance(text, str) and text.strip():
            found.append(text.strip())
    return found


def _read_section(value: object) -> str | None:
    return next((text[:MAX_NAME_CHARACTERS] for text in _list_texts(value)), None)


def _read_date(value: object) -> str | None:
    date = parse_date(value) if isinstance(value, str) else None
    return date.isoformat() if date is not None else None


def read_language(value: object) -> str | None:
    """Return a language tag (BCP 47), also one that is written with underscores; None for anything else."""
    tag = value.strip().replace("_", "-") if isinstance(value, str) else ""
    return tag if len(tag) <= MAX_LANGUAGE_CHARACTERS and re.match(LANGUAGE_PATTERN, tag) else None


READERS: Final[Mapping[str, Callable[[object], object | None]]] = {
    "byline": read_names,
    "tags": read_tags,
    "section": _read_section,
    "language": read_language,
    "published_at": _read_date,
    "fetched_at": _read_date,
}
"""Functions that read the value of a field under another name; the other fields are texts."""

NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    field: {fold_name(name): name for name in (field, *ALIASES.get(field, ()))} for field in sorted(FIELD_NAMES)
}
"""The names of each field by their folded form, its own name first."""

MEANINGS: Final = {folded: field for field, names in NAMES.items() for folded in names}
"""Fields by the folded form of each of their names."""
