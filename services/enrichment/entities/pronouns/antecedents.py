"""Antecedents: the entity that a pronoun or a description means, where the article says clearly which.

Every entity has a weight at each place of the text: the strength of its mentions before that place, by their place in
the sentence, halved and more for each sentence since. Of the entities that agree with the reference in type, gender and
noun, one is meant if it has nearly all of the weight. This follows Lappin and Leass, "An algorithm for pronominal
anaphora resolution" (Computational Linguistics 1994), without a parser: a mention's place shows in the words around it.

A pronoun in a quotation never means the speaker, and the pronoun of a speaker never means anyone in the quotation.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.enrichment.entities.pronouns.agreement import GENDERED, GENERIC, Profile
from services.enrichment.entities.pronouns.references import Form, Reference
from services.enrichment.entities.tags.possessives import FUNCTION_WORDS

DECAY: Final = 0.4
"""Factor of an entity's weight for each sentence."""

SUBJECT: Final = 1.0
OBJECT: Final = 0.5
POSSESSOR: Final = 0.6
OBLIQUE: Final = 0.4
"""Weights of a mention by its place: the subject of a sentence, another place, before 's, behind a preposition."""

SAME_CLAUSE: Final = 0.1
"""Factor of the mentions before an object pronoun in its own sentence: "Falk kicked him" is not of Falk."""

UNNAMED: Final[Mapping[Form, float]] = {"he": 0.02, "she": 0.02, "it": 0.1, "they": 0.15, "description": 0.02}
"""Weight of what the article does not name. "It" and "they" often mean a thing or people without a name."""

UNNAMED_SUBJECT: Final = 1.0
"""Weight of a person without a name who is the subject of a sentence: "A neighbour said she ..."."""

CLEAR: Final = 0.7
"""Share of the weight from which an entity is clearly meant."""

FAINT: Final = 0.01
"""Weight below which an entity is forgotten: alone it has less than a fifth of the weight of a pronoun then."""

CERTAIN: Final = 0.9
"""The same for a pronoun that shows the gender of a person."""

OUTVOTED: Final = 2
"""Least ratio between the pronouns of one gender and the other that show a person's gender."""

TYPES: Final[Mapping[Form, Mapping[str, float]]] = {
    "he": {"PER": 1.0},
    "she": {"PER": 1.0},
    "it": {"ORG": 1.0, "LOC": 0.5, "MISC": 0.5},
    "they": {"ORG": 1.0, "MISC": 0.7},
}
"""Factors of the types of entities that a pronoun can mean."""

_PREPOSITIONS = frozenset(
    """of in on at by for from to with against about before after between near under over into onto through during
    without within among as than like toward towards behind beside beyond""".split()
)
_LAST_WORD = re.compile(r"([A-Za-z]+)\W*$")
_WORD_CONTEXT: Final = 20
"""Characters before a mention in which a preposition is searched."""

_VERB_BEHIND = re.compile(
    r"(?:\ \([^)]*\))?,?\ (?:who\ )?"
    r"(?:is|was|has|had|will|would|can|could|may|might|must|did|does|said|says|told|[a-z]+ed)\b"
)
_POSSESSIVE = re.compile(r"['’]s?\b|['’]\s")
_COORDINATION = re.compile(r"(?:\ and|,(?:\ and)?|\ or|\ &)\ (?:[\w.]+\ )?")
_QUOTATION = re.compile(r"[“\"][^”\"]*(?:[”\"]|$)")
_UNNAMED_SUBJECT = re.compile(r"[\"“'‘(]*(?:A|An|One|Another)\ ")
_UNNAMED_SPEAKER = re.compile(r"[\"”]\ (?:said|says|added)\ (?:a|an|one|another)\ ")
_SUBORDINATE = re.compile(
    r"(?:Although|Though|While|When|After|Before|Since|As|Because|If|Despite|In|With|For|Like|Unlike|Once)\b[^,]*,"
)
_OBJECTS = frozenset({"him", "himself", "them"})
_NO_NOUN = re.compile(rf"[^\w\s]|\s*$|\s(?:{'|'.join(sorted(FUNCTION_WORDS))})\b")
_CLAUSE_END = re.compile(r"[,;:—–]|\b(?:that|and|but|when|after|before|because|who|said|says)\b")


@dataclass(frozen=True, slots=True)
class PlacedMention:
    """A mention of entity number `entity` at code points `start` to `end` of its sentence."""

    start: int
    end: int
    entity: int


@dataclass(frozen=True, slots=True)
class MarkedSentence:
    """A sentence with its mentions and references, each in order."""

    text: str
    mentions: Sequence[PlacedMention]
    references: Sequence[Reference]


Shares = Mapping[int, float]
"""Shares of the entities in the weight of all that a reference can mean; with a share of CLEAR an entity is meant."""


