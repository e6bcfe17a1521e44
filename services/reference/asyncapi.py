"""AsyncAPI 3.1 document of all topics: their messages, who writes them, who reads them, and the servers."""

from __future__ import annotations

from typing import Any, Final

from services.contracts.headers import (
    ENRICHED_TYPE,
    MENTION_TYPE,
    RAW_TYPE,
    RETRACTED_TYPE,
    RETRACTION_REQUEST_TYPE,
    STORY_TYPE,
    VERDICT_TYPE,
)
from services.contracts.topics import (
    ANNOTATED,
    DECLARED,
    ENRICHED,
    FEED_STATES,
    MATCH_CHECKPOINTS,
    MENTIONS,
    RAW,
    REPLAYED,
    RETRACTION_REQUESTS,
    RETRACTIONS,
    SHARD_MAP,
    SINK_CHECKPOINTS,
    STORIES,
    VERDICTS,
    Topic,
    route_topic,
)

VERSION: Final = "1.0.0"
"""Version of the interface. The major number is the suffix of the topics' names; additions raise the minor number."""

ROUTED: Final = "routed"

Document = dict[str, Any]

SERVERS: Final = {
    "local": ("127.0.0.1:9092", "kafka", "Kafka of `copydesk up`."),
    "compose": ("127.0.0.1:9094", "kafka", "Kafka of Docker Compose."),
    "production": (
        "news-kafka-bootstrap.kafka.svc:9093",
        "kafka-secure",
        "Kafka of the overlay `production`: TLS, and a login by SCRAM-SHA-512. Yours has another name.",
    ),
}
"""Address, protocol and description of each server that the repository sets up."""

PUBLIC: Final = {
    RAW: (
        (RAW_TYPE,),
        "Raw articles as the sources deliver them. Any producer may write here; the ingest service is not required.",
    ),
    ENRICHED: (
        (ENRICHED_TYPE, RETRACTED_TYPE),
        "Every article exactly once, with its entities, sentiment and duplicate verdict; again for each new revision; "
        "and a retraction for each article that is withdrawn. The header `ce_type` distinguishes them.",
    ),
    STORIES: (
        (STORY_TYPE,),
        "The articles about one event, by the story's id: each change of a story, and after compaction the last one.",
    ),
    MENTIONS: (
        (MENTION_TYPE,),
        "A row for each article and entity, by the entity's key. Empty unless `COPYDESK_MATCH__MENTIONS` is on.",
    ),
    VERDICTS: (
        (VERDICT_TYPE,),
        "The match stage's record of each article, from which it decides `duplicate_of`.",
    ),
    RETRACTION_REQUESTS: (
        (RETRACTION_REQUEST_TYPE,),
        "Requests to retract articles, by id, URL or source. `POST /v1/retractions` of ingest writes them.",
    ),
    RETRACTIONS: ((RETRACTED_TYPE,), "The list of all retracted articles. Compacted, and kept without limit."),
}
"""Event types and purpose of each public topic."""

INTERNAL: Final = {
    ANNOTATED: "Annotated articles, by shard, and orders to retract one.",
    FEED_STATES: "The state of each feed that ingest polls.",
    SHARD_MAP: "The shard map in use.",
    MATCH_CHECKPOINTS: "The offsets that each lane of match has processed.",
    SINK_CHECKPOINTS: "The offsets that each lane of sink has processed.",
    REPLAYED: "A note about each dead letter that was sent back.",
}
"""Purpose of each internal topic. Its records may change in any release."""

DEAD_LETTERS: Final = (
    "Records that could not be processed, with the key, bytes, headers and timestamp of the original record. Added"
    " headers give the reason. `copydesk tail` shows such a record in the form news.dead-letter.v1."
)


def build_asyncapi(headers: dict[str, str]) -> Document:
    """Return the document; `headers` maps the name of each event header to its meaning."""
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Copydesk",
            "version": VERSION,
            "description": "Raw news articles in; clean, annotated, de-duplicated and routed events out.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": _list_servers(),
        "channels": (channels := _list_channels()),
        "operations": _list_operations(channels),
        "components": {
            "messages": _list_messages(headers),
            "securitySchemes": {"scram": {"type": "scramSha512"}},
        },
    }


def _list_servers() -> Document:
    servers: Document = {}
    for name, (host, protocol, text) in SERVERS.items():
        servers[name] = {"host": host, "protocol": protocol, "description": text}
        if protocol == "kafka-secure":
            servers[name]["security"] = [{"$ref": "#/components/securitySchemes/scram"}]
    return servers


def _list_channels() -> Document:
    """Describe every topic: the public ones, the routed ones, the dead letters, and the internal ones."""
    declared = {topic.name: topic for topic in DECLARED}
    channels = {name: _build_channel(declared[name], types, text) for name, (types, text) in PUBLIC.items()}
    channels[ROUTED] = _build_channel(
        route_topic("{route}"),
        (ENRICHED_TYPE, RETRACTED_TYPE),
        "Enriched events that a routing rule selected, and the retractions of these articles.",
    )
    channels[ROUTED]["parameters"] = {"route": {"description": "Name of a route in the sink's rules."}}
    for name, topic in declared.items():
        if name in INTERNAL:
            channels[name] = _build_address(topic, f"Internal. {INTERNAL[name]}")
        elif name not in PUBLIC:
            channels[name] = _build_address(topic, DEAD_LETTERS) | {
                "messages": {"record": {"$ref": "#/components/messages/dead-letter"}}
            }
    return channels


def _build_channel(topic: Topic, event_types: tuple[str, ...], description: str) -> Document:
    messages = {event_type: {"$ref": f"#/components/messages/{event_type}"} for event_type in event_types}
    return _build_address(topic, description) | {"messages": messages}


def _build_address(topic: Topic, description: str) -> Document:
    settings = {
        "cleanup.policy": topic.settings["cleanup.policy"].split(","),
        "retention.ms": int(topic.settings["retention.ms"]),
        "max.message.bytes": int(topic.settings["max.message.bytes"]),
    }
    return {
        "address": topic.name,
        "description": description,
        "bindings": {"kafka": {"partitions": topic.partitions, "topicConfiguration": settings}},
    }


def _list_operations(channels: Document) -> Document:
    """Return the operations: Copydesk sends to every channel, and receives what other programs may write too."""
    operations = {f"send.{name}": {"action": "send", "channel": {"$ref": f"#/channels/{name}"}} for name in channels}
    for name in (RAW, RETRACTION_REQUESTS):
        operations[f"receive.{name}"] = {"action": "receive", "channel": {"$ref": f"#/channels/{name}"}}
    return operations


def _list_messages(headers: dict[str, str]) -> Document:
    described = {
        "type": "object",
        "properties": {name: {"type": "string", "description": text} for name, text in headers.items()},
    }
    article = {"type": "string", "description": "The article id."}
    keys = {
        STORY_TYPE: {"type": "string", "description": "The story id."},
        MENTION_TYPE: {"type": "string", "description": "The key of the entity."},
    }
    messages: Document = {
        event_type: {
            "name": event_type,
            "headers": described,
            "payload": {"$ref": f"./{event_type}.json"},
            "bindings": {"kafka": {"key": keys.get(event_type, article)}},
        }
        for event_type in dict.fromkeys(event_type for types, _ in PUBLIC.values() for event_type in types)
    }
    messages["dead-letter"] = {"name": "dead-letter", "contentType": "application/octet-stream", "payload": {}}
    return messages
