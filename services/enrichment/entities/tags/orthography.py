"""Evidence of spelling: what a word's letters and the marks around it say about names.

The labelled sets that the encoder learned from disagree about compounds, lists of places and tickers, and their words
lack the context of the marks. Here the marks decide, before an article's mentions share their evidence:

- a ticker in brackets and a currency in front of its sign are no names
- "London-based" names London: a name ends before a hyphen with a word in lower case
- "R-Ohio" names Ohio: the letter of a party is no part of a place
- "Mumbai, India" is two places
- the first word of a table's row has a capital whether it is a name or not
- a common noun in lower case is no name of the type MISC, and neither is the same word where a sentence begins with it
- a word that has a capital only where a sentence begins, and that the article also has in lower case, names no person
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.enrichment.entities.tags.occurrences import CURRENCY_SIGNS, GAP, FloatArray, WordRow
from services.enrichment.entities.tags.tag_edits import BEGIN, INNER, OUT, clear, move, sum_type, weaken

CURRENCY_LETTERS: Final = 3
"""Letters of the longest country code in front of a currency sign: US$, HK$, NT$."""

MIN_COMPOUND: Final = 3
"""Letters of the shortest word that ends a compound such as "US-led"; shorter ones are parts of names: Jong-un."""

KNOWN_COMPOUND: Final = 0.8
"""Probability of the last word of a compound as part of a name, from which the encoder knows it as a name: Blu-ray."""

CONFOUNDED: Final = 0.1
"""Factor of the type MISC of a word in a compound: CoNLL has "US-led" as one word of this type."""

PLACE_COMPOUNDS: Final = frozenset({"based", "born"})
"""Words that make a compound with a place and never with a person."""

LIKELY_PLACE: Final = 0.4
"""Probability of a place from which a single letter and a hyphen before it are taken for a party."""

ROW_NUMBERS: Final = 2
"""Fewest numbers in a sentence that is the row of a table."""

ROW_WORDS: Final = 3
"""Most words for each number in the row of a table, its first word included."""

DOUBTED: Final = 0.2
"""Factor of a name's probability at the beginning of a row. A team in a table of results stays a name."""

SLIGHT: Final = 0.02
"""Probability of a tag below which its word is left alone."""

MAX_BRACKETS: Final = 6
"""Words in the longest brackets that can hold a ticker, closing bracket included."""

JOINING_MARKS: Final = frozenset("-'’.")
"""Marks inside names and compounds."""

_TICKER = re.compile(r"[A-Za-z0-9]{1,6}(?:\.[A-Z]{1,2})?")
_DOTTED_TICKER = re.compile(r"[A-Z0-9]{1,5}\.[A-Z]{1,2}")
_LISTED_TICKER = re.compile(r"[A-Z][A-Za-z ]*:[A-Z0-9.]{1,8}")


def apply_spelling(article: WordRow) -> None:
    """Change the probabilities of an article in place by the evidence of its spelling."""
    words, rows = article.words, article.probabilities
    marks = article.marks
    for place in (*marks["<"], *marks["("]):
        _clear_ticker(words, rows, place)
    for place in chain.from_iterable(marks[sign] for sign in CURRENCY_SIGNS):
        _clear_currency(words, rows, place)
    for place in marks["-"]:
        _cut_compound(words, rows, place)
    for place in marks[","]:
        _part_places(rows, place)
    _doubt_row_heads(article)
    _clear_common_nouns(words, rows)
    _clear_first_nouns(article)


def _clear_ticker(words: Sequence[str], rows: FloatArray, opening: int) -> None:
    """Clear the ticker in < > or ( ), as in <TLF>, (NYSE: TLF) and (TLF.N)."""
    closing_mark = ">" if words[opening] == "<" else ")"
    end = opening + 1
    while end - opening <= MAX_BRACKETS and words[end] not in (closing_mark, GAP):
        end += 1
    if words[end] != closing_mark:
        return
    inside = "".join(words[opening + 1 : end])
    if closing_mark == ">":
        if _TICKER.fullmatch(inside):
            clear(rows, opening, end + 1)
    elif _LISTED_TICKER.fullmatch(inside):
        clear(rows, words.index(":", opening), end)
    elif _DOTTED_TICKER.fullmatch(inside) and opening and sum_type(rows, opening - 1, "ORG") > rows[opening - 1, OUT]:
        clear(rows, opening + 1, end)


def _clear_currency(words: Sequence[str], rows: FloatArray, sign: int) -> None:
    """Clear a currency sign, the country code before it, and the cashtag behind it."""
    clear(rows, sign, sign + 1)
    before, behind = words[sign - 1] if sign else GAP, words[sign + 1]
    if before.isupper() and len(before.replace(".", "")) <= CURRENCY_LETTERS and behind[:1].isdigit():
        clear(rows, sign - 1, sign)
    if words[sign] == "$" and behind.isalpha() and behind.isupper():
        clear(rows, sign + 1, sign + 2)


