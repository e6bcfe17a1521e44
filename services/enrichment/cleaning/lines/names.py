"""The test whether a text is made of names, which tells a credit from a sentence that begins with the same words."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\s/,;:|()\[\]&+]+")

CONNECTORS = frozenset(
    """
    and by in of for the via with from at on to de da di del della van von der den bin al el la le y e et und
    photo photos photograph photographs photographer image images picture illustration graphic video credit credits
    file courtesy handout pool supplied provided archive collection contributed staff reporting editing writing
    additional further compiled produced edited written reported research graphics
    """.split()
)
"""Words in small letters that are between names, or say what the named person did."""


def count_plain_words(text: str) -> int:
    """Return the number of words of a text that are neither names, figures, addresses nor connectors.

    A word without a capital is no name. In scripts without capitals no word counts.
    """
    return sum(
        1
        for word in WORD.findall(text)
        if word[0].islower() and word.rstrip(".!?").casefold() not in CONNECTORS and "." not in word.rstrip(".")
    )