def find_antecedents(sentences: Sequence[MarkedSentence], profiles: Sequence[Profile]) -> list[list[Shares]]:
    """Return the entities that each reference of each sentence may mean.

    Where there are several persons, it reads the article twice: the clear pronouns of the first reading show the gender
    of persons to the second.
    """
    layouts = [*map(_lay_out, sentences)]
    resolved = _resolve(layouts, profiles)
    if sum(profile.type == "PER" for profile in profiles) <= 1:
        return resolved
    observed = _observe_genders(sentences, profiles, resolved)
    return _resolve(layouts, observed) if observed != profiles else resolved


def _observe_genders(
    sentences: Sequence[MarkedSentence], profiles: Sequence[Profile], resolved: Sequence[Sequence[Shares]]
) -> list[Profile]:
    votes: Counter[tuple[int, Form]] = Counter()
    for sentence, own in zip(sentences, resolved, strict=True):
        for reference, shares in zip(sentence.references, own, strict=True):
            if reference.form in ("he", "she"):
                votes.update((entity, reference.form) for entity, share in shares.items() if share >= CERTAIN)
    observed = []
    for number, profile in enumerate(profiles):
        he, she = votes[number, "he"], votes[number, "she"]
        gender = profile.gender
        if gender is None and max(he, she) > OUTVOTED * min(he, she):
            gender = "he" if he > she else "she"
        observed.append(Profile(profile.type, profile.heads, gender))
    return observed


@dataclass(frozen=True, slots=True)
class _Layout:
    """Evidence about the mentions and references of a sentence from its own words; other sentences do not matter.

    `strengths` has the strength of each mention by its place, `quotations` the spans in quotation marks, `opening` the
    end of a subordinate clause that begins the sentence (0 without one). `unnamed` is the weight of a person without a
    name.
    """

    sentence: MarkedSentence
    strengths: Sequence[float]
    quotations: Sequence[tuple[int, int]]
    opening: int
    unnamed: float


def _lay_out(sentence: MarkedSentence) -> _Layout:
    text = sentence.text
    is_quoting = '"' in text or "“" in text or "”" in text
    has_unnamed = _UNNAMED_SUBJECT.match(text) or (is_quoting and _UNNAMED_SPEAKER.search(text))
    unnamed = UNNAMED_SUBJECT if has_unnamed else 0.0
    strengths = _weigh_mentions(sentence)
    if not sentence.references:
        return _Layout(sentence, strengths, (), 0, unnamed)
    quotations = [match.span() for match in _QUOTATION.finditer(text)] if is_quoting else []
    opening = _SUBORDINATE.match(text)
    return _Layout(sentence, strengths, quotations, opening.end() if opening else 0, unnamed)


def _resolve(layouts: Sequence[_Layout], profiles: Sequence[Profile]) -> list[list[Shares]]:
    resolver = _Resolver(profiles)
    return [resolver.read(layout) for layout in layouts]


class _Resolver:
    """A reader of an article's sentences in order, with the weight of each entity so far."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self._profiles = profiles
        self._nouns = GENERIC.keys() | set[str]().union(*(profile.heads for profile in profiles))
        self._fits: dict[str, dict[int, float]] = {}
        self._weights: dict[int, float] = {}
        self._unnamed = 0.0

    def read(self, layout: _Layout) -> list[Shares]:
        """Return the shares of each reference of a sentence, and add the sentence's mentions to the weights."""
        sentence, quotations = layout.sentence, layout.quotations
        if not sentence.references and not sentence.mentions:
            self._advance({}, layout.unnamed)
            return []
        meant: dict[bool, set[int]] = {True: set(), False: set()}
        found: list[Shares] = []
        for reference in sentence.references:
            if reference.form == "description" and reference.head not in self._nouns:
                found.append({})
                continue
            is_quoted = _is_quoted(reference.start, quotations)
            here = _select_mentions(layout, reference, is_quoted=is_quoted)
            before = meant[is_quoted]
            here.update(dict.fromkeys(before, SUBJECT))
            factor = SAME_CLAUSE if _is_same_clause(sentence.text, 0, reference) else 1.0
            barred = _find_barred(sentence, reference, quotations)
            shares = self._share(reference, here, barred, layout.unnamed * factor)
            before.update(entity for entity, share in shares.items() if share >= CLEAR)
            found.append(shares)
        own = dict.fromkeys(meant[True] | meant[False], SUBJECT)
        for mention, strength in zip(sentence.mentions, layout.strengths, strict=True):
            own[mention.entity] = max(own.get(mention.entity, 0.0), strength)
        self._advance(own, layout.unnamed)
        return found

    def _advance(self, own: Mapping[int, float], unnamed: float) -> None:
        """Go to the next sentence: weaken all weights, and add the strengths `own` of the last sentence."""
        faded = {entity: weight * DECAY for entity, weight in self._weights.items()}
        self._weights = {entity: weight for entity, weight in faded.items() if weight >= FAINT}
        for entity, strength in own.items():
            self._weights[entity] = self._weights.get(entity, 0.0) + strength
        self._unnamed = self._unnamed * DECAY + unnamed

    def _share(self, reference: Reference, here: Mapping[int, float], barred: Container[int], unnamed: float) -> Shares:
        fits = self._find_fits(reference)
        weights = {}
        for entity in {**self._weights, **here}:
            if entity in fits and entity not in barred:
                weight = self._weights.get(entity, 0.0) * DECAY + here.get(entity, 0.0)
                weights[entity] = fits[entity] * weight
        if reference.form == "description":
            direct = {entity: w for entity, w in weights.items() if reference.head in self._profiles[entity].heads}
            weights = direct or weights
        total = sum(weights.values()) + UNNAMED[reference.form]
        if reference.form in ("he", "she"):
            total += self._unnamed * DECAY + unnamed
        return {entity: weight / total for entity, weight in weights.items()}

    def _find_fits(self, reference: Reference) -> Mapping[int, float]:
        """Return how well each entity agrees with a reference, without those that do not."""
        key = reference.head if reference.form == "description" else reference.form
        found = self._fits.get(key)
        if found is None:
            fits = enumerate(self._fit(reference, entity) for entity in range(len(self._profiles)))
            found = self._fits[key] = {entity: fit for entity, fit in fits if fit > 0}
        return found

    def _fit(self, reference: Reference, entity: int) -> float:
        """Return how well an entity agrees with a reference, 0 to 1."""
        profile = self._profiles[entity]
        if reference.form != "description":
            agrees = profile.gender is None or reference.form not in ("he", "she") or profile.gender == reference.form
            return TYPES[reference.form].get(profile.type, 0.0) * agrees
        if reference.head in profile.heads:
            return 1.0
        gender = GENDERED.get(reference.head)
        return float(GENERIC.get(reference.head) == profile.type and (not gender or profile.gender in (None, gender)))


