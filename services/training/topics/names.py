"""Names that are exchanged for names of other texts, so that the name of a town is no sign of its football club."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from services.enrichment.models.casing import DIGIT, MIXED, OTHER, TITLE, UPPER
from services.enrichment.models.piece_cutter import PieceCutter
from services.enrichment.models.topic_network import PIECES
from services.training.article.batches import CutText

EXCHANGED_TEXTS: Final = 0.3
"""Share of readings of a text in which names are exchanged. In the others names are signs: most are of their topic."""

EXCHANGED_NAMES: Final = 0.7
"""Share of the names of such a text that are exchanged."""

CAPITALS_SHARE: Final = 0.6
"""Share of capitalised pieces above which all words of a text have capitals, and names cannot be told from others."""

_CAPITALISED: Final = frozenset({TITLE, UPPER, MIXED})
_WITHOUT_CASE: Final = frozenset({OTHER, DIGIT})
_SENTENCE_MARKS: Final = '.!?:"“”'


class NameExchange:
    """Texts with the places of their names, and the names of all of them."""

    def __init__(self, cutter: PieceCutter, texts: Sequence[CutText]) -> None:
        marks = frozenset(cutter.cut(_SENTENCE_MARKS).ids)
        self._names = [_find_names(text, marks) for text in texts]
        self._pool = [
            CutText(text.ids[start:end], text.casings[start:end])
            for text, names in zip(texts, self._names, strict=True)
            for start, end in names
        ]

    def vary(self, text: CutText, index: int, rng: random.Random) -> CutText:
        """Return the text with this index, sometimes with names of other texts."""
        names = self._names[index]
        if not names or rng.random() >= EXCHANGED_TEXTS:
            return text
        ids: list[int] = []
        casings: list[int] = []
        last = 0
        for start, end in names:
            own = CutText(text.ids[start:end], text.casings[start:end])
            name = rng.choice(self._pool) if rng.random() < EXCHANGED_NAMES else own
            ids += text.ids[last:start] + name.ids
            casings += text.casings[last:start] + name.casings
            last = end
        return CutText((ids + text.ids[last:])[:PIECES], (casings + text.casings[last:])[:PIECES])


def _find_names(text: CutText, marks: frozenset[int]) -> list[tuple[int, int]]:
    """Return start and end of the runs of capitalised pieces that do not begin a sentence."""
    cased = [casing for casing in text.casings if casing not in _WITHOUT_CASE]
    if sum(casing in _CAPITALISED for casing in cased) > CAPITALS_SHARE * len(cased):
        return []
    edges = [-1, *(at for at, casing in enumerate(text.casings) if casing not in _CAPITALISED), len(text.casings)]
    runs = ((before + 1, after) for before, after in pairwise(edges) if after > before + 1)
    return [(start, end) for start, end in runs if start and text.ids[start - 1] not in marks]
