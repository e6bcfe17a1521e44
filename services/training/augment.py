"""Variations of labelled sentences: other names, and other use of capitals.

A network that memorises the names of its training sets fails first on next year's news. Headlines and lines in capitals
or small letters differ from body text by their capitals alone.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from services.enrichment.labels import find_spans
from services.training.corpus import Example

SWAPPED_TYPES: Final = ("PER", "ORG", "LOC")
"""Types whose names can replace each other; a MISC may be an adjective or the title of a book."""

SWAP_SENTENCES: Final = 0.25
"""Share of sentences in which names are swapped."""

SWAP_MENTIONS: Final = 0.5
"""Share of the mentions of such a sentence that get another name."""

INVENTED_NAMES: Final = 0.4
"""Share of the swapped names of one word that are invented: only the words around such a name show its type."""

ONSETS: Final = "b br c d dr f fl g gr h j k kl l m n p pr qu r s sl st t tr v w z".split()
VOWELS: Final = "a a e e i i o o u ia".split()
CODAS: Final = ["", "", "", "l", "m", "n", "nd", "r", "rk", "s", "t", "x"]
"""Parts of the syllables of invented names: pronounceable, and of no particular language."""

LOWER_SENTENCES: Final = 0.03
UPPER_SENTENCES: Final = 0.03
HEADLINE_SENTENCES: Final = 0.06
"""Shares of sentences rewritten in lower case, in capitals, and in headline case; they are rare in news too."""

SMALL_WORDS: Final = frozenset("a an and as at but by for from in of on or the to with".split())
"""Words that headline case leaves in small letters."""

LONGEST_ACRONYM: Final = 3
"""Letters up to which a name in capitals may be an acronym and not a name written in capitals."""

Names = dict[str, list[tuple[str, ...]]]


def collect_names(examples: Iterable[Example]) -> Names:
    """Return the distinct names of each type in SWAPPED_TYPES, sorted, so that the seed alone decides the result."""
    names: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for example in examples:
        for start, end, kind in find_spans(list(example.tags)):
            if kind in SWAPPED_TYPES:
                names[kind].add(example.tokens[start:end])
    return {kind: sorted(members) for kind, members in sorted(names.items())}


def vary(example: Example, names: Names, rng: random.Random) -> Example:
    """Return the example or a variation of it; tokens and length in code points may change."""
    if example.tokens and rng.random() < SWAP_SENTENCES:
        example = swap_names(example, names, rng)
    return recase(example, rng)


def swap_names(example: Example, names: Names, rng: random.Random) -> Example:
    """Swap names for other names of their type; a name in capitals is replaced by one in capitals."""
    spans = {start: (end, kind) for start, end, kind in find_spans(list(example.tags))}
    tokens: list[str] = []
    tags: list[str] = []
    position = 0
    while position < len(example.tokens):
        end, kind = spans.get(position, (position + 1, ""))
        surface = example.tokens[position:end]
        if kind in SWAPPED_TYPES and rng.random() < SWAP_MENTIONS:
            surface = _match_case(surface, _choose_name(names[kind], rng))
            tags += [f"B-{kind}"] + [f"I-{kind}"] * (len(surface) - 1)
        else:
            tags += example.tags[position:end]
        tokens += surface
        position = end
    return replace(example, tokens=tuple(tokens), tags=tuple(tags))


def recase(example: Example, rng: random.Random) -> Example:
    """Rewrite some sentences in lower case, in capitals, or in headline case."""
    draw = rng.random()
    if draw < LOWER_SENTENCES:
        return _map_case(example, str.lower)
    if draw < LOWER_SENTENCES + UPPER_SENTENCES:
        return _map_case(example, str.upper)
    if draw < LOWER_SENTENCES + UPPER_SENTENCES + HEADLINE_SENTENCES:
        return _map_case(example, headline_case)
    return example


def headline_case(word: str) -> str:
    """Write one word as in a headline: with a capital, unless it is a small word."""
    if word in SMALL_WORDS or not word[:1].islower():
        return word
    return word[0].upper() + word[1:]


def invent_name(rng: random.Random) -> str:
    """Invent a name: a capitalised word of two or three syllables."""
    syllables = (rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(rng.randint(2, 3)))
    return ("".join(syllables) + rng.choice(CODAS)).capitalize()


def _choose_name(names: Sequence[tuple[str, ...]], rng: random.Random) -> tuple[str, ...]:
    name = rng.choice(names)
    return (invent_name(rng),) if len(name) == 1 and rng.random() < INVENTED_NAMES else name


def _match_case(model: tuple[str, ...], name: tuple[str, ...]) -> tuple[str, ...]:
    is_in_capitals = len("".join(model)) > LONGEST_ACRONYM and all(token.isupper() for token in model)
    return tuple(token.upper() for token in name) if is_in_capitals else name


def _map_case(example: Example, change: Callable[[str], str]) -> Example:
    if example.tokens:
        return replace(example, tokens=tuple(change(token) for token in example.tokens))
    text = " ".join(change(word) for word in example.text.split(" "))
    # Some letters are longer in the other case and would move the targets.
    return replace(example, text=text) if len(text) == len(example.text) else example
