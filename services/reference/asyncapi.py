"""AsyncAPI 3.1 document of the public topics: their messages, who writes them, and who reads them."""

from __future__ import annotations

from typing import Any, Final

from services.contracts.headers import ENRICHED_TYPE, RAW_TYPE, VERDICT_TYPE
from services.contracts.topics import DECLARED, ENRICHED, RAW, VERDICTS, Topic, dead_letter_topic, route_topic

VERSION: Final = "1.0.0"
"""Version of the interface. The major number is the suffix of the topics' names; additions raise the minor number."""

ROUTED: Final = "routed"

Document = dict[str, Any]

PUBLIC: Final = {
    RAW: (
        RAW_TYPE,
        "Raw articles as the sources deliver them. Any producer may write here; the ingest service is not required.",
    ),
    ENRICHED: (ENRICHED_TYPE, "Every article exactly once, with its entities, sentiment and duplicate verdict."),
    VERDICTS: (VERDICT_TYPE, "The match stage's record of each article, from which it decides `duplicate_of`."),
}
"""Event type and purpose of each public topic; all other topics are internal."""

DEAD_LETTERS: Final = (
    "Records that could not be processed, with the key, bytes, headers and timestamp of the original record. Added"
    " headers give the reason. `copydesk tail` shows such a record in the form news.dead-letter.v1."
)


def build_asyncapi(headers: dict[str, str]) -> Document:
    """Return the document; `headers` maps the name of each event header to its meaning."""
    declared = {topic.name: topic for topic in DECLARED}
    channels = {name: _build_channel(declared[name], event_type, text) for name, (event_type, text) in PUBLIC.items()}
    channels[ROUTED] = _build_channel(
        route_topic("{route}"), ENRICHED_TYPE, "Enriched events that a routing rule selected."
    )
    channels[ROUTED]["parameters"] = {"route": {"description": "Name of a route in the sink's rules."}}
    for source in (RAW, ENRICHED):
        topic = declared[dead_letter_topic(source)]
        channels[topic.name] = _build_address(topic, DEAD_LETTERS) | {
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
        "operations": _list_operations(channels),
        "components": {"messages": _list_messages(headers)},
    }


def _build_channel(topic: Topic, event_type: str, description: str) -> Document:
    message = {event_type: {"$ref": f"#/components/messages/{event_type}"}}
    return _build_address(topic, description) | {"messages": message}


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
    """Return the operations: Copydesk sends to every channel, the raw topic included, and receives the raw topic."""
    operations = {f"send.{name}": {"action": "send", "channel": {"$ref": f"#/channels/{name}"}} for name in channels}
    operations[f"receive.{RAW}"] = {"action": "receive", "channel": {"$ref": f"#/channels/{RAW}"}}
    return operations


def _list_messages(headers: dict[str, str]) -> Document:
    described = {
        "type": "object",
        "properties": {name: {"type": "string", "description": text} for name, text in headers.items()},
    }
    key = {"type": "string", "description": "The article id."}
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
