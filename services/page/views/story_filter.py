"""The filter and the order of the list of stories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.contracts.stories.listing import StoryOrder
from services.contracts.stories.record import StoryRecord
from services.contracts.text.folding import fold

ORDERS: Final[Mapping[StoryOrder, str]] = {"largest": "the largest first", "latest": "the latest first"}
"""Orders of the list, in words."""
DEFAULT_ORDER: Final = "largest"
STATUSES: Final = {"open": "open", "closed": "closed"}
"""Statuses of the stories in the list: a merged story is part of another one."""
SOURCES: Final = (2, 3, 5, 10)
"""Least numbers of independent sources that a person can choose."""


@dataclass(frozen=True, slots=True)
class StoryFilter:
    """Conditions that a story must meet to be listed, and the order; an empty text is no condition."""

    order: StoryOrder = DEFAULT_ORDER
    status: str = ""
    language: str = ""
    sources: str = ""
    """Least number of independent sources."""
    name: str = ""
    """Part of a name or of the headline, in any letter case and with or without accents."""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> StoryFilter:
        """Return the filter of a URL's query. What does not exist is ignored."""
        orders: Sequence[StoryOrder] = [each for each in ORDERS if each == query.get("order")]
        sources = query.get("sources", "")
        return cls(
            order=orders[0] if orders else DEFAULT_ORDER,
            sources=sources if sources in map(str, SOURCES) else "",
            **{name: query.get(name, "").strip() for name in ("status", "language", "name")},
        )

    @property
    def given(self) -> dict[str, str]:
        """The order and the conditions that are not empty, if they differ from those of a new page."""
        values = {name: str(getattr(self, name)) for name in self.__dataclass_fields__}
        return {name: value for name, value in values.items() if value and (name, value) != ("order", DEFAULT_ORDER)}

    def place(self, record: StoryRecord) -> int:
        """Return the place of a story in the list: one with a higher number is before it."""
        return record.articles if self.order == "largest" else int(record.updated_at.timestamp() * 1000)

    def accepts(self, record: StoryRecord) -> bool:
        """Return whether a story is not merged and meets all conditions."""
        return (
            record.status != "merged"
            and self.status in ("", record.status)
            and (not self.language or self.language in record.languages)
            and (not self.sources or record.sources >= int(self.sources))
            and (not self.name or fold(self.name) in _fold_names(record))
        )


def _fold_names(record: StoryRecord) -> str:
    return "\n".join(fold(text) for text in (record.headline or "", *(entity.name for entity in record.entities)))
