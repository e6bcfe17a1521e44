"""One row for each article and entity: the events on `news.mentions.v1`, for tables and time series."""

from __future__ import annotations

from pydantic import AwareDatetime, PositiveInt

from services.contracts.base import Contract, Probability
from services.contracts.event import EntityType, Identifiers, Novelty, Polarity, ResolvedTime, Verdict


class MentionRow(Contract):
    """An entity in an article. Key: the key of the entity.

    Article and entity together are unique, except for later revisions of the article, which have a higher `revision`
    and replace the row. When an article is retracted, delete its rows by `article`.
    """

    article: str
    """The article id."""
    revision: PositiveInt = 1
    """The number of the revision of the article."""
    at: AwareDatetime | None = None
    """The time at which the raw topic received the article."""
    published_at: ResolvedTime | None = None
    """The time of publication; null if it is unknown."""
    source: str | None = None
    """The publisher; null if it is unknown."""
    language: str
    """The language code of the article (BCP 47)."""
    headline: str | None = None
    """The headline; null without one."""
    verdict: Verdict
    """The duplicate verdict on the article."""
    story: str | None = None
    """The id of the article's story; null if stories are off."""
    entity: str
    """The key of the entity, the same in every article."""
    name: str
    """The name of the entity in the article."""
    type: EntityType
    """The type of the entity."""
    identifiers: Identifiers | None = None
    """The identifiers of the entity; null as in the event."""
    salience: Probability
    """A measure from 0 to 1 of how central the entity is to the article."""
    mentions: PositiveInt
    """The number of mentions of the entity in the article."""
    polarity: Polarity
    """The attitude of the article toward the entity."""
    negative: Probability
    """The probability of a negative attitude."""
    neutral: Probability
    """The probability of a neutral attitude."""
    positive: Probability
    """The probability of a positive attitude."""
    novelty: Novelty | None = None
    """How new the entity is in the article; null as in the event."""
