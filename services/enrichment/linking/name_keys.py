"""Keys of names in a knowledge base: equal for the spellings of one name."""

from __future__ import annotations

from services.contracts.text.names import make_key

MAX_ACRONYM = 6
"""Maximum number of letters of a name in capitals that is an acronym."""


def make_name_key(name: str) -> str:
    """Return the key of a name as written: folded words without "the" at the beginning and without full stops."""
    return " ".join(make_key(name, "MISC"))


def make_short_keys(name: str) -> tuple[str, str]:
    """Return the keys of a name without its legal form, as of a company, and without its title, as of a person."""
    return " ".join(make_key(name, "ORG")), " ".join(make_key(name, "PER"))


def is_acronym(name: str) -> bool:
    """Return whether a name is of a few letters, all of them capitals: UN, U.S., NATO."""
    if not name.isupper():
        return False
    letters = name.replace(".", "")
    return 1 < len(letters) <= MAX_ACRONYM and letters.isalpha()
