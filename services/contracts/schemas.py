"""Generates schemas/ from the contracts: `python -m services.contracts.schemas [--check] [FOLDER]`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from services.contracts.base import Contract
from services.contracts.dead_letter import DeadLetter
from services.contracts.event import AnnotatedArticle, EnrichedArticle
from services.contracts.headers import ANNOTATED_TYPE, ENRICHED_TYPE, RAW_TYPE, SCHEMA_BASE, VERDICT_TYPE
from services.contracts.raw import RawArticle
from services.contracts.topics import DECLARED, OTHER_SHARD, SHARDS, route_topic
from services.contracts.verdict_log import VerdictRecord

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DEAD_LETTER_TYPE = "news.dead-letter.v1"

MODELS: dict[str, type[Contract]] = {
    RAW_TYPE: RawArticle,
    ANNOTATED_TYPE: AnnotatedArticle,
    ENRICHED_TYPE: EnrichedArticle,
    VERDICT_TYPE: VerdictRecord,
    DEAD_LETTER_TYPE: DeadLetter,
}
"""Event type (`ce_type`) to model."""

HEADERS = {
    "ce_specversion": "1.0 (CloudEvents, Kafka protocol binding, binary mode)",
    "ce_id": "the article id",
    "ce_source": "copydesk/<stage>",
    "ce_type": "the event's type and version, such as news.article.enriched.v1",
    "ce_subject": "the article id",
    "ce_dataschema": f"{SCHEMA_BASE}<ce_type>",
    "ce_time": "when the raw topic's broker took the article (RFC 3339, UTC); absent on the raw topic itself",
    "content-type": "application/json",
    "traceparent": "W3C Trace Context of the sender, else derived from the article id",
    "x-copydesk-route": "routed topics: the route's name",
}


def build_schemas() -> dict[str, str]:
    """File name to content of everything generated in schemas/."""
    files = {f"{event_type}.json": _render(_build_schema(event_type)) for event_type in MODELS}
    files["topics.json"] = _render(_describe_topics())
    return files


def _build_schema(event_type: str) -> dict[str, object]:
    schema = MODELS[event_type].model_json_schema(mode="validation" if event_type == RAW_TYPE else "serialization")
    return {"$schema": DIALECT, "$id": f"{SCHEMA_BASE}{event_type}", **schema}


def _describe_topics() -> dict[str, object]:
    return {
        "key": "the article id; on a dead-letter topic the original key",
        "headers": HEADERS,
        "shards": {**SHARDS, "any other language": OTHER_SHARD},
        "topics": [asdict(topic) for topic in (*DECLARED, route_topic("<route>"))],
    }


def _render(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or with --check compare them; returns 1 when a file differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("schemas"))
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    options = parser.parse_args(arguments)
    stale = []
    for name, content in build_schemas().items():
        path: Path = options.folder / name
        if path.exists() and path.read_text(encoding="utf-8") == content:
            continue
        stale.append(name)
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    if stale and options.check:
        sys.stderr.write(f"not what the contracts say: {', '.join(stale)}; run `make reference`\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
