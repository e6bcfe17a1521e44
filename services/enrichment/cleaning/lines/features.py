"""The features of the line model: named numbers about a line, its place in the text and its neighbours.

The names are those in the model's file, and a line's features must be computed as they were when it was trained.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from services.enrichment.cleaning.lines.extent import (
    MAX_MISALIGNMENT,
    MIN_INDENT_LEVELS,
    MIN_WORDS_BEFORE_COMMENTS,
    PARAGRAPH_CAP,
    find_extent,
    find_main_indent,
)
from services.enrichment.cleaning.lines.line import Line

Column = npt.NDArray[np.float64]

CAPITAL = re.compile(r"\b[A-Z\u00c0-\u00de\u0386-\u03a9\u0410-\u042f]")
DIGIT = re.compile(r"\d")
LONG_WORD = re.compile(r"[^\W\d_]{4,}")
"""Pattern for a word that is compared: four letters or more, because shorter words are in every line."""

MAX_WORDS = 100
"""Maximum number of words of a line that count; more of them say nothing more."""

MAX_OFFSET = 20
"""Maximum number of columns of indentation that count; more of them say nothing more."""

OFFSET_SCALE = 10.0
"""Columns of indentation per unit of the feature `offset`."""

LOWEST_RANGE = (-10, 4)
"""Minimum and maximum number of columns that count in `lowest_before` and `lowest_after`."""

LOWEST_SCALE = 5.0
"""Columns of indentation per unit of `lowest_before` and `lowest_after`."""

BEYOND_EXTENT = (-0.5, 1.5)
"""Values of `extent_position` for lines before and after the extent, where it is from 0 to 1 inside."""

LINE_NAMES = (
    "words sentence prose bullet labelled capitals digits duplicated recurring before position"
    " offset aligned flush column container in_container lowest_before lowest_after run run_words"
    " in_extent extent_position after_comments"
).split()
"""Features of the line itself and of its place."""

NESTING_NAMES = ("offset aligned flush column container in_container lowest_before lowest_after run run_words").split()
"""Features of the line's indentation, in the order in which they are computed."""

SHIFTED = {"words": (-1, 1, 2), "sentence": (-1, 1), "capitals": (-1, 1), "flush": (-1,), "labelled": (-1, 1)}
"""Features of neighbours, with the distances of the neighbours in lines; before the line is negative."""

MEANS = {"paragraph": (3, 8), "prose": (8,), "labelled": (8,), "bullet": (8,), "flush": (8,)}
"""Features of which the mean over the lines before and after counts, with the numbers of lines."""


def measure_features(lines: Sequence[Line]) -> npt.NDArray[np.float64]:
    """Return one row per line with one column per feature, in the order of `FEATURE_NAMES`."""
    columns = _measure_lines(lines)
    is_flat = columns["flush"].max(initial=0) == 0
    columns["paragraph"] = columns["prose"] * (1 - columns["labelled"]) * np.maximum(columns["flush"], is_flat)
    features = [columns[name] for name in LINE_NAMES]
    features += [_shift(columns[name], distance) for name, distances in SHIFTED.items() for distance in distances]
    for name, widths in MEANS.items():
        total = np.concatenate([[0.0], np.cumsum(columns[name])])
        for width in widths:
            features += _average_neighbours(total, width)
    return np.stack(features, axis=1)


def _name_features() -> tuple[str, ...]:
    names = list(LINE_NAMES)
    names += [f"{name}{distance:+d}" for name, distances in SHIFTED.items() for distance in distances]
    for name, widths in MEANS.items():
        names += [f"{name}_{side}_{width}" for width in widths for side in ("before", "behind")]
    return tuple(names)


FEATURE_NAMES = _name_features()
"""Names of the columns, in their order."""


def _measure_lines(lines: Sequence[Line]) -> dict[str, Column]:
    texts = [line.text for line in lines]
    words = _column(min(line.words, MAX_WORDS) for line in lines)
    labelled = _column(line.label is not None for line in lines)
    prose = _column(line.is_prose for line in lines)
    counts = Counter(line.key for line in lines)
    capped = np.minimum(words, PARAGRAPH_CAP) * prose * (1 - labelled)
    total = max(1.0, float(capped.sum()))
    passed = np.cumsum(capped) - capped
    comments = _column(line.label == "comments" for line in lines) * (passed > MIN_WORDS_BEFORE_COMMENTS)
    first, end = find_extent(lines)
    index = np.arange(len(lines), dtype=np.float64)
    inside = (index >= first) & (index < end)
    columns = {
        "words": np.log1p(words),
        "sentence": _column(line.is_sentence for line in lines),
        "prose": prose,
        "bullet": _column(line.is_item for line in lines),
        "labelled": labelled,
        "capitals": _column(len(CAPITAL.findall(text)) for text in texts) / words,
        "digits": _column(len(DIGIT.findall(text)) / len(text) for text in texts),
        "duplicated": _column(counts[line.key] > 1 for line in lines),
        "recurring": _find_recurring(lines, inside),
        "before": passed / total,
        "position": index / max(1, len(lines)),
        "in_extent": inside.astype(np.float64),
        "extent_position": np.where(
            inside, (index - first) / max(1, end - first), np.where(index < first, *BEYOND_EXTENT)
        ),
        "after_comments": np.minimum(1.0, np.cumsum(comments)),
    }
    columns.update(_measure_nesting(lines, capped))
    return columns


