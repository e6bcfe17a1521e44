"""Consistent types of names within an article: a clear occurrence of a name decides an unclear one.

The encoder reads each sentence without its surroundings, so that it may take an invented name for a person in the
headline and for a company in the body. Here all occurrences of one surface share their evidence, before the tags are
decoded. For occurrence i of a surface, let q(i, t) be the probability that exactly this span is an entity of type t, or
that none of its words is in an entity, given that one of these is true:

    q'(i, t)  ~  q(i, t) * pool(i, t) ** (2 * n / (n + 1))      in a headline q(i, t) ** (1 - 0.75 * n / (n + 1))

    pool(i, t) = weighted mean of q(j, t) over the other occurrences j, with a lower bound
    n          = sum of the weights of the other occurrences

An occurrence that may be part of a longer name (China in Bank of China) has little weight, and only the probability
that does not belong to the longer name is changed. This is the pooling of token labels over a document after Finkel,
Grenager and Manning (ACL 2005) and Krishnan and Manning (ACL 2006), in closed form.

The constants were chosen on articles of English Worldwide Newswire that are not held back; docs/tuning.md has scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.enrichment.encoder import Revision, TagProbabilities, Words
from services.enrichment.entities.names.acronyms import abbreviates, is_acronym
from services.enrichment.entities.names.surfaces import has_company_form
from services.enrichment.entities.tags.boundaries import correct_boundaries
from services.enrichment.entities.tags.definitions import complete_long_forms, complete_spelled_out
from services.enrichment.entities.tags.document_types import weigh_document
from services.enrichment.entities.tags.occurrences import (
    POSSESSIVES,
    FloatArray,
    Occurrences,
    Surface,
    WordRow,
    find_occurrences,
    lay_out,
)
from services.enrichment.entities.tags.orthography import apply_spelling
from services.enrichment.entities.tags.person_names import complete_persons
from services.enrichment.entities.tags.possessives import decide_possessives
from services.enrichment.labels import ENTITY_TYPES, OUTSIDE, TAG_INDEX

STRENGTH: Final = 2.0
"""Exponent of the pool for a surface with very many occurrences. With one other occurrence of full weight the exponent
is 1: two equally certain occurrences that disagree become equal, and never exchange their types."""

POOL_FLOOR: Final = 0.02
"""Probability added to each class of a pool, because a type that has no other occurrence in the article may still be
right here."""

PERSON_PART_WEIGHT: Final = 1.0
"""Weight of a full name as evidence that its first or last word alone is a person too."""

WHOLE_PERSON_WEIGHT: Final = 0.5
"""Weight of a surname alone as evidence that the full name is a person; the surname may also belong to a company."""

DOUBLE_SURNAME: Final = 3
"""Number of words of a surname with a hyphen, which is a word of its own."""

FORENAME_LOSS: Final = 30.0
"""Loss of the weight of a full name as evidence for its first word, for each mention of the person by the last word."""

COMPANY_WEIGHT: Final = 1.0
"""Weight of a company's full name as evidence that the name without Inc. or Group is a company too."""

DEFINITION_WEIGHT: Final = 1.0
"""Weight of a long form as evidence for the acronym that follows it in parentheses, and the reverse."""

HEADLINE_TRUST: Final = 0.25
"""Weight of an occurrence in a headline, relative to one in a sentence. A headline is often in capitals, or leaves out
the words that distinguish types."""

NEGLIGIBLE: Final = 1e-3
"""Minimum sum of the weights of the other occurrences; with less, nothing is changed."""

_BEGIN: Final = np.array([TAG_INDEX[f"B-{kind}"] for kind in ENTITY_TYPES])
_INNER: Final = np.array([TAG_INDEX[f"I-{kind}"] for kind in ENTITY_TYPES])
_OUT: Final = TAG_INDEX[OUTSIDE]
_PERSON: Final = ENTITY_TYPES.index("PER")
_COMPANY: Final = ENTITY_TYPES.index("ORG")
_TYPES: Final = len(ENTITY_TYPES)

