"""The resolver of retractions: it finds the articles of a request, their shards and their routes, and sends orders.

A request is on a topic of its own. The resolver is a member of a group, commits a request when its orders are stored,
and repeats it after a crash. A shard executes the first order for an article and ignores the later ones, so that
consumers get one event.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError
from pydantic_core import from_json, to_json

from services.contracts.decoding import decode_record
from services.contracts.event import UNKNOWN_LANGUAGE, Language
from services.contracts.headers import (
    ENRICHED_TYPE,
    RETRACTED_TYPE,
    RETRACTION_ORDER_TYPE,
    RETRACTION_REQUEST_TYPE,
    build_headers,
    find_header,
)
from services.contracts.retraction import Retraction, RetractionOrder, RetractionRequest
from services.contracts.state.shard_map import ShardMap, choose_shard
from services.contracts.topics import (
    ANNOTATED,
    ENRICHED,
    RETRACTION_REQUESTS,
    RETRACTIONS,
    TopicLayout,
    declare_topics,
)
from services.errors import CopydeskError, PermanentError
from services.outcomes import Stage
from services.runtime.kafka.clients import build_group_consumer, build_producer, translate, within
from services.runtime.kafka.producer import send
from services.runtime.kafka.records import ConsumedRecord, OutputRecord
from services.runtime.kafka.scanning import scan_topics
from services.runtime.kafka.topics import create_topics, find_topics
from services.runtime.service.crash_points import CrashPoint, reach
from services.runtime.service.settings import KafkaSettings

GROUP = "copydesk-retractions"
CLIENT_ID = "copydesk-retractions"
POLL_MS = 1_000
"""Longest wait for a request, and the time between two polls that keep the membership while topics are searched."""
STOP_TIMEOUT = 2.0
"""Seconds to stop a client: nothing is lost with it, and match must stop in time while Kafka is away."""
PAUSE = 5.0
"""Seconds until the resolver starts again after an error."""

logger = structlog.get_logger()


@dataclass(slots=True)
class RetractedArticle:
    """An article to retract."""

    reason: str
    shard: int | None = None
    """Shard of the article; None if the enriched topic does not have it."""
    routes: set[str] = field(default_factory=set)


class RetractionResolver:
    """The member of the group that resolves retractions, for the life of the process."""

    def __init__(self, kafka: KafkaSettings, layout: TopicLayout, shards: ShardMap) -> None:
        self._kafka = kafka
        self._layout = layout
        self._shards = shards

    async def run(self) -> None:
        """Resolve requests until cancelled. An error is logged, and the resolver starts again."""
        while True:
            try:
                await self._serve()
            except CopydeskError as error:
                logger.warning("retractions_interrupted", error=str(error), pause=PAUSE)
            except Exception as error:
                # A bug here must not stop the matching of articles.
                logger.error("retractions_failed", exc_info=error)
            await asyncio.sleep(PAUSE)

    async def _serve(self) -> None:
        own = {self._layout.name(name) for name in (RETRACTION_REQUESTS, RETRACTIONS)}
        await create_topics(self._kafka, [topic for topic in declare_topics(self._layout) if topic.name in own])
        timeout = self._kafka.request_timeout
        consumer = build_group_consumer(self._kafka, self._layout.name(GROUP), client_id=CLIENT_ID)
        producer = build_producer(self._kafka, client_id=CLIENT_ID)
        consumer.subscribe([self._layout.name(RETRACTION_REQUESTS)])
        try:
            await within(timeout, "start the reader of retractions", consumer.start())
            await within(timeout, "start the producer of retractions", producer.start())
            while True:
                await self._resolve_next(consumer, producer)
        except KafkaError as error:
            raise translate("resolve retractions", error) from error
        finally:
            for client in (consumer, producer):
                with suppress(CopydeskError):
                    await within(STOP_TIMEOUT, "stop a client of the retractions", client.stop())

    async def _resolve_next(self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer) -> None:
        """Wait for requests, resolve them, and commit them."""
        fetched = await consumer.getmany(timeout_ms=POLL_MS)
        requests = [request for records in fetched.values() for request in map(_decode, records) if request]
        if requests:
            resolving = asyncio.create_task(self.resolve(requests, producer), name="resolve-retractions")
            try:
                await self._stay_while(resolving, consumer)
            finally:
                resolving.cancel()
        if fetched:
            await consumer.commit()

    async def _stay_while(self, resolving: asyncio.Task[None], consumer: AIOKafkaConsumer) -> None:
        """Poll without fetching while topics are searched: a member that does not poll is removed from its group."""
        consumer.pause(*consumer.assignment())
        while not resolving.done():
            await asyncio.wait({resolving}, timeout=POLL_MS / 1_000)
            await consumer.getmany(timeout_ms=0)
        consumer.resume(*consumer.assignment())
        resolving.result()

    async def resolve(self, requests: Sequence[RetractionRequest], producer: AIOKafkaProducer) -> None:
        """Find the articles of the requests, and send an order for each; return when all are stored."""
        articles = await self._find_articles(requests)
        await self._find_routes(articles)
        outputs = [output for item in articles.items() for output in self._build_outputs(*item)]
        deliveries = [await send(producer, output) for output in outputs]
        await within(self._kafka.request_timeout, "send retraction orders", asyncio.gather(*deliveries))
        await reach(CrashPoint.DELIVERED)
        unknown = sum(article.shard is None for article in articles.values())
        logger.info("retractions_resolved", requests=len(requests), articles=len(articles), unknown=unknown)

    async def _find_articles(self, requests: Sequence[RetractionRequest]) -> dict[str, RetractedArticle]:
        """Search the enriched topic. An id that it does not have is retracted too."""
        articles = {request.id: RetractedArticle(request.reason) for request in requests if request.id is not None}
        searches = [request for request in requests if request.id is None]
        # The URLs and sources as they are written in JSON, with escapes.
        needles = [to_json(request.url or request.source)[1:-1] for request in searches]
        topics = await find_topics(self._kafka, self._layout.name(ENRICHED).__eq__)
        async for records in scan_topics(self._kafka, topics, client_id=CLIENT_ID):
            for record in records:
                value = record.value or b""
                article_id = (record.key or b"").decode(errors="replace")
                # Only what may concern a request is parsed: a topic has millions of events.
                if article_id not in articles and not any(needle in value for needle in needles):
                    continue
                self._add_article(articles, searches, article_id, record)
        return articles

    def _add_article(
        self,
        articles: dict[str, RetractedArticle],
        searches: Sequence[RetractionRequest],
        article_id: str,
        record: ConsumedRecord,
    ) -> None:
        if find_header(record.headers, "ce_type") not in (None, ENRICHED_TYPE.encode()):
            return
        try:
            article = from_json(record.value or b"")["article"]
            shard = choose_shard(Language.model_validate(article["language"]), self._shards)
        except (ValueError, KeyError, TypeError):
            return
        if article_id not in articles:
            request = next((request for request in searches if _concerns(request, article)), None)
            if request is None:
                return
            articles[article_id] = RetractedArticle(request.reason)
        articles[article_id].shard = shard

    async def _find_routes(self, articles: dict[str, RetractedArticle]) -> None:
        """Search all routed topics, also those of routes that are no longer in the rules."""
        if not articles:
            return
        topics = await find_topics(self._kafka, self._layout.is_routed)
        keys = {article_id.encode(): article for article_id, article in articles.items()}
        async for records in scan_topics(self._kafka, topics, client_id=CLIENT_ID):
            for record in records:
                if (found := keys.get(record.key or b"")) is not None:
                    found.routes.add(self._layout.find_route(record.topic))

    def _build_outputs(self, article_id: str, article: RetractedArticle) -> Iterable[OutputRecord]:
        """Build the entry of the list of retractions, and the orders.

        The shard of an article that is not on the enriched topic is not known. All shards get the order, so that the
        article is refused wherever it arrives, and one of them publishes it.
        """
        key, reason = article_id.encode(), article.reason
        headers = partial(build_headers, article_id=article_id, stage=Stage.MATCH)
        yield OutputRecord(
            self._layout.name(RETRACTIONS),
            key,
            Retraction(id=article_id, reason=reason).to_bytes(),
            headers(event_type=RETRACTED_TYPE),
            partition=0,
        )
        # The shard of unknown languages publishes the retraction of an article that no topic has.
        publisher = self._shards.find(UNKNOWN_LANGUAGE)
        for shard in range(self._shards.count) if article.shard is None else (article.shard,):
            order = RetractionOrder(
                id=article_id,
                reason=reason,
                routes=tuple(sorted(article.routes)),
                publishes_unknown=shard in (article.shard, publisher),
            )
            yield OutputRecord(
                self._layout.name(ANNOTATED),
                key,
                order.to_bytes(),
                headers(event_type=RETRACTION_ORDER_TYPE),
                partition=shard,
            )


def _decode(record: ConsumedRecord) -> RetractionRequest | None:
    """Return the request of a record; None, with a line in the log, for a record that is none."""
    try:
        return decode_record(RetractionRequest, record.value, record.headers, RETRACTION_REQUEST_TYPE)
    except PermanentError as error:
        logger.error("retraction_rejected", topic=record.topic, offset=record.offset, error=str(error))
        return None


def _concerns(request: RetractionRequest, article: dict[str, object]) -> bool:
    if request.url is not None:
        return request.url in (article.get("url"), article.get("canonical_url"))
    return article.get("source") == request.source
