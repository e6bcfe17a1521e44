"""Profile of a story: its strongest terms and its facts, packed into some hundred bytes.

All numbers are integers, so that a profile that was read back from the log equals the one that was written.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.enrichment.stories.features.extraction import NAME
from services.enrichment.stories.similarity.article_view import ArticleView

TERM_FORMAT: Final = "IHHHB"
FACT_FORMAT: Final = "BII"
TERM: Final = struct.Struct(f"<{TERM_FORMAT}")
"""Hash, weight, weight in the lead, share of articles and roles of a term."""
TERM_ROW: Final = np.dtype([("code", "<u4"), ("weight", "<u2"), ("lead", "<u2"), ("share", "<u2"), ("roles", "u1")])
"""The same as a row of an array."""
FACT: Final = struct.Struct(f"<{FACT_FORMAT}")
"""Kind, key and value of a fact."""
COUNTS: Final = struct.Struct("<HH")
"""Number of articles in the mean, and number of terms."""
KINDS: Final = ("date", "year", "number", "slot")

TERMS: Final = 64
"""Maximum number of terms of a profile: the heaviest ones."""
FACTS: Final = 32
"""Maximum number of facts of a profile: the latest ones."""
KEPT_PROFILES: Final = 4_096
"""Number of stories whose unpacked profiles are kept, because the same stories are compared again and again."""
SCALE: Final = 10_000
"""Integer that means 1 in weights."""
WHOLE: Final = 1_000
"""Integer that means that all articles have a term."""
MEMORY: Final = 16
"""Number of articles over which the mean of the weights runs: a long story follows its latest articles."""
CORE_SHARE: Final = 500
"""Share of the articles, in thousandths, that have a core term."""
CORE_TERMS: Final = 12
TOP_NAMES: Final = 6
NAME_FACTOR: Final = 2
"""Factor of the weight of a core term that is a name."""


ProfileTerm = tuple[int, int, int, int]
"""Weight, weight in the lead, share of articles and roles of a term. A plain tuple, because a shard makes hundreds of
them for each article."""
NONE: Final[ProfileTerm] = (0, 0, 0, 0)


class Profile(NamedTuple):
    """The terms and facts of a story."""

    articles: int
    """Number of articles in the mean, at most MEMORY."""
    terms: dict[int, ProfileTerm]
    facts: tuple[tuple[str, int, int], ...]
    """Kind, key and value of each fact, the oldest first."""


EMPTY: Final = Profile(0, {}, ())


class ProfileView(NamedTuple):
    """A profile with the sums and sets that every comparison needs."""

    profile: Profile
    norm: float
    name_norm: float
    lead_norm: float
    core: dict[int, int]
    """Weights of the terms that most articles have; of a single article, those of its lead."""
    core_total: int
    """Sum of these weights, at least 1."""
    top_names: dict[int, int]
    names_total: int
    slots: dict[int, set[int]]
    values: dict[str, set[int]]
    """Values of dates, years and numbers."""


def add_article(profile: Profile, article: ArticleView) -> Profile:
    """Return the profile with one more article in its mean."""
    count = min(profile.articles + 1, MEMORY)
    left = count - 1
    terms = {
        code: (weight * left // count, lead * left // count, share * left // count, roles)
        for code, (weight, lead, share, roles) in profile.terms.items()
    }
    for term in article.terms:
        weight, lead, share, roles = terms.get(term.hash, NONE)
        terms[term.hash] = (
            weight + round(term.weight * SCALE) // count,
            lead + round(term.lead * SCALE) // count,
            share + WHOLE // count,
            roles | term.roles,
        )
    facts = ((fact.kind, fact.key, fact.value) for fact in article.facts)
    return Profile(count, _keep_heaviest(terms), _keep_latest(profile.facts, facts))


def merge_profiles(one: Profile, other: Profile) -> Profile:
    """Return the mean of two profiles, weighted by their numbers of articles."""
    count = one.articles + other.articles
    terms = {}
    for code in one.terms | other.terms:
        ours, theirs = one.terms.get(code, NONE), other.terms.get(code, NONE)
        weight, lead, share = ((ours[at] * one.articles + theirs[at] * other.articles) // count for at in range(3))
        terms[code] = (weight, lead, share, ours[3] | theirs[3])
    return Profile(min(count, MEMORY), _keep_heaviest(terms), _keep_latest(other.facts, one.facts))


def pack_profile(profile: Profile) -> bytes:
    """Return the bytes of a profile."""
    terms = [number for code, term in profile.terms.items() for number in (code, *term)]
    facts = [number for kind, key, value in profile.facts for number in (KINDS.index(kind), key, value)]
    layout = f"{COUNTS.format}{TERM_FORMAT * len(profile.terms)}{FACT_FORMAT * len(profile.facts)}"
    return struct.pack(layout, profile.articles, len(profile.terms), *terms, *facts)


@lru_cache(maxsize=KEPT_PROFILES)
def unpack_profile(packed: bytes) -> Profile:
    """Return the profile of its bytes, which must not be changed. Raises ValueError for bytes that are none."""
    try:
        count, length = COUNTS.unpack_from(packed)
        end = COUNTS.size + length * TERM.size
        terms = {
            code: (weight, lead, share, roles)
            for code, weight, lead, share, roles in TERM.iter_unpack(packed[COUNTS.size : end])
        }
        facts = tuple((KINDS[kind], key, value) for kind, key, value in FACT.iter_unpack(packed[end:]))
    except (struct.error, IndexError) as error:
        raise ValueError(f"the bytes are no profile: {error}") from error
    return Profile(count, terms, facts)


def read_terms(profiles: Sequence[bytes]) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Return the terms of packed profiles, one after the other, as rows of TERM_ROW, and their number in each."""
    lengths = [COUNTS.unpack_from(packed)[1] for packed in profiles]
    parts = [
        packed[COUNTS.size : COUNTS.size + size * TERM.size] for packed, size in zip(profiles, lengths, strict=True)
    ]
    return np.frombuffer(b"".join(parts), dtype=TERM_ROW), np.array(lengths, dtype=np.int64)