_SMALLEST: Final = 1e-12
"""Lower bound that keeps divisions and logarithms finite."""


def build_consistency_revision(trust: Sequence[float] | None = None) -> Revision:
    """Return the revision for an article.

    `trust` is the weight of each of its sentences, 0 to 1; the default is 1 for all. A sentence without weight has no
    names.
    """

    def revise(words: Words, probabilities: Sequence[TagProbabilities]) -> Sequence[TagProbabilities]:
        if not any(len(sentence) for sentence in words):
            return probabilities
        article = lay_out(words, probabilities)
        weights = np.ones(len(words)) if trust is None else np.asarray(trust, dtype=np.float64)
        _silence(article, weights)
        apply_spelling(article)
        correct_boundaries(article)
        complete_long_forms(article)
        complete_spelled_out(article)
        complete_persons(article)
        weigh_document(article, int(np.argmax(weights >= weights.max())))
        decide_possessives(article)
        found = find_occurrences(article)
        if len(found.ids):
            _revise(article, found, weights[article.sentences[found.starts]])
        ends = np.cumsum([len(sentence) + 1 for sentence in words])
        return [article.probabilities[end - 1 - len(rows) : end - 1] for end, rows in zip(ends, words, strict=True)]

    return revise


def _silence(article: WordRow, trust: FloatArray) -> None:
    """Make the words of sentences without weight certainly no part of a name."""
    if trust.min() <= 0:
        silent = trust[article.sentences] <= 0
        article.probabilities[silent] = 0.0
        article.probabilities[silent, _OUT] = 1.0


def _revise(article: WordRow, found: Occurrences, trust: NDArray[np.float64]) -> None:
    """Change the probabilities of an article in place."""
    local = _read_occurrences(article, found)
    total = local.sum(axis=1)
    shares = local / np.maximum(total, _SMALLEST)[:, None]
    mass = total * _weigh_neighbours(article.probabilities, found)
    weights = (mass * trust)[:, None]
    pools = np.zeros((len(found.surfaces), _TYPES + 1))
    np.add.at(pools, found.ids, weights * shares)
    evidence = (pools + _share_evidence(article, found, pools))[found.ids] - weights * shares
    count = evidence.sum(axis=1, keepdims=True)
    pool = evidence / np.maximum(count, _SMALLEST) + POOL_FLOOR
    share = count / (count + 1)
    own = shares ** (1 - (1 - trust[:, None]) * share)
    revised = own * (pool / pool.sum(axis=1, keepdims=True)) ** (STRENGTH * share)
    revised /= np.maximum(revised.sum(axis=1, keepdims=True), _SMALLEST)
    change = np.where(count > NEGLIGIBLE, (revised - shares) * mass[:, None], 0.0)
    _apply(article.probabilities, found, change)


def _read_occurrences(article: WordRow, found: Occurrences) -> FloatArray:
    """Return (occurrences, types + 1): the probability of each type for exactly this span, and of no entity at all."""
    rows = article.probabilities
    exact, outside = rows[found.starts][:, _BEGIN], rows[found.starts, _OUT].copy()
    for words, places in _list_later_words(found):
        exact[places] *= rows[words][:, _INNER]
        outside[places] *= rows[words, _OUT]
    exact *= 1 - rows[found.ends][:, _INNER]
    return np.column_stack([exact, outside])


def _weigh_neighbours(rows: FloatArray, found: Occurrences) -> FloatArray:
    """Return the probability that no word beside an occurrence is in a person's name, which it would then belong to.

    April in "April Devereux" is another word than April in "in April", however often the article has the month.
    """
    free = 1 - rows[:, _BEGIN[_PERSON]] - rows[:, _INNER[_PERSON]]
    return free[found.starts - 1] * free[found.ends]


def _list_later_words(found: Occurrences) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the second, third, … words of the occurrences that are long enough, each with the occurrences' indexes."""
    lengths = found.ends - found.starts
    steps = []
    for step in range(1, int(lengths.max())):
        places = np.flatnonzero(lengths > step)
        steps.append((found.starts[places] + step, places))
    return steps


