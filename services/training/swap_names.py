"""Sentences that say something of somebody, once more with other names, for teachers to label.

Whether a sentence is for or against a name must be read from what it says: with names exchanged (counterfactual data
augmentation, Lu et al. 2018, arXiv:1807.11714) a student cannot learn it from who is named.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.enrichment.models.pieces import Span
from services.enrichment.models.tag_decoding import DecodedSpan
from services.training.augment import Names, invent_name

INVENTED_SURNAMES: Final = 0.2
"""Share of the surnames that nobody bears."""

EXCHANGED_ORGANISATIONS: Final = 0.3
"""Share of the mentions of organisations: their name often says what a sentence is about."""

ORGANISATION_WORDS: Final = 3

_PERSON_WORD = re.compile(r"[A-Z][a-zA-Z'’-]+")
_ORGANISATION_WORD = re.compile(r"[A-Z][a-zA-Z&-]+")


@dataclass(frozen=True, slots=True)
class Pools:
    """What names are made of."""

    forenames: Sequence[str]
    surnames: Sequence[str]
    organisations: Sequence[str]

    @classmethod
    def of(cls, names: Names) -> Pools:
        """Take apart the names of the labelled sets."""
        persons = [name for name in names["PER"] if len(name) == 2 and all(map(_PERSON_WORD.fullmatch, name))]
        organisations = [
            " ".join(name)
            for name in names["ORG"]
            if len(name) <= ORGANISATION_WORDS and all(map(_ORGANISATION_WORD.fullmatch, name))
        ]
        forenames, surnames = (sorted({name[place] for name in persons}) for place in (0, 1))
        return cls(forenames, surnames, organisations)


def vary_sentences(
    sentences: Iterable[tuple[str, Sequence[Span], Sequence[DecodedSpan]]], pools: Pools, times: int
) -> Iterator[str]:
    """Yield each sentence `times` times, where it names anybody; `(text, spans of its words, entities)` are given.

    What comes out is decided by the text alone.
    """
    for text, words, entities in sentences:
        for number in range(1, times + 1):
            varied = exchange_names(text, words, entities, pools, random.Random(f"{number}/{text}"))
            if varied is not None:
                yield varied


def exchange_names(
    text: str, words: Sequence[Span], entities: Sequence[DecodedSpan], pools: Pools, rng: random.Random
) -> str | None:
    """Return a sentence with other persons and some other organisations; None where there is none to exchange.

    One word becomes one other word wherever it stands, so that a surname stays that of the full name.
    """
    persons: dict[str, str] = {}
    organisations: dict[str, str] = {}
    edits: list[tuple[int, int, str]] = []
    for entity in entities:
        own = words[entity.start : entity.end]
        if entity.type == "PER":
            for start, end in own:
                word = text[start:end]
                if _PERSON_WORD.fullmatch(word):
                    if word not in persons:
                        persons[word] = _draw_person(pools, rng, is_last=end == own[-1][1])
                    edits.append((start, end, persons[word]))
        elif entity.type == "ORG" and rng.random() < EXCHANGED_ORGANISATIONS:
            start, end = own[0][0], own[-1][1]
            organisations.setdefault(text[start:end], rng.choice(pools.organisations))
            edits.append((start, end, organisations[text[start:end]]))
    for start, end, name in sorted(edits, reverse=True):
        text = text[:start] + name + text[end:]
    return text if edits else None


def _draw_person(pools: Pools, rng: random.Random, *, is_last: bool) -> str:
    if not is_last:
        return rng.choice(pools.forenames)
    surname = rng.choice(pools.surnames)
    return invent_name(rng) if rng.random() < INVENTED_SURNAMES else surname