def _cut_compound(words: Sequence[str], rows: FloatArray, hyphen: int) -> None:
    first, last = words[hyphen - 1] if hyphen else GAP, words[hyphen + 1]
    if not first[:1].isupper():
        return
    if len(first) == 1:
        if last.islower() and rows[hyphen, INNER["MISC"]] < 1 / 2:
            clear(rows, hyphen - 1, hyphen)
        elif last[:1].isupper() and len(last) > 1 and sum_type(rows, hyphen + 1, "LOC") > LIKELY_PLACE:
            clear(rows, hyphen - 1, hyphen + 1)
            move(rows, hyphen + 1, INNER["LOC"], BEGIN["LOC"])
    elif last.islower() and len(last) >= MIN_COMPOUND:
        if last in PLACE_COMPOUNDS:
            move(rows, hyphen - 1, BEGIN["PER"], BEGIN["LOC"])
        if rows[hyphen, OUT] < rows[hyphen, INNER["MISC"]] < KNOWN_COMPOUND:
            weaken(rows, hyphen - 1, BEGIN["MISC"], CONFOUNDED)
        if rows[hyphen + 1, INNER["MISC"]] < KNOWN_COMPOUND:
            move(rows, hyphen, INNER["MISC"], OUT)
            move(rows, hyphen + 1, INNER["MISC"], OUT)


def _part_places(rows: FloatArray, comma: int) -> None:
    if rows[comma, INNER["LOC"]] > SLIGHT:
        move(rows, comma, INNER["LOC"], OUT)
        move(rows, comma + 1, INNER["LOC"], BEGIN["LOC"])


def _doubt_row_heads(article: WordRow) -> None:
    """Lower the probability that the first word of a table's row is a name: Shr loss 12 cts vs profit 3 cts."""
    words, rows = article.words, article.probabilities
    begins, inner = [*BEGIN.values()], [*INNER.values()]
    ends, starts = np.array(article.marks[GAP]), _find_starts(article)
    heads = (rows[starts][:, begins].sum(axis=1) > rows[starts, OUT]) & (ends - starts > ROW_NUMBERS)
    for start, end in zip(starts[heads].tolist(), ends[heads].tolist(), strict=True):
        if _is_table_row(words[start:end]) and rows[start + 1, inner].sum() < 1 / 2:
            rows[start, begins] *= DOUBTED
            rows[start] /= rows[start].sum()


def _find_starts(article: WordRow) -> NDArray[np.int64]:
    """Return the places of the first words of all sentences."""
    return np.array([0, *[gap + 1 for gap in article.marks[GAP][:-1]]])


def _is_table_row(words: Sequence[str]) -> bool:
    numbers = sum(word[0].isdigit() for word in words)
    return numbers >= ROW_NUMBERS and sum(word[0].isalpha() for word in words) <= ROW_WORDS * numbers


def _clear_common_nouns(words: Sequence[str], rows: FloatArray) -> None:
    """Take the type MISC from words in lower case, and from the same word where a sentence begins with it."""
    begin, inner = BEGIN["MISC"], INNER["MISC"]
    common: set[str] = set()
    begins = np.flatnonzero(rows[:, begin] > np.maximum(rows[:, inner], SLIGHT)).tolist()
    for place in begins:
        if not words[place].islower():
            continue
        end = place + 1
        while rows[end, inner] > rows[end, OUT]:
            end += 1
        if all(word.islower() or word in JOINING_MARKS for word in words[place:end]):
            if rows[place, begin] > rows[place, OUT]:
                common.add(words[place])
            move(rows, place, begin, OUT)
            for word in range(place + 1, end):
                move(rows, word, inner, OUT)
    for place in begins if common else ():
        if words[place].lower() in common and words[place - 1] == GAP and rows[place + 1, inner] < rows[place + 1, OUT]:
            move(rows, place, begin, OUT)


def _clear_first_nouns(article: WordRow) -> None:
    """Clear persons of one word that are common nouns at the beginning of sentences: Dengue, with dengue elsewhere."""
    words, rows = article.words, article.probabilities
    starts = _find_starts(article)
    persons = starts[rows[starts].argmax(axis=1) == BEGIN["PER"]].tolist()
    alone = [place for place in persons if rows[place + 1, INNER["PER"]] < 1 / 2 and words[place].istitle()]
    if not alone:
        return
    beginnings = Counter(words[place] for place in starts.tolist())
    counts = Counter(words)
    for place in alone:
        word = words[place]
        if counts[word.lower()] and counts[word] == beginnings[word]:
            clear(rows, place, place + 1)