def _apply(rows: FloatArray, found: Occurrences, change: FloatArray) -> None:
    """Move probability between the tags of each occurrence's words; the probability of longer names stays."""
    before = rows.copy()
    kinds, outside = change[:, :_TYPES], change[:, _TYPES]
    np.add.at(rows, (found.starts[:, None], _BEGIN), kinds)
    np.add.at(rows[:, _OUT], found.starts, outside)
    for words, places in _list_later_words(found):
        np.add.at(rows, (words[:, None], _INNER), kinds[places])
        np.add.at(rows[:, _OUT], words, outside[places])
    changed = np.flatnonzero((rows != before).any(axis=1))
    # Overlapping surfaces may together subtract more from a tag than it had.
    positive = np.maximum(rows[changed], _SMALLEST)
    rows[changed] = positive / positive.sum(axis=1, keepdims=True)


def _share_evidence(article: WordRow, found: Occurrences, pools: FloatArray) -> FloatArray:
    """Return the evidence that each surface gets from related ones: part and whole, acronym and long form."""
    shared = np.zeros_like(pools)
    numbers = {surface: number for number, surface in enumerate(found.surfaces)}
    for surface, number in numbers.items():
        if len(surface) == 1:
            continue
        if has_company_form(surface):
            # A company is called by the first words of its name, with or without Inc.
            for length in range(1, len(surface)):
                if surface[:length] in numbers:
                    shared[numbers[surface[:length]], _COMPANY] += COMPANY_WEIGHT * pools[number, _COMPANY]
        _share_person(numbers, surface, pools, shared)
    for long, short in sorted(_find_definitions(article, found)):
        shared[short, :_TYPES] += DEFINITION_WEIGHT * pools[long, :_TYPES]
        shared[long, :_TYPES] += DEFINITION_WEIGHT * pools[short, :_TYPES]
    return shared


def _share_person(numbers: Mapping[Surface, int], surface: Surface, pools: FloatArray, shared: FloatArray) -> None:
    """Share the evidence of a full name with its first word and its surname, and the other way with the surname.

    The more the article calls the person by the surname, the less it means the person by the first word alone.
    """
    has_double_surname = len(surface) > DOUBLE_SURNAME and surface[-2] == "-"
    whole, first = numbers[surface], numbers.get(surface[:1])
    last = numbers.get(surface[-DOUBLE_SURNAME:] if has_double_surname else surface[-1:])
    surname = pools[last, _PERSON] if last is not None else 0.0
    if last is not None:
        shared[last, _PERSON] += PERSON_PART_WEIGHT * pools[whole, _PERSON]
        shared[whole, _PERSON] += WHOLE_PERSON_WEIGHT * surname
    if first is not None and first != last:
        shared[first, _PERSON] += PERSON_PART_WEIGHT * pools[whole, _PERSON] / (1 + FORENAME_LOSS * surname)


def _find_definitions(article: WordRow, found: Occurrences) -> set[tuple[int, int]]:
    """Return pairs of surfaces: a long form, and the acronym in parentheses behind it or right before its own."""
    numbers = {surface[0]: number for number, surface in enumerate(found.surfaces) if len(surface) == 1}
    words = article.words
    pairs = set()
    for number, start, end in zip(found.ids.tolist(), found.starts.tolist(), found.ends.tolist(), strict=True):
        long = found.surfaces[number]
        if len(long) == 1:
            continue
        opening = end + (words[end] in POSSESSIVES)
        if words[opening] == "(" and words[opening + 2 : opening + 3] == [")"]:
            short = words[opening + 1]
        elif words[end] == ")" and start > 1 and words[start - 1] == "(":
            short = words[start - 2]
        else:
            continue
        if short in numbers and is_acronym(short) and abbreviates(" ".join(long), short):
            pairs.add((number, numbers[short]))
    return pairs
