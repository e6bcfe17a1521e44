"""What the line model knows of a line: numbers with names, of the line itself, its place and its neighbours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from services.enrichment.cleaning.lines.extent import ENOUGH_BEFORE_COMMENTS, PARAGRAPH_CAP, find_depth, find_extent
from services.enrichment.cleaning.lines.line import Line

Column = npt.NDArray[np.float64]

CAPITAL = re.compile(r"\b[A-Z\u00c0-\u00de\u0386-\u03a9\u0410-\u042f]")
DIGIT = re.compile(r"\d")
LONG_WORD = re.compile(r"[^\W\d_]{4,}")
"""Words that say something: shorter ones are in every line."""

MOST_WORDS = 100
"""Words of a line beyond which more say nothing more."""

FAR = 20
"""Columns of indentation beyond which more say nothing more."""

NESTED_LEVELS = 4
"""Depths of indentation from which it tells the nesting of a page; else its columns are 0."""

SIBLINGS = 2
"""Columns that an item's mark shifts a line by."""

LINE_NAMES = (
    "words sentence prose bullet labelled capitals digits duplicated recurring before position"
    " offset aligned flush column container in_container lowest_before lowest_after run run_words"
    " in_extent extent_position after_comments"
).split()
"""Of the line itself and its place."""

SHIFTED = {"words": (-1, 1, 2), "sentence": (-1, 1), "capitals": (-1, 1), "flush": (-1,), "labelled": (-1, 1)}
"""Neighbours whose own numbers count, by their distance."""

MEANS = {"paragraph": (3, 8), "prose": (8,), "labelled": (8,), "bullet": (8,), "flush": (8,)}
"""Lines before and behind of which the mean counts."""


def measure(lines: Sequence[Line]) -> npt.NDArray[np.float64]:
    """A row a line, a column a feature: those of `FEATURE_NAMES`."""
    columns = _measure_lines(lines)
    is_level = columns["flush"].max(initial=0) == 0
    columns["paragraph"] = columns["prose"] * (1 - columns["labelled"]) * np.maximum(columns["flush"], is_level)
    found = [columns[name] for name in LINE_NAMES]
    found += [_shift(columns[name], distance) for name, distances in SHIFTED.items() for distance in distances]
    for name, widths in MEANS.items():
        total = np.concatenate([[0.0], np.cumsum(columns[name])])
        for width in widths:
            found += _neighbour_means(total, width)
    return np.stack(found, axis=1)


def _name_features() -> tuple[str, ...]:
    names = list(LINE_NAMES)
    names += [f"{name}{distance:+d}" for name, distances in SHIFTED.items() for distance in distances]
    for name, widths in MEANS.items():
        names += [f"{name}_{side}_{width}" for width in widths for side in ("before", "behind")]
    return tuple(names)


FEATURE_NAMES = _name_features()
"""The columns' names, in their order."""


def _measure_lines(lines: Sequence[Line]) -> dict[str, Column]:
    texts = [line.text for line in lines]
    words = _column(min(line.words, MOST_WORDS) for line in lines)
    labelled = _column(line.label is not None for line in lines)
    prose = _column(line.is_prose for line in lines)
    counts = Counter(line.key for line in lines)
    capped = np.minimum(words, PARAGRAPH_CAP) * prose * (1 - labelled)
    total = max(1.0, float(capped.sum()))
    passed = np.cumsum(capped) - capped
    comments = _column(line.label == "comments" for line in lines) * (passed > ENOUGH_BEFORE_COMMENTS)
    first, end = find_extent(lines)
    index = np.arange(len(lines), dtype=np.float64)
    inside = (index >= first) & (index < end)
    columns = {
        "words": np.log1p(words),
        "sentence": _column(line.is_sentence for line in lines),
        "prose": prose,
        "bullet": _column(line.bullet for line in lines),
        "labelled": labelled,
        "capitals": _column(len(CAPITAL.findall(text)) for text in texts) / words,
        "digits": _column(len(DIGIT.findall(text)) / len(text) for text in texts),
        "duplicated": _column(counts[line.key] > 1 for line in lines),
        "recurring": _find_recurring(lines, inside),
        "before": passed / total,
        "position": index / max(1, len(lines)),
        "in_extent": inside.astype(np.float64),
        "extent_position": np.where(inside, (index - first) / max(1, end - first), np.where(index < first, -0.5, 1.5)),
        "after_comments": np.minimum(1.0, np.cumsum(comments)),
    }
    columns.update(_measure_nesting(lines, capped))
    return columns


