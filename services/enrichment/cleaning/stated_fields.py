"""The fields of an article that its sender or its page states apart from the text."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self

from services.contracts.event import ResolvedTime


@dataclass(frozen=True, slots=True)
class StatedFields:
    """Stated fields; one that is not stated is empty."""

    title: str | None = None
    """The headline, without the site's name."""
    byline: tuple[str, ...] = ()
    section: str | None = None
    tags: tuple[str, ...] = ()
    published_at: ResolvedTime | None = None
    modified_at: ResolvedTime | None = None
    canonical_url: str | None = None
    """The address that the page gives as its own; None if it gives none, or one on another site."""
    source: str | None = None
    """The name of the site or of the publisher, else the host of the canonical URL."""

    def fill(self, other: StatedFields) -> Self:
        """Return a copy in which each empty field has the value of `other`."""
        names = [field.name for field in fields(StatedFields)]
        return replace(self, **{name: getattr(self, name) or getattr(other, name) for name in names})
