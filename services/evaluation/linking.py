"""Scores of entity linking on articles whose mentions have Wikidata ids, on the labelled spans and from end to end."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TextIO

from services.enrichment.encoder import Encoder, EntityType
from services.enrichment.entities import ArticleReading, read_fields
from services.enrichment.entities.names.grouping import group_mentions
from services.enrichment.entities.names.typed_mentions import TypedMention
from services.enrichment.linking.article import prepare_entities
from services.enrichment.linking.linker import Linker
from services.enrichment.links import NO_LINK, EntityLink, MentionedEntity, Place
from services.evaluation.rows import Row, check_rows
from services.evaluation.scores import DIGITS, compute_share, expected_calibration_error

BODY: Final = "body"

MAX_WORDS: Final = 100_000
"""Maximum number of words of a text that the encoder reads: all of any article."""

BINS: Final = 10
"""Number of bins of the calibration error."""

_WIKIDATA = re.compile(r"Q[1-9]\d*")


@dataclass(slots=True)
class LinkCounts:
    """Counts of mentions. Linkable mentions have a Wikidata id in the labels."""

    linkable: int = 0
    in_base: int = 0
    linked: int = 0
    correct: int = 0
    labelled: int = 0
    confidences: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, wanted: str | None, predicted: str | None, confidence: float, *, in_base: bool) -> None:
        """Add a mention with its label and the link that was found."""
        is_correct = predicted is not None and predicted == wanted
        self.labelled += 1
        self.linkable += wanted is not None
        self.in_base += in_base
        self.linked += predicted is not None
        self.correct += is_correct
        if predicted is not None:
            self.confidences.append((confidence, is_correct))

    def report(self) -> dict[str, float | int]:
        """Return the scores: accuracy over all linkable mentions, and over those whose item the base has."""
        return {
            "accuracy": compute_share(self.correct, self.linkable),
            "accuracy_in_base": compute_share(self.correct, self.in_base),
            "precision": compute_share(self.correct, self.linked),
            "recall": compute_share(self.correct, self.linkable),
            "calibration_error": round(expected_calibration_error(self.confidences, BINS), DIGITS),
            "mentions": self.labelled,
            "linkable": self.linkable,
            "in_base": self.in_base,
            "linked": self.linked,
            "correct": self.correct,
        }


def evaluate_linking(
    rows: Iterable[Row], encoder: Encoder, linker: Linker, predictions: TextIO | None = None
) -> dict[str, Any]:
    """Score a linker on rows of `text` and `mentions` (`start`, `end`, `wikidata`).

    On the labelled spans, a mention has the type that the encoder gives it, if any. From end to end, a labelled mention
    is found if the encoder has a mention of the same span. One line for each row is written to `predictions`, with each
    labelled mention, `predicted` (a Wikidata id or null) and `in_base`. Raises PermanentError naming the first bad row.
    """
    spans, whole = LinkCounts(), LinkCounts()
    totals: Counter[str] = Counter()
    seconds = 0.0
    for row in check_rows(rows, _find_problem):
        text = row["text"]
        reading = read_fields({BODY: text}, encoder, MAX_WORDS)
        entities = group_labelled(row["mentions"], text, reading)
        began = time.process_time()
        links = linker.link(prepare_entities(entities, {BODY: text}), text)
        seconds += time.process_time() - began
        totals.update(articles=1, mentions=len(row["mentions"]))
        found = _spread(entities, links)
        own = _link_reading(linker, reading, text)
        lines = [_count(mention, found[mention["start"], mention["end"]], linker, spans) for mention in row["mentions"]]
        _count_whole(row["mentions"], own, linker, whole)
        if predictions is not None:
            predictions.write(json.dumps({"id": row.get("id"), "mentions": lines}, ensure_ascii=False) + "\n")
    manifest = linker.base.manifest
    return {
        "spans": spans.report(),
        "end_to_end": whole.report(),
        "articles": totals["articles"],
        "mentions_per_second": round(totals["mentions"] / seconds, 1) if seconds else 0.0,
        "base": {"name": manifest.name, "version": manifest.version},
    }


def _find_problem(row: object) -> str | None:
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        return "`text` is missing or not a string"
    mentions = row.get("mentions")
    if not isinstance(mentions, list):
        return "`mentions` is not a list"
    for mention in mentions:
        start, end = (mention.get("start"), mention.get("end")) if isinstance(mention, dict) else (None, None)
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(row["text"])):
            return "a mention has no `start` and `end` within `text`"
    return None


def group_labelled(mentions: Sequence[Row], text: str, reading: ArticleReading) -> list[MentionedEntity]:
    """Return labelled mentions as entities: typed as the encoder typed them, grouped as the pipeline groups.

    A mention that the encoder has not found has no type and is an entity of its own spelling.
    """
    types = {(mention.start, mention.end): entity.type for entity in reading.entities for mention in entity.mentions}
    spans = list(dict.fromkeys((mention["start"], mention["end"]) for mention in mentions))
    typed, untyped = list[TypedMention](), dict[str, list[Place]]()
    by_text: dict[str, EntityType] = {}
    for start, end in spans:
        if kind := _find_type(types, start, end):
            by_text.setdefault(text[start:end], kind)
    for index, (start, end) in enumerate(spans):
        kind = _find_type(types, start, end) or by_text.get(text[start:end])
        if kind:
            typed.append(TypedMention(index, text[start:end], kind, 1.0))
        else:
            untyped.setdefault(text[start:end], []).append(Place(BODY, start, end))
    entities = [
        MentionedEntity(group.type, group.name, [Place(BODY, *spans[member.index]) for member in group.members])
        for group in group_mentions(typed)
    ]
    return entities + [MentionedEntity(None, name, places) for name, places in untyped.items()]


def _find_type(types: Mapping[tuple[int, int], EntityType], start: int, end: int) -> EntityType | None:
    """Return the type of the encoder's mention that covers most of a span; None if none overlaps it."""
    exact = types.get((start, end))
    if exact:
        return exact
    overlaps = [(min(end, b) - max(start, a), kind) for (a, b), kind in types.items() if a < end and b > start]
    return max(overlaps, default=(0, None), key=lambda pair: pair[0])[1]