def _measure_nesting(lines: Sequence[Line], capped: Column) -> dict[str, Column]:
    """What the indentation tells: `capped` has the words of each paragraph, 0 for other lines."""
    depth = find_depth(lines)
    indents = np.array([line.indent for line in lines], dtype=np.int64)
    bullets = _column(line.bullet for line in lines)
    names = "offset aligned flush column container in_container lowest_before lowest_after run run_words".split()
    levels, level = np.unique(indents, return_inverse=True)
    if len(levels) < NESTED_LEVELS:
        return dict.fromkeys(names, np.zeros(len(lines)))
    flush = (indents == depth).astype(np.float64)
    main = capped * flush * (1 - bullets)
    inside = indents >= depth
    group = np.cumsum(~inside)
    mass = np.bincount(group, main)
    starts = np.flatnonzero(np.diff(indents, prepend=-1))
    run = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(lines)))
    before, after = _find_lowest(indents - depth, main > 0), _find_lowest((indents - depth)[::-1], main[::-1] > 0)
    found = (
        np.clip(indents - depth, -FAR, FAR) / 10.0,
        (abs(indents - depth) <= SIBLINGS).astype(np.float64),
        flush,
        np.bincount(level, capped)[level] / max(1.0, float(capped.sum())),
        mass[group] / max(1.0, float(mass.sum())) * inside,
        ((group == mass.argmax()) & inside).astype(np.float64),
        before,
        after[::-1],
        np.log1p(np.bincount(run)[run].astype(np.float64)),
        np.log1p(np.bincount(run, capped)[run]),
    )
    return dict(zip(names, found, strict=True))


def _find_lowest(offsets: npt.NDArray[np.int64], main: npt.NDArray[np.bool_]) -> Column:
    """The lowest indentation since the last main paragraph, the line's own included; -4 before the first one."""
    lowest, found = 99, -FAR
    result = np.empty(len(offsets))
    seen = False
    for index, (offset, is_main) in enumerate(zip(offsets.tolist(), main.tolist(), strict=True)):
        lowest = min(lowest, offset)
        found = max(-10, min(4, lowest)) if seen else -FAR
        result[index] = found / 5.0
        if is_main:
            lowest, seen = 99, True
    return result


def _find_recurring(lines: Sequence[Line], inside: npt.NDArray[np.bool_]) -> Column:
    """Share of a line's words that the paragraphs of the extent have in more than this line."""
    words = [set(LONG_WORD.findall(line.key)) for line in lines]
    counts: Counter[str] = Counter()
    is_counted = [
        within and line.is_prose and line.label is None for line, within in zip(lines, inside.tolist(), strict=True)
    ]
    for own, counted in zip(words, is_counted, strict=True):
        if counted:
            counts.update(own)
    return _column(
        sum(1 for word in own if counts[word] > counted) / len(own) if own else 0.0
        for own, counted in zip(words, is_counted, strict=True)
    )


def _column(values: Iterable[float]) -> Column:
    return np.array(list(values), dtype=np.float64)


def _shift(column: Column, distance: int) -> Column:
    """The column of the lines so far behind, 0 where there is none."""
    shifted = np.zeros_like(column)
    if abs(distance) < len(column):
        if distance < 0:
            shifted[-distance:] = column[:distance]
        else:
            shifted[:-distance] = column[distance:]
    return shifted


def _neighbour_means(total: Column, width: int) -> list[Column]:
    """Means over so many lines before and behind each; lines beyond the text count 0."""
    index = np.arange(len(total) - 1)
    before = total[index] - total[np.maximum(0, index - width)]
    behind = total[np.minimum(len(index), index + 1 + width)] - total[index + 1]
    return [before / width, behind / width]