def _measure_nesting(lines: Sequence[Line], capped: Column) -> dict[str, Column]:
    """Return the features of the indentation; `capped` has the words of each paragraph, and 0 for any other line.

    They are 0 in a text of fewer than `MIN_INDENT_LEVELS` depths, whose indentation is not the nesting of a page.
    """
    indents = np.array([line.indent for line in lines], dtype=np.int64)
    levels, level = np.unique(indents, return_inverse=True)
    if len(levels) < MIN_INDENT_LEVELS:
        return dict.fromkeys(NESTING_NAMES, np.zeros(len(lines)))
    offsets = indents - find_main_indent(lines)
    items = _column(line.is_item for line in lines)
    flush = (offsets == 0).astype(np.float64)
    main = capped * flush * (1 - items)
    inside = offsets >= 0
    # A container is a stretch of lines that are not further left than the main text.
    container = np.cumsum(~inside)
    container_words = np.bincount(container, main)
    # A run is a stretch of lines with the same indentation.
    starts = np.flatnonzero(np.diff(indents, prepend=-1))
    run = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(lines)))
    columns = (
        np.clip(offsets, -MAX_OFFSET, MAX_OFFSET) / OFFSET_SCALE,
        (abs(offsets) <= MAX_MISALIGNMENT).astype(np.float64),
        flush,
        np.bincount(level, capped)[level] / max(1.0, float(capped.sum())),
        container_words[container] / max(1.0, float(container_words.sum())) * inside,
        ((container == container_words.argmax()) & inside).astype(np.float64),
        _find_lowest(offsets, main > 0),
        _find_lowest(offsets[::-1], main[::-1] > 0)[::-1],
        np.log1p(np.bincount(run)[run].astype(np.float64)),
        np.log1p(np.bincount(run, capped)[run]),
    )
    return dict(zip(NESTING_NAMES, columns, strict=True))


def _find_lowest(offsets: npt.NDArray[np.int64], is_main: npt.NDArray[np.bool_]) -> Column:
    """Return the least offset since the last main paragraph, including the line's own, within `LOWEST_RANGE`.

    Up to the first main paragraph it is `-MAX_OFFSET`. The values are scaled by `LOWEST_SCALE`.
    """
    least, most = LOWEST_RANGE
    lowest = most
    result = np.full(len(offsets), -MAX_OFFSET / LOWEST_SCALE)
    seen = False
    for index, (offset, main) in enumerate(zip(offsets.tolist(), is_main.tolist(), strict=True)):
        lowest = min(lowest, offset)
        if seen:
            result[index] = max(least, lowest) / LOWEST_SCALE
        if main:
            lowest, seen = most, True
    return result


def _find_recurring(lines: Sequence[Line], inside: npt.NDArray[np.bool_]) -> Column:
    """Return the share of each line's words that other paragraphs of the extent have, too."""
    words = [set(LONG_WORD.findall(line.key)) for line in lines]
    counts: Counter[str] = Counter()
    is_counted = [
        within and line.is_prose and line.label is None for line, within in zip(lines, inside.tolist(), strict=True)
    ]
    for own, counted in zip(words, is_counted, strict=True):
        if counted:
            counts.update(own)
    once, again = set(counts), {word for word, count in counts.items() if count > 1}
    return _column(
        len(own & (again if counted else once)) / len(own) if own else 0.0
        for own, counted in zip(words, is_counted, strict=True)
    )


def _column(values: Iterable[float]) -> Column:
    return np.array(list(values), dtype=np.float64)


def _shift(column: Column, distance: int) -> Column:
    """Return the column of the lines at a distance after each line (before it if negative); 0 where there is none."""
    shifted = np.zeros_like(column)
    if abs(distance) < len(column):
        if distance < 0:
            shifted[-distance:] = column[:distance]
        else:
            shifted[:-distance] = column[distance:]
    return shifted


def _average_neighbours(total: Column, width: int) -> list[Column]:
    """Return the means over `width` lines before and after each line; `total` has the sums up to each line.

    Lines that are missing at the ends of the text count as 0.
    """
    index = np.arange(len(total) - 1)
    before = total[index] - total[np.maximum(0, index - width)]
    after = total[np.minimum(len(index), index + 1 + width)] - total[index + 1]
    return [before / width, after / width]
