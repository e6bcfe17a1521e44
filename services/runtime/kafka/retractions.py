"""The list of retracted articles, on a compacted topic. Every reader of old articles leaves them out."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import TypeVar

from services.contracts.headers import find_header
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.contracts.retraction import Retraction
from services.contracts.topics import DEFAULT_LAYOUT, RETRACTIONS, TopicLayout
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.kafka.scanning import scan_topics
from services.runtime.kafka.topics import find_topics
from services.runtime.service.settings import KafkaSettings

R = TypeVar("R", bound=ConsumedRecord)


async def read_retracted_ids(settings: KafkaSettings, layout: TopicLayout = DEFAULT_LAYOUT) -> set[str]:
    """Return the ids of all retracted articles. Raises TransientError if Kafka does not answer."""
    found = await find_topics(settings, layout.name(RETRACTIONS).__eq__)
    retracted: set[str] = set()
    async for records in scan_topics(settings, found, client_id="copydesk-retracted"):
        for record in records:
            if record.value is not None:
                retracted.add(Retraction.model_validate_json(record.value).id)
    return retracted


def leave_out_retracted(records: Iterable[R], retracted: Set[str]) -> list[R]:
    """Return the raw records whose article is not retracted."""
    if not retracted:
        return list(records)
    return [record for record in records if find_article_id(record) not in retracted]


def find_article_id(record: ConsumedRecord) -> str | None:
    """Return the id of a raw article, from its header or else derived as annotate does; None if it is no article."""
    if (named := find_header(record.headers, "ce_id")) is not None:
        return named.decode(errors="replace")
    try:
        return derive_article_id(RawArticle.model_validate_json(record.value or b""))
    except ValueError:
        return None