def _weigh_mentions(sentence: MarkedSentence) -> list[float]:
    """Return the strength of each mention by its place in the sentence."""
    strengths: list[float] = []
    for index, mention in enumerate(sentence.mentions):
        previous = sentence.mentions[index - 1] if index else None
        if previous and _COORDINATION.fullmatch(sentence.text, previous.end, mention.start):
            strengths.append(strengths[-1])
        else:
            strengths.append(_weigh_place(sentence.text, mention, is_first=not index))
    return strengths


def _weigh_place(text: str, mention: PlacedMention, *, is_first: bool) -> float:
    if _read_last_word(text[max(0, mention.start - _WORD_CONTEXT) : mention.start]).lower() in _PREPOSITIONS:
        return OBLIQUE
    if _POSSESSIVE.match(text, mention.end):
        return POSSESSOR
    return SUBJECT if is_first or _VERB_BEHIND.match(text, mention.end) else OBJECT


def _read_last_word(text: str) -> str:
    """Return the last word of a text; "" if something other than marks and blanks follows its letters."""
    word = text[:-1].rpartition(" ")[2] if text.endswith(" ") else ""
    if word.isascii() and word.isalpha():
        return word
    match = _LAST_WORD.search(text)
    return match[1] if match else ""


def _select_mentions(layout: _Layout, reference: Reference, *, is_quoted: bool) -> dict[int, float]:
    """Return the strength of the entities that a reference can mean by a mention in its own sentence.

    These are the mentions before it and, where a clause that begins the sentence has the reference, the first behind
    that clause: "Although he had sworn ..., Corrigan".
    """
    sentence, quotations = layout.sentence, layout.quotations
    is_ahead = reference.start < layout.opening
    selected: dict[int, float] = {}
    for mention, strength in zip(sentence.mentions, layout.strengths, strict=True):
        if mention.start <= reference.start < mention.end or _is_quoted(mention.start, quotations) != is_quoted:
            continue
        if mention.end <= reference.start:
            factor = SAME_CLAUSE if _is_same_clause(sentence.text, mention.end, reference) else 1.0
            selected[mention.entity] = max(selected.get(mention.entity, 0.0), strength * factor)
        elif is_ahead and mention.start >= layout.opening:
            selected[mention.entity] = SUBJECT
            break
    return selected


def _find_barred(
    sentence: MarkedSentence, reference: Reference, quotations: Sequence[tuple[int, int]]
) -> frozenset[int]:
    """Return the entities that the sentence names on the other side of quotation marks alone: speaker and spoken of."""
    if not quotations or reference.form not in ("he", "she"):
        return frozenset()
    own = _is_quoted(reference.start, quotations)
    sides = {entity: set[bool]() for entity in (mention.entity for mention in sentence.mentions)}
    for mention in sentence.mentions:
        sides[mention.entity].add(_is_quoted(mention.start, quotations) == own)
    return frozenset(entity for entity, side in sides.items() if side == {False})


def _is_same_clause(text: str, start: int, reference: Reference) -> bool:
    """Return whether a reference is an object in the same clause as what is at `start`, as far as words show it."""
    is_object = reference.head in _OBJECTS or (reference.head == "her" and _NO_NOUN.match(text, reference.end))
    return bool(is_object) and _CLAUSE_END.search(text, start, reference.start) is None


def _is_quoted(place: int, quotations: Sequence[tuple[int, int]]) -> bool:
    return bool(quotations) and any(start < place < end for start, end in quotations)
