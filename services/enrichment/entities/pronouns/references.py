"""References: pronouns, and descriptions such as "the mayor", by which a text means what it named before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from services.enrichment.entities.tags.possessives import FUNCTION_WORDS, PAST_FORMS

Form = Literal["he", "she", "it", "they", "description"]

PRONOUNS: Final[Mapping[str, Form]] = {
    **dict.fromkeys(("he", "him", "his", "himself"), "he"),
    **dict.fromkeys(("she", "her", "hers", "herself"), "she"),
    **dict.fromkeys(("it", "its", "itself"), "it"),
    **dict.fromkeys(("they", "them", "their", "theirs", "themselves"), "they"),
}
"""Pronouns of the third person, with the form that is named for all of one number and gender."""

_BEHIND_NOUN = "|".join(sorted(FUNCTION_WORDS | PAST_FORMS))
_NOT_HEAD = "|".join(sorted(FUNCTION_WORDS | PRONOUNS.keys()))
_REFERENCE = re.compile(
    rf"""\b(?=[hsitHSIT])(?:(?P<pronoun>[Hh](?:e|im|is|imself|er|ers|erself)|[Ss]he|[Ii]t(?:s|self)?
        |[Tt]he(?:y|m|ir|irs|mselves))
    |[Tt]h(?:e|is)\ (?:[\w-]+\ )??(?P<head>(?!(?:{_NOT_HEAD})\b)[a-z][a-z-]+)
     (?=['’]s?\b|[]"”.,;:!?)–—]|$|\ (?:[(–—-]|(?:{_BEHIND_NOUN}|[a-z-]+(?:ed|ly|s))\b)))\b""",
    re.VERBOSE,
)
_EXPLETIVE = re.compile(
    r"""\s(?:(?:will|would|may|might|has|had|could|can|should)\s)?
    (?:is|was|be|been|being|seems?|seemed|appears?|appeared|takes?|took)\b[^.;:]{1,60}?\b(?:that|to|for|who|if)\b""",
    re.VERBOSE,
)


class Reference(NamedTuple):
    """A reference at code points `start` to `end` of its sentence, half open.

    `head` is the noun of a description in lower case, and the pronoun itself of a pronoun.
    """

    start: int
    end: int
    form: Form
    head: str


def find_references(sentence: str) -> tuple[Reference, ...]:
    """Return the references of a sentence, in order, without overlap.

    A description ends where its noun must end: at a mark, or before a verb, a preposition or a conjunction. "It" that
    only fills the place of a subject, as in "it is clear that", is no reference.
    """
    found = []
    for match in _REFERENCE.finditer(sentence):
        pronoun = match["pronoun"]
        head = (pronoun or match["head"]).lower()
        form = PRONOUNS[head] if pronoun else "description"
        if head == "it" and _EXPLETIVE.match(sentence, match.end()):
            continue
        found.append(Reference(*match.span(), form, head))
    return tuple(found)
