"""The attributes of an HTML tag."""

from __future__ import annotations

import re

ATTRIBUTE = re.compile(r"""([a-zA-Z:-]{1,32})\s{0,8}=\s{0,8}(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")


def read_attributes(tag: str) -> dict[str, str]:
    """Return the attributes in a tag, by their names in small letters; of two with the same name, the last one.

    `tag` is the text between the name of the tag and its end. An attribute without a value is left out.
    """
    return {
        found[1].lower(): next(value for value in found.groups()[1:] if value is not None)
        for found in ATTRIBUTE.finditer(tag)
    }