def view_profile(profile: Profile) -> ProfileView:
    """Prepare a profile for comparison."""
    terms = profile.terms
    named = [(-weight, code) for code, (weight, _, _, roles) in terms.items() if roles & NAME]
    slots: dict[int, set[int]] = {}
    values: dict[str, set[int]] = {kind: set() for kind in KINDS}
    for kind, key, value in profile.facts:
        (slots.setdefault(key, set()) if kind == "slot" else values[kind]).add(value)
    core = _find_core(profile)
    top_names = {code: -weight for weight, code in sorted(named)[:TOP_NAMES]}
    return ProfileView(
        profile,
        _measure([term[0] for term in terms.values()]),
        _measure([weight for weight, _ in named]),
        _measure([term[1] for term in terms.values()]),
        core,
        max(1, sum(core.values())),
        top_names,
        max(1, sum(top_names.values())),
        slots,
        values,
    )


def _find_core(profile: Profile) -> dict[int, int]:
    weighted = [
        (-share * share * weight * (NAME_FACTOR if roles & NAME else 1), code)
        for code, (weight, lead, share, roles) in profile.terms.items()
        if share >= CORE_SHARE and (profile.articles > 1 or lead)
    ]
    return {code: -weight for weight, code in sorted(weighted)[:CORE_TERMS]}


def _measure(weights: list[int]) -> float:
    return sqrt(sum([weight * weight for weight in weights])) or 1.0


def _keep_heaviest(terms: dict[int, ProfileTerm]) -> dict[int, ProfileTerm]:
    if len(terms) <= TERMS:
        return terms
    ranked = sorted([(-term[0], code) for code, term in terms.items()])[:TERMS]
    return {code: terms[code] for _, code in ranked}


def _keep_latest(
    old: Iterable[tuple[str, int, int]], new: Iterable[tuple[str, int, int]]
) -> tuple[tuple[str, int, int], ...]:
    facts = dict.fromkeys(old)
    for fact in new:
        facts.pop(fact, None)
        facts[fact] = None
    return tuple(facts)[-FACTS:]
