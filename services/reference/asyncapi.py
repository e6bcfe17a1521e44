"""The AsyncAPI 3.1 document: which topics there are, who writes them, and what lies on them."""

from __future__ import annotations

from typing import Any, Final

from services.contracts.headers import ENRICHED_TYPE, RAW_TYPE, VERDICT_TYPE
from services.contracts.topics import DECLARED, ENRICHED, RAW, VERDICTS, Topic, dead_letter_topic, route_topic

VERSION: Final = "1.0.0"
"""Of the contract, which is that of the topics' suffix with what was added since."""

ROUTED: Final = "routed"

Document = dict[str, Any]

PUBLIC: Final = {
    RAW: (RAW_TYPE, "Articles as the sources have them. Whoever writes here needs no ingest."),
    ENRICHED: (ENRICHED_TYPE, "Every article once, with entities, sentiment and its duplicate verdict."),
    VERDICTS: (VERDICT_TYPE, "What match remembers of each article: the truth behind duplicate_of."),
}
"""Topic to event type and purpose; the others are internal."""

DEAD_LETTERS: Final = (
    "What could not be processed: key, bytes, headers and timestamp of the original record, with the reason in"
    " added headers (`copydesk tail` shows it as news.dead-letter.v1)."
)


def build_asyncapi(headers: dict[str, str]) -> Document:
    """Return the document; `headers` are those of every event, with their meanings."""
    declared = {topic.name: topic for topic in DECLARED}
    channels = {name: _channel(declared[name], event_type, text) for name, (event_type, text) in PUBLIC.items()}
    channels[ROUTED] = _channel(route_topic("{route}"), ENRICHED_TYPE, "Enriched events that a routing rule names.")
    channels[ROUTED]["parameters"] = {"route": {"description": "A route of the sink's rules."}}
    for source in (RAW, ENRICHED):
        topic = declared[dead_letter_topic(source)]
        channels[topic.name] = _address(topic, DEAD_LETTERS) | {
            "messages": {"record": {"$ref": "#/components/messages/dead-letter"}}
        }
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Copydesk",
            "version": VERSION,
            "description": "Raw news articles in; clean, annotated, de-duplicated and routed events out.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": _operations(channels),
        "components": {"messages": _messages(headers)},
    }


def _channel(topic: Topic, event_type: str, description: str) -> Document:
    message = {event_type: {"$ref": f"#/components/messages/{event_type}"}}
    return _address(topic, description) | {"messages": message}


def _address(topic: Topic, description: str) -> Document:
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


def _operations(channels: Document) -> Document:
    """Copydesk receives the raw topic and sends all, the raw one included: ingest writes there."""
    operations = {f"send.{name}": {"action": "send", "channel": {"$ref": f"#/channels/{name}"}} for name in channels}
    operations[f"receive.{RAW}"] = {"action": "receive", "channel": {"$ref": f"#/channels/{RAW}"}}
    return operations


def _messages(headers: dict[str, str]) -> Document:
    described = {
        "type": "object",
        "properties": {name: {"type": "string", "description": text} for name, text in headers.items()},
    }
    key = {"type": "string", "description": "The article's id."}
    messages: Document = {
        event_type: {
            "name": event_type,
            "headers": described,
            "payload": {"$ref": f"./{event_type}.json"},
            "bindings": {"kafka": {"key": key}},
        }
        for event_type in dict.fromkeys(event_type for event_type, _ in PUBLIC.values())
    }
    messages["dead-letter"] = {"name": "dead-letter", "contentType": "application/octet-stream", "payload": {}}
    return messages
