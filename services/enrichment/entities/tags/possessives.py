"""Possessives: whether the 's behind a name belongs to the name, as in McDonald's and Moody's, or only follows it.

The encoder decides for each mention, mostly by whether it knows the name. An article has more evidence:

- a name that occurs without 's does not own one
- the word after a possessive continues its noun phrase; a name with its own 's is also followed by verbs, prepositions,
  conjunctions and marks, as every name is
- a name that occurs several times, and never without 's, owns it
- a name that owns its 's is not a person's
- an acronym of the name in brackets shows that the 's only follows the name: the Peace Council's (PC)

The evidence is added up in logits, for all mentions of one name together, so that an article has one answer.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.enrichment.entities.names.acronyms import has_initials
from services.enrichment.entities.tags.occurrences import GAP, POSSESSIVES, FloatArray, WordRow
from services.enrichment.entities.tags.tag_edits import BEGIN, CERTAIN, INNER, OUT, clear, move
from services.enrichment.labels import TAGS

FUNCTION_WORDS: Final = frozenset(
    """a about after against along also although among an and are around as at be because been before but by can could
    did do does during for from had has have he if in into is it its may might more must near nor not now of off on
    onto or our out over she should since so than that the their them then there these they this though through to
    until up upon was we were when where which while who will with without would""".split()
)
"""Words of the closed classes that cannot come between a possessive and its noun."""

PAST_FORMS: Final = frozenset(
    """became began bought built came chose cut did drew fell found gave got grew held hit kept knew led left lost made
    met paid put ran rose said saw says sent set sold spent spoke stood took told went won wrote""".split()
)
"""Past forms of irregular verbs that news has often; regular ones end in -ed."""

VERB_LOGIT: Final = 2.5
"""Evidence that a name owns its 's when a function word or a verb follows."""

MARK_LOGIT: Final = 1.5
"""The same for a mark: a possessive may end a sentence, and some styles put a ticker behind it."""

REPEATED_LOGIT: Final = 1.0
"""The same for each further mention of a name that has none without 's."""

MOST_REPEATED: Final = 3
"""Most further mentions that count."""

ACRONYM_LOGIT: Final = -5.0
"""The same for an acronym in brackets that has the initials of the name."""

SLIGHTEST: Final = 1e-3
"""Bound of a probability before it is made a logit."""

_MARKS = frozenset({GAP, *".,;:!?"})

_INNERS = frozenset(INNER.values())

Surface = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Possessive:
    """The word 's at `place`, behind a name of the type `kind`."""

    place: int
    kind: str


def decide_possessives(article: WordRow) -> None:
    """Decide for each 's behind a name whether the name has it, and change the probabilities in place."""
    found = _find_possessives(article)
    if not found:
        return
    for surface, members in found.items():
        owns = _sum_evidence(article, surface, members) > 0 and not _occurs_without(article, surface, members)
        for member in members:
            clear(article.probabilities, member.place, member.place + 1)
            if owns:
                _own(article.probabilities, member, len(surface))


def _own(rows: FloatArray, member: _Possessive, length: int) -> None:
    """Make the 's a part of the name before it, which then is no person's."""
    kind = member.kind
    if kind == "PER":
        kind = "ORG"
        for word in range(member.place - length, member.place):
            move(rows, word, BEGIN["PER"], BEGIN[kind])
            move(rows, word, INNER["PER"], INNER[kind])
    rows[member.place, OUT] = 1 - CERTAIN
    rows[member.place, INNER[kind]] = CERTAIN


def _find_possessives(article: WordRow) -> dict[Surface, list[_Possessive]]:
    """Return the possessives behind each name, by the name in lower case."""
    places = [place for mark in POSSESSIVES for place in article.marks[mark] if place]
    found: dict[Surface, list[_Possessive]] = defaultdict(list)
    if not places:
        return found
    tags = article.probabilities.argmax(axis=1)
    for place in places:
        if tags[place - 1] == OUT:
            continue
        kind = TAGS[tags[place - 1]][2:]
        # A name that continues behind the 's is left to the encoder.
        if tags[place + 1] in _INNERS:
            continue
        start = place - 1
        while start and tags[start] == INNER[kind]:
            start -= 1
        found[tuple(word.lower() for word in article.words[start:place])].append(_Possessive(place, kind))
    return found


def _occurs_without(article: WordRow, surface: Surface, members: Sequence[_Possessive]) -> bool:
    """Return whether a name occurs without 's behind it, as written or in other capitals."""
    words, length = article.words, len(surface)
    firsts = {words[member.place - length] for member in members}
    firsts |= {surface[0].upper(), surface[0].title()}
    return any(
        words[start + length] not in POSSESSIVES
        for start in article.find(firsts)
        if tuple(word.lower() for word in words[start : start + length]) == surface
    )


def _sum_evidence(article: WordRow, surface: Surface, members: Sequence[_Possessive]) -> float:
    logits = [_weigh(article, surface, member) for member in members]
    return sum(logits) / len(logits) + REPEATED_LOGIT * min(len(logits) - 1, MOST_REPEATED)


def _is_defined(words: Sequence[str], place: int, surface: Surface) -> bool:
    """Return whether an acronym of a name is in brackets behind its 's."""
    return words[place + 3 : place + 4] == [")"] and has_initials(" ".join(surface), words[place + 2])


def _weigh(article: WordRow, surface: Surface, member: _Possessive) -> float:
    kinds = {member.kind, "ORG"} if member.kind == "PER" else {member.kind}
    own = sum(article.probabilities[member.place, INNER[kind]] for kind in kinds)
    chance = float(np.clip(own, SLIGHTEST, 1 - SLIGHTEST))
    logit = math.log(chance / (1 - chance))
    following = article.words[member.place + 1]
    if following == "(" and _is_defined(article.words, member.place, surface):
        return logit + ACRONYM_LOGIT
    if following in FUNCTION_WORDS or following in PAST_FORMS or (following.islower() and following.endswith("ed")):
        return logit + VERB_LOGIT
    return logit + MARK_LOGIT * (following in _MARKS)