def _spread(entities: Sequence[MentionedEntity], links: Sequence[EntityLink]) -> dict[tuple[int, int], EntityLink]:
    return {
        (place.start, place.end): link for entity, link in zip(entities, links, strict=True) for place in entity.places
    }


def _link_reading(linker: Linker, reading: ArticleReading, text: str) -> dict[tuple[int, int], EntityLink]:
    entities = [
        MentionedEntity(entity.type, entity.name, [Place(BODY, m.start, m.end) for m in entity.mentions])
        for entity in reading.entities
    ]
    return _spread(entities, linker.link(prepare_entities(entities, {BODY: text}), text))


def _count(mention: Row, link: EntityLink, linker: Linker, counts: LinkCounts) -> Row:
    wanted = _read_wikidata(mention)
    predicted = link.item.wikidata if link.item else None
    in_base = wanted is not None and linker.base.has_wikidata(int(wanted[1:]))
    counts.add(wanted, predicted, link.confidence, in_base=in_base)
    return {
        "start": mention["start"],
        "end": mention["end"],
        "wikidata": mention.get("wikidata"),
        "predicted": predicted,
        "in_base": in_base,
    }


def _count_whole(
    mentions: Sequence[Row], found: Mapping[tuple[int, int], EntityLink], linker: Linker, counts: LinkCounts
) -> None:
    """Count the labelled mentions, each with the link of the found mention of the same span."""
    for mention in mentions:
        _count(mention, found.get((mention["start"], mention["end"]), NO_LINK), linker, counts)


def _read_wikidata(mention: Row) -> str | None:
    label = mention.get("wikidata")
    return label if isinstance(label, str) and _WIKIDATA.fullmatch(label) else None
