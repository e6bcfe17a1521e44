"""Types of items from their classes: all classes below a root class have its type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from services.enrichment.linking.base_format import TYPES

ROOTS: Final = (
    ("LOC", (486972, 56061, 6256, 515, 3624078, 82794, 8502, 4022, 23442)),  # settlement, territory, country, region
    ("ORG", (43229, 4830453, 7278, 783794, 476028, 3918, 11032)),  # organisation, business, party, club, newspaper
    ("LOC", (2221906, 618123, 41176)),  # geographic location, geographical feature, building
)
"""Root classes by the numbers of their Wikidata ids, the groups that decide first at the beginning: a state is a place
before it is an organisation, and a hospital an organisation before it is a building."""

HUMANS: Final = (5,)


def find_class_types(children: npt.NDArray[np.uint32], parents: npt.NDArray[np.uint32]) -> Mapping[int, int]:
    """Return the index in TYPES of each class below a root, from the pairs of a class and a class above it."""
    found = dict.fromkeys(HUMANS, TYPES.index("PER"))
    for kind, roots in ROOTS:
        for number in _descend(children, parents, roots):
            found.setdefault(number, TYPES.index(kind))
    return found


def _descend(children: npt.NDArray[np.uint32], parents: npt.NDArray[np.uint32], roots: tuple[int, ...]) -> list[int]:
    """Return the roots and all classes below them. A circle of classes ends where it began."""
    reached = np.unique(np.array(roots, "u4"))
    frontier = reached
    while len(frontier):
        below = np.unique(children[np.isin(parents, frontier)])
        frontier = np.setdiff1d(below, reached, assume_unique=True)
        reached = np.union1d(reached, frontier)
    return [int(number) for number in reached]
