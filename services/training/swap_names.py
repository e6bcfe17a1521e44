"""Sentences with sentiment labels, varied with other names, for teachers to label.

The sentiment of a sentence toward a name must come from the text and not from the name. When names are swapped
(counterfactual data augmentation, Lu et al. 2018, arXiv:1807.11714), a student cannot learn it from the names.
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
"""Share of new surnames that are invented."""

SWAPPED_ORGANISATIONS: Final = 0.3
"""Share of the mentions of organisations that are swapped: low, because their name often shows the topic."""

ORGANISATION_WORDS: Final = 3
"""Most words of an organisation's name that is used as a new name."""

PERSON_WORDS: Final = 2
"""Words of a person's name that is used: forename and surname."""

_PERSON_WORD = re.compile(r"[A-Z][a-zA-Z'’-]+")
_ORGANISATION_WORD = re.compile(r"[A-Z][a-zA-Z&-]+")


@dataclass(frozen=True, slots=True)
class NamePools:
    """Pools of names from which new names are drawn."""

    forenames: Sequence[str]
    surnames: Sequence[str]
    organisations: Sequence[str]

    @classmethod
    def from_names(cls, names: Names) -> NamePools:
        """Build the pools from the names of the labelled sets."""
        persons = [
            name for name in names["PER"] if len(name) == PERSON_WORDS and all(map(_PERSON_WORD.fullmatch, name))
        ]
        organisations = [
            " ".join(name)
            for name in names["ORG"]
            if len(name) <= ORGANISATION_WORDS and all(map(_ORGANISATION_WORD.fullmatch, name))
        ]
        forenames, surnames = (sorted({name[place] for name in persons}) for place in (0, 1))
        return cls(forenames, surnames, organisations)


def vary_sentences(
    sentences: Iterable[tuple[str, Sequence[Span], Sequence[DecodedSpan]]], pools: NamePools, times: int
) -> Iterator[str]:
    """Yield `times` variations of each sentence that has names; sentences are (text, spans of its words, entities).

    The variations depend on the text alone.
    """
    for text, words, entities in sentences:
        for number in range(1, times + 1):
            varied = swap_text_names(text, words, entities, pools, random.Random(f"{number}/{text}"))
            if varied is not None:
                yield varied


def swap_text_names(
    text: str, words: Sequence[Span], entities: Sequence[DecodedSpan], pools: NamePools, rng: random.Random
) -> str | None:
    """Return a sentence with other persons and some other organisations; None when it has no name to swap.

    Each word is replaced by the same other word everywhere, so that a surname still matches the full name.
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
        elif entity.type == "ORG" and rng.random() < SWAPPED_ORGANISATIONS:
            start, end = own[0][0], own[-1][1]
            organisations.setdefault(text[start:end], rng.choice(pools.organisations))
            edits.append((start, end, organisations[text[start:end]]))
    for start, end, name in sorted(edits, reverse=True):
        text = text[:start] + name + text[end:]
    return text if edits else None


def _draw_person(pools: NamePools, rng: random.Random, *, is_last: bool) -> str:
    if not is_last:
        return rng.choice(pools.forenames)
    surname = rng.choice(pools.surnames)
    return invent_name(rng) if rng.random() < INVENTED_SURNAMES else surname
