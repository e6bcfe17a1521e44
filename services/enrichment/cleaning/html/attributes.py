"""The attributes of an HTML tag."""

from __future__ import annotations

import re

ATTRIBUTE = re.compile(r"""([a-zA-Z:-]{1,32})\s{0,8}=\s{0,8}(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")


def read_attributes(tag: str) -> dict[str, str]:
    """What stands between a tag's name and its end, by names in small letters; of two of one name the last."""
    return {
        found[1].lower(): next(value for value in found.groups()[1:] if value is not None)
        for found in ATTRIBUTE.finditer(tag)
    }
