"""Generates schemas/ from the contracts: `python -m services.reference.schemas [--check | --publish] [FOLDER]`.

`FOLDER/published` holds what others were promised, and changes by `--publish` alone, which refuses a
schema that would break them.
"""

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
from services.reference.asyncapi import build_asyncapi
from services.reference.avro import build_avro
from services.reference.compatibility import find_breaks

ASYNCAPI = "asyncapi.json"
PUBLISHED = "published"
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

PROMISED = (RAW_TYPE, ENRICHED_TYPE, VERDICT_TYPE, DEAD_LETTER_TYPE)
"""The types that others build on; the annotated article is internal."""

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
    files |= {f"{event_type}.avsc": _render(build_avro(model)) for event_type, model in MODELS.items()}
    files[ASYNCAPI] = _render(build_asyncapi(HEADERS))
    files["topics.json"] = _render(_describe_topics())
    return files


def find_all_breaks(folder: Path) -> list[str]:
    """What of today's schemas breaks those who were built on the published ones in `folder`, one line each."""
    found = []
    for path in sorted((folder / PUBLISHED).glob("*.json")):
        if path.stem not in MODELS:
            found.append(f"{path.stem} is gone")
            continue
        published = json.loads(path.read_text(encoding="utf-8"))
        current = _build_schema(path.stem)
        breaks = find_breaks(published, current, is_sent_to_us=path.stem == RAW_TYPE)
        found += [f"{path.stem}: {text}" for text in breaks]
    return found


def publish(folder: Path) -> list[str]:
    """Promise today's schemas, unless one breaks an earlier promise; returns the breaks."""
    breaks = find_all_breaks(folder)
    if not breaks:
        (folder / PUBLISHED).mkdir(parents=True, exist_ok=True)
        for event_type in PROMISED:
            path = folder / PUBLISHED / f"{event_type}.json"
            path.write_text(_render(_build_schema(event_type)), encoding="utf-8")
    return breaks


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
    """Write the files, or with --check compare them; returns 1 when a file differs or a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("schemas"))
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="compare and write nothing")
    choice.add_argument("--publish", action="store_true", help="promise today's schemas to consumers")
    options = parser.parse_args(arguments)
    if breaks := publish(options.folder) if options.publish else find_all_breaks(options.folder):
        sys.stderr.write("\n".join([*breaks, "this needs a new version of the event; see CONTRIBUTING.md", ""]))
        return 1
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
