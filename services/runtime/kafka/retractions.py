"""The list of retracted articles, on a compacted topic. Whatever reads old articles leaves these out."""

from __future__ import annotations

from services.contracts.retraction import Retraction
from services.contracts.topics import DEFAULT_LAYOUT, RETRACTIONS, TopicLayout
from services.runtime.kafka.scanning import scan_topics
from services.runtime.kafka.topics import find_topics
from services.runtime.service.settings import KafkaSettings


async def read_retracted_ids(settings: KafkaSettings, layout: TopicLayout = DEFAULT_LAYOUT) -> set[str]:
    """Return the ids of all retracted articles. Raises TransientError if Kafka does not answer."""
    found = await find_topics(settings, layout.name(RETRACTIONS).__eq__)
    retracted: set[str] = set()
    async for records in scan_topics(settings, found, client_id="copydesk-retracted"):
        for record in records:
            if record.value is not None:
                retracted.add(Retraction.model_validate_json(record.value).id)
    return retracted
