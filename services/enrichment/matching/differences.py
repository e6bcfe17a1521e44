"""Whether two similar articles say that they report different things: by their headlines, names or numbers.

Reports that fill one form share most of their words and are no copies of each other: obituaries, notices of one law
firm, results of matches, the same table on the next day. They have other facts in many of the slots that they have in
common (`slots.py`), or in the headline, or on another day. Copies of one report have equal facts in equal slots, and a
correction changes one or two. The thresholds have their reasons in `parameters.py`.

One or two other numbers alone do not distinguish a correction from a form. Other evidence of a form does: an earlier
article fills it with other numbers throughout (`is_same_form`), the texts open with other dates, or a day is between
them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from services.contracts.event import Difference
from services.enrichment.matching.memory.hourly_expiry import HOUR_MS
from services.enrichment.matching.memory.unpacked import Facts
from services.enrichment.matching.parameters import MatchParameters
from services.enrichment.matching.signatures.slots import DATES, Opening, Slot, read_opening, read_slots

DAY_APART_MS: Final = 18 * HOUR_MS
"""Time between two articles of unknown day from which they count as of different days: a daily report comes about a day
later, and a correction comes within hours."""

ALIKE: Final = 2 / 3
"""Smallest share of common words in headline and opening of two texts that open alike. An added first sentence moves
the dates of the others out of the opening."""


class FactComparison(NamedTuple):
    """Numbers of distinct names and numbers in the slots that two articles have in common."""

    equal_names: int
    replaced_names: int
    equal_numbers: int
    replaced_numbers: int

    @property
    def replaced(self) -> int:
        """Names and numbers that differ."""
        return self.replaced_names + self.replaced_numbers

    @property
    def replaced_share(self) -> float:
        """Share of the compared names and numbers that differ."""
        return self.replaced / max(1, self.replaced + self.equal_names + self.equal_numbers)


class Circumstances(NamedTuple):
    """Knowledge about a pair of articles besides their facts."""

    own_share: float
    """Share of its shingles that the other article lacks; of the two shares the smaller one."""
    apart_ms: int = 0
    """Event time between the two, in milliseconds."""
    is_form: bool = False
    """True if a third article fills the same form (`is_same_form`)."""


def find_differences(
    new: Facts, old: Facts, known: Circumstances, parameters: MatchParameters
) -> tuple[Difference, ...]:
    """Return what says that two articles report different things; empty if nothing does, or if it is not known."""
    if not new.opening or not old.opening:
        return ()
    facts = compare_facts(new.slots, old.slots)
    openings = read_opening(new.opening), read_opening(old.opening)
    has_other_headline = facts.replaced >= parameters.corrected_facts and _name_different_things(*openings)
    are_facts_replaced = (
        has_other_headline
        or _fill_one_form(facts, parameters)
        or (_have_different_days(new, old, known.apart_ms) and _has_other_numbers(facts, parameters))
        or (_open_with_other_dates(*openings) and facts.replaced >= parameters.corrected_facts)
        or known.is_form
    )
    found: dict[Difference, bool] = {
        "headline": has_other_headline or _share_only_what_follows(*openings, known.own_share, parameters),
        "names": are_facts_replaced and facts.replaced_names > 0,
        "numbers": are_facts_replaced and facts.replaced_numbers > 0,
    }
    return tuple([difference for difference, is_found in found.items() if is_found])


def compare_facts(new: Iterable[int], old: Iterable[int]) -> FactComparison:
    """Compare the facts in the slots that two articles have in common.

    Facts of a slot that occurs several times are paired, equal ones first; those without a partner do not count. A name
    that is replaced in several places, once with and once without a first name, counts once.
    """
    ours, theirs = _group(new), _group(old)
    names, numbers = _Pairs([], []), _Pairs([], [])
    for context in ours.keys() & theirs.keys():
        one, other = ours[context], theirs[context]
        names.add([slot for slot in one if slot.first], [slot for slot in other if slot.first], _share_word)
        numbers.add([slot for slot in one if slot.number], [slot for slot in other if slot.number], _have_equal_number)
    return FactComparison(
        len({one.last for one, _ in names.equal}),
        len({(one.last, other.last) for one, other in names.replaced}),
        len({one.number for one, _ in numbers.equal}),
        len({(one.number, other.number) for one, other in numbers.replaced}),
    )


class _Pairs(NamedTuple):
    """Pairs of slots of two articles, whose facts are equal or not."""

    equal: list[tuple[Slot, Slot]]
    replaced: list[tuple[Slot, Slot]]

    def add(self, ours: list[Slot], theirs: list[Slot], is_same: Callable[[Slot, Slot], bool]) -> None:
        """Pair the slots of one context: equal ones first, and the others as far as both have one."""
        rest: list[Slot] = []
        left = list(theirs)
        for slot in ours:
            same = next((other for other in left if is_same(slot, other)), None)
            if same is None:
                rest.append(slot)
            else:
                self.equal.append((slot, same))
                left.remove(same)
        self.replaced.extend(zip(rest, left, strict=False))


def _group(stored: Iterable[int]) -> dict[int, list[Slot]]:
    slots: dict[int, list[Slot]] = defaultdict(list)
    for slot in read_slots(stored):
        slots[slot.context].append(slot)
    return slots


def _share_word(one: Slot, other: Slot) -> bool:
    """Return whether two names can be one: "Citicorp" and "Citicorp Inc", "Anna Berg" and "Berg"."""
    return bool({one.first, one.last} & {other.first, other.last})


def _have_equal_number(one: Slot, other: Slot) -> bool:
    return one.number == other.number


def _fill_one_form(facts: FactComparison, parameters: MatchParameters) -> bool:
    """Return whether more names and numbers are replaced than a correction replaces."""
    return facts.replaced > parameters.corrected_facts and facts.replaced_share >= parameters.replaced_share


def is_same_form(new: Facts, old: Facts) -> bool:
    """Return whether an article fills a form as an earlier one does: all numbers in common slots are replaced."""
    facts = compare_facts(new.slots, old.slots)
    return facts.replaced_numbers > 0 and facts.equal_numbers == 0


def _have_different_days(new: Facts, old: Facts, apart_ms: int) -> bool:
    """Return whether two articles are of different days; if a day is unknown, by the time between them."""
    if new.published_day > 0 and old.published_day > 0:
        return new.published_day != old.published_day
    return apart_ms >= DAY_APART_MS


def _open_with_other_dates(new: Opening, old: Opening) -> bool:
    """Return whether two texts open alike, each with a month or weekday that the other one lacks."""
    ours, theirs = new.words & DATES, old.words & DATES
    return bool(ours - theirs and theirs - ours) and _measure_overlap(new.words, old.words) >= ALIKE


def _has_other_numbers(facts: FactComparison, parameters: MatchParameters) -> bool:
    """Return whether the numbers are those of another day. A copy of the next day has the numbers of its original."""
    return facts.replaced_numbers > 0 and facts.replaced_share >= parameters.replaced_share_of_other_day


def _name_different_things(new: Opening, old: Opening) -> bool:
    """Return whether each headline has a name or number that the other article's headline and opening lack."""
    return bool(new.facts - old.words and old.facts - new.words)


def _share_only_what_follows(new: Opening, old: Opening, own_share: float, parameters: MatchParameters) -> bool:
    """Return whether two articles begin differently, by headline and opening, and each has a text of its own."""
    return (
        own_share >= parameters.other_text
        and bool(new.headline and old.headline)
        and _measure_overlap(new.headline, old.headline) <= parameters.other_opening
        and _measure_overlap(new.words, old.words) <= parameters.other_opening
    )


def _measure_overlap(one: frozenset[int], other: frozenset[int]) -> float:
    """Return the share of the words of the shorter list that the other list has."""
    return len(one & other) / max(1, min(len(one), len(other)))
