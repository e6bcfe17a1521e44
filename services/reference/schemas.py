"""JSON Schema, Avro, AsyncAPI and the list of topics, generated from the contracts into schemas/.

schemas/published/ holds the schemas that consumers were promised. Only `publish` changes it, and it refuses a schema
that would break those consumers.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from services.contracts.base import Contract
from services.contracts.dead_letter import DeadLetter
from services.contracts.event import AnnotatedArticle, EnrichedArticle
from services.contracts.headers import (
    ANNOTATED_TYPE,
    ENRICHED_TYPE,
    MENTION_TYPE,
    RAW_TYPE,
    RETRACTED_TYPE,
    RETRACTION_REQUEST_TYPE,
    SCHEMA_BASE,
    STORY_TYPE,
    VERDICT_TYPE,
)
from services.contracts.mention import MentionRow
from services.contracts.raw import RawArticle
from services.contracts.retraction import Retraction, RetractionRequest
from services.contracts.state.verdict_log import VerdictRecord
from services.contracts.stories.record import StoryRecord
from services.contracts.topics import DECLARED, OTHER_SHARD, SHARDS, route_topic
from services.reference.asyncapi import build_asyncapi
from services.reference.avro import build_avro
from services.reference.compatibility import find_breaks
from services.reference.files import Files

FOLDER = Path("schemas")
PUBLISHED = FOLDER / "published"
ASYNCAPI = "asyncapi.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
DEAD_LETTER_TYPE = "news.dead-letter.v1"

MODELS: dict[str, type[Contract]] = {
    RAW_TYPE: RawArticle,
    ANNOTATED_TYPE: AnnotatedArticle,
    ENRICHED_TYPE: EnrichedArticle,
    VERDICT_TYPE: VerdictRecord,
    STORY_TYPE: StoryRecord,
    MENTION_TYPE: MentionRow,
    DEAD_LETTER_TYPE: DeadLetter,
    RETRACTED_TYPE: Retraction,
    RETRACTION_REQUEST_TYPE: RetractionRequest,
}
"""Model of each event type (`ce_type`)."""

PROMISED = (
    RAW_TYPE,
    ENRICHED_TYPE,
    VERDICT_TYPE,
    STORY_TYPE,
    MENTION_TYPE,
    DEAD_LETTER_TYPE,
    RETRACTED_TYPE,
    RETRACTION_REQUEST_TYPE,
)
"""Event types that consumers may rely on; the annotated article is internal."""

SENT_TO_US = (RAW_TYPE, RETRACTION_REQUEST_TYPE)
"""Event types that other programs send to Copydesk."""

HEADERS = {
    "ce_specversion": "1.0 (CloudEvents, Kafka protocol binding, binary mode)",
    "ce_id": "the article id",
    "ce_source": "copydesk/<stage>",
    "ce_type": "the event's type and version, such as news.article.enriched.v1",
    "ce_subject": "the article id",
    "ce_dataschema": f"{SCHEMA_BASE}<ce_type>",
    "ce_time": "when the broker appended the article to the raw topic (RFC 3339, UTC); absent on the raw topic itself",
    "content-type": "application/json",
    "traceparent": "W3C Trace Context of the sender; if the sender gave none, derived from the article id",
    "x-copydesk-revision": "only on an event that replaces an earlier one of the article: the number of its revision",
    "x-copydesk-routes": "only on a retraction on the enriched topic: the routes of the article, separated by commas",
    "x-copydesk-route": "routed topics only: the route's name",
    "x-copydesk-rules": "routed topics only: the rules' version, the first 12 hex digits of their file's SHA-256",
}
"""Meaning of each header of an event, by the header's name."""


def build_files() -> Files:
    """Return every generated file of schemas/."""
    files = {f"{event_type}.json": _render(_build_schema(event_type)) for event_type in MODELS}
    files |= {f"{event_type}.avsc": _render(build_avro(model)) for event_type, model in MODELS.items()}
    files[ASYNCAPI] = _render(build_asyncapi(HEADERS))
    files["topics.json"] = _render(_describe_topics())
    return {FOLDER / name: content for name, content in files.items()}


def find_all_breaks(root: Path) -> list[str]:
    """Return one line for each way in which the current schemas break consumers of the published ones."""
    found = []
    for path in sorted((root / PUBLISHED).glob("*.json")):
        if path.stem not in MODELS:
            found.append(f"{path.stem} is gone")
            continue
        published = json.loads(path.read_text(encoding="utf-8"))
        current = _build_schema(path.stem)
        breaks = find_breaks(published, current, is_sent_to_us=path.stem in SENT_TO_US)
        found += [f"{path.stem}: {text}" for text in breaks]
    return found


def publish(root: Path) -> list[str]:
    """Promise the current schemas to consumers, unless one breaks an earlier promise; return the breaks."""
    breaks = find_all_breaks(root)
    if not breaks:
        (root / PUBLISHED).mkdir(parents=True, exist_ok=True)
        for event_type in PROMISED:
            path = root / PUBLISHED / f"{event_type}.json"
            path.write_text(_render(_build_schema(event_type)), encoding="utf-8")
    return breaks


def _build_schema(event_type: str) -> dict[str, object]:
    schema = MODELS[event_type].model_json_schema(mode="validation" if event_type in SENT_TO_US else "serialization")
    return {"$schema": DIALECT, "$id": f"{SCHEMA_BASE}{event_type}", **schema}


def _describe_topics() -> dict[str, object]:
    return {
        "key": (
            "the article id; on the topic of stories the story's id, on that of mentions the entity's key; "
            "on a dead-letter topic the original key"
        ),
        "headers": HEADERS,
        "shards": {**SHARDS, "any other language": OTHER_SHARD},
        "topics": [asdict(topic) for topic in (*DECLARED, route_topic("<route>"))],
    }


def _render(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
