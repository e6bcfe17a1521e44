"""The features of an extracted line for the page model: the line's place in the page, and the parts around it.

They follow the features that the line model computes from the text alone. The names are those in the model's file, and
a line's features must be computed as they were when the model was trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p

import numpy as np
import numpy.typing as npt

from services.enrichment.cleaning.html.tree.outline import Outline
from services.enrichment.cleaning.lines.features import FEATURE_NAMES as TEXT_NAMES
from services.enrichment.cleaning.lines.features import MAX_WORDS, measure_features
from services.enrichment.cleaning.lines.line import Line
from services.enrichment.cleaning.offset_map import MappedText

Matrix = npt.NDArray[np.float64]

TEXT_ELEMENTS = frozenset("p li h1 h2 h3 h4 h5 h6 td th dd dt span blockquote figcaption".split())
"""Elements that have the text of one line; the element around them is the container."""

KINDS = {"paragraph": "p", "item": "li dd dt", "heading": "h1 h2 h3 h4 h5 h6", "cell": "td th", "division": "div"}
KIND_OF = {name: kind for kind, names in KINDS.items() for name in names.split()}
"""Kinds of elements that contain a line."""

MAX_STEPS = 8
"""Maximum number of steps up to the main text's element that are counted."""

PLACE_NAMES = (
    "placed", "linked", "skipped_before", "skipped_after", "steps", "in_title",
    "container_size", "container_linked", "container_extracted", "container_lines", "container_share",
    "outer_size", "outer_linked", "outer_extracted", "outer_share",
)  # fmt: skip
PAGE_NAMES = (
    *TEXT_NAMES,
    *PLACE_NAMES,
    *(f"kind_{name}" for name in KINDS),
)
"""Names of the columns, in their order."""


def measure_page_features(lines: Sequence[Line], mapped: MappedText, outline: Outline, title: str | None) -> Matrix:
    """Return one row per line with one column per feature, in the order of `PAGE_NAMES`."""
    blocks = [find_block(line, mapped, outline) for line in lines]
    elements = [0 if block is None else outline.elements[block] for block in blocks]
    sizes = _Sizes(outline, lines, elements)
    folded_title = (title or "").casefold()
    rows: list[list[float]] = []
    before = -1
    for line, block, element, after in zip(lines, blocks, elements, _find_following(blocks, outline), strict=True):
        rows.append(
            [
                float(block is not None),
                _share(outline.link_characters[block], outline.characters[block]) if block is not None else 0.0,
                log1p(max(0, block - before - 1)) if block is not None else 0.0,
                log1p(max(0, after - block - 1)) if block is not None else 0.0,
                float(sizes.count_steps(element)),
                float(len(line.key) > 1 and line.key in folded_title),
                *sizes.measure(element),
                *(float(KIND_OF.get(outline.names[element]) == name) for name in KINDS),
            ]
        )
        before = before if block is None else block
    width = len(PAGE_NAMES) - len(TEXT_NAMES)
    return np.concatenate([measure_features(lines), np.array(rows, dtype=np.float64).reshape(len(rows), width)], axis=1)


class _Sizes:
    """The sizes of a page's elements in characters, and the path to the element with the main text."""

    def __init__(self, outline: Outline, lines: Sequence[Line], elements: Sequence[int]) -> None:
        self._outline = outline
        count = len(outline.names)
        self._all, self._linked, self._extracted = [0] * count, [0] * count, [0] * count
        self._lines, self._prose = [0] * count, [0] * count
        for element, characters, linked in zip(
            outline.elements, outline.characters, outline.link_characters, strict=True
        ):
            self._all[element] += characters
            self._linked[element] += linked
        direct = [0] * count
        for line, element in zip(lines, elements, strict=True):
            prose = min(line.words, MAX_WORDS) * line.is_prose * (line.label is None)
            self._extracted[element] += len(line.text)
            self._lines[element] += 1
            self._prose[element] += prose
            direct[self._contain(element)] += prose
        for sums in (self._all, self._linked, self._extracted, self._lines, self._prose):
            for element in range(count - 1, 0, -1):
                if sums[element]:
                    sums[outline.parents[element]] += sums[element]
        # The main text's element is the one that most paragraphs are directly in.
        element = max(range(count), key=direct.__getitem__)
        self._path = {element}
        while element:
            element = outline.parents[element]
            self._path.add(element)

    def measure(self, element: int) -> list[float]:
        """Return the sizes of the container of an element, and of the one around that."""
        container = self._contain(element)
        outer = self._outline.parents[container]
        total = self._prose[0]
        return [
            log1p(self._all[container]),
            _share(self._linked[container], self._all[container]),
            _share(self._extracted[container], self._all[container]),
            log1p(self._lines[container]),
            _share(self._prose[container], total),
            log1p(self._all[outer]),
            _share(self._linked[outer], self._all[outer]),
            _share(self._extracted[outer], self._all[outer]),
            _share(self._prose[outer], total),
        ]

    def count_steps(self, element: int) -> int:
        """Return the number of steps from an element up to one that contains the main text."""
        steps = 0
        while element not in self._path and steps < MAX_STEPS:
            element = self._outline.parents[element]
            steps += 1
        return steps

    def _contain(self, element: int) -> int:
        """Return the container of an element: itself, or its parent if it is an element of one text."""
        while self._outline.names[element] in TEXT_ELEMENTS and element:
            element = self._outline.parents[element]
        return element


def find_block(line: Line, mapped: MappedText, outline: Outline) -> int | None:
    """Return the number of the block of a page in which a line begins; None if the line has no place in the page."""
    place = mapped.find_place(line.start, line.end)
    return None if place is None else outline.find_block(place)


def _find_following(blocks: Sequence[int | None], outline: Outline) -> list[int]:
    """Return for each line the block of the next line that has one; the number of all blocks if there is none."""
    following: list[int] = []
    after = len(outline.starts)
    for block in reversed(blocks):
        following.append(after)
        after = after if block is None else block
    return following[::-1]


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0
