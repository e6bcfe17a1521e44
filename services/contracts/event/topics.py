"""The topics of an event."""

from __future__ import annotations

from pydantic import Field

from services.contracts.base import Contract, Probability


class Topic(Contract):
    """A subject of the article, from IPTC Media Topics (https://iptc.org/standards/media-topics/)."""

    id: str
    """The QCode of the topic, such as `medtop:15000000`."""
    name: str
    """The English name of the topic."""
    level: int = Field(ge=1, le=6)
    """The level in the taxonomy: 1 for the 17 topics at the top, 2 for those directly below."""
    confidence: Probability
    """The calibrated probability that the article is about the topic."""
