"""Sources: organisations that an article quotes for what it reports. The article is not about them.

The words around a mention show this: according to X, told X, an analyst at X, an X survey.
"""

from __future__ import annotations

import re
from typing import Final

from services.enrichment.encoder import EntityType

SOURCE_WEIGHT: Final = 0.3
"""Weight of a mention as a source; any other mention has 1."""

NEAR: Final = 40
"""Code points before and behind a mention that are read."""

_BEFORE = re.compile(
    r"""\b(?:according\sto|interview\swith|tell|tells|telling|told|(?:cited|compiled|published|quoted|reported)\sby
       |(?:analyst|data|economist|estimate|expert|figure|poll|report|researcher|statistic|strategist|survey)s?
       \s(?:at|by|for|from|of|with))
       (?:\s(?:a|an|the))?\s(?:\w+\s)?["“‘']?$""",
    re.IGNORECASE | re.VERBOSE,
)
_AFTER = re.compile(
    r"""["”’']?(?:['’]s?)?(?:\s\w+)?\s
       (?:analyst|data|economist|estimate|figures|forecast|poll|report|reported|statistics|study|survey)s?\b""",
    re.IGNORECASE | re.VERBOSE,
)


def weigh_mention(text: str, start: int, end: int, kind: EntityType) -> float:
    """Return how much the mention at code points `start` to `end` of a text says about its subject, 0 to 1.

    Persons who are quoted are often the subject, and places are no sources.
    """
    if kind != "ORG":
        return 1.0
    is_source = _BEFORE.search(text[max(0, start - NEAR) : start]) or _AFTER.match(text[end : end + NEAR])
    return SOURCE_WEIGHT if is_source else 1.0
