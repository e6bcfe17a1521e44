"""The check for lost, invented, doubled, changed or reordered records, from Kafka's content alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aiokafka import ConsumerRecord

from services.contracts import topics
from services.contracts.dead_letter import DeadLetter
from services.outcomes import Outcome
from services.sink.rules import Rules
from tests.support.whole_path.reference import Expected, Place, PlainMatch, PlainSink, annotate_all, route_names
from tests.support.whole_path.scan import digest, digest_parts, scan
from tests.support.whole_path.stories import check_stories

SHOWN = 5
"""Number of violations of one kind that are shown."""
ADDED_HEADERS = ("__streams.errors.", "x-copydesk-")
"""Prefixes of the headers that a dead letter adds to the original's."""


@dataclass
class Findings:
    """Findings of a check."""

    violations: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    """Number of dead letters by reason."""

    def add_violation(self, claim: str, items: Iterable[object]) -> None:
        """Add a violation of a claim if there are items that violate it."""
        found = list(items)
        if found:
            self.violations.append(f"{claim}: {len(found)}, such as {found[:SHOWN]}")


@dataclass(frozen=True, slots=True)
class Raw:
    """A record of the raw topic with its expected outcome."""

    place: Place
    record_digest: bytes
    timestamp: int
    expected: Expected


async def check(servers: str, rules: Rules, acknowledged: Iterable[str], *, rewound: bool = False) -> Findings:
    """Read everything and compare. `rewound` means that match read its input, bad records included, again."""
    findings = Findings()
    raw = await read_raw(servers)
    await _check_ingest(findings, raw, set(acknowledged))
    ids = {one.expected.article_id for one in raw if one.expected.article_id is not None}
    match = await _check_annotated(servers, findings, raw)
    sink = await _check_enriched(servers, findings, match, ids, rules)
    await _check_routed(servers, findings, sink, rules)
    await _check_stories(servers, findings)
    refused = {one.place: one.expected.reason for one in raw if one.expected.article_id is None}
    originals = {one.place: (one.record_digest, one.timestamp) for one in raw}
    await _check_dead(servers, findings, topics.RAW, refused, originals, once=False)
    await _check_dead(servers, findings, topics.ANNOTATED, match.dead, None, once=not rewound)
    await _check_dead(servers, findings, topics.ENRICHED, sink.dead, None, once=True)
    findings.counts["raw records"] = len(raw)
    findings.counts["articles"] = len(ids)
    return findings


async def read_raw(servers: str) -> list[Raw]:
    """Read the raw topic, with the plain loop's result for each record."""
    kept: list[tuple[Place, bytes, int]] = []
    inputs: list[tuple[bytes | None, tuple[tuple[str, bytes | None], ...], int]] = []

    def read_record(record: ConsumerRecord) -> None:
        kept.append(((record.partition, record.offset), digest(record), record.timestamp))
        inputs.append((record.value, record.headers, record.timestamp))

    await scan(servers, topics.RAW, read_record)
    expected = annotate_all(inputs)
    return [Raw(*one, outcome) for one, outcome in zip(kept, expected, strict=True)]


async def _check_ingest(findings: Findings, raw: list[Raw], acknowledged: set[str]) -> None:
    """Check that every acknowledged article is on the raw topic."""
    there = {one.expected.article_id for one in raw}
    findings.add_violation("acknowledged and not on the raw topic", sorted(acknowledged - there))
    findings.counts["acknowledged"] = len(acknowledged)


async def _check_annotated(servers: str, findings: Findings, raw: list[Raw]) -> PlainMatch:
    """Check that each raw article is annotated at least once, with the plain loop's bytes, and first in its order."""
    match = PlainMatch()
    versions: defaultdict[str, set[bytes]] = defaultdict(set)
    places: defaultdict[str, list[Place]] = defaultdict(list)
    for one in raw:
        if one.expected.article_id is not None:
            versions[one.expected.article_id].add(one.expected.value_digest)
            places[one.expected.article_id].append(one.place)
    # If copies are on several partitions, any of them may be first.
    first_raw = {key: own[0] for key, own in places.items() if len({partition for partition, _ in own}) == 1}
    seen: Counter[str] = Counter()
    strange: list[object] = []
    order: defaultdict[tuple[int, int], list[int]] = defaultdict(list)

    def read_record(record: ConsumerRecord) -> None:
        match.read(record)
        if (record.partition, record.offset) in match.dead:
            return
        article_id = record.key.decode()
        if digest_parts(None, record.value, ()) not in versions[article_id]:
            strange.append((article_id, record.partition, record.offset))
        if article_id not in seen and article_id in first_raw:
            partition, offset = first_raw[article_id]
            order[record.partition, partition].append(offset)
        seen[article_id] += 1

    await scan(servers, topics.ANNOTATED, read_record)
    findings.add_violation("raw and never annotated", sorted(set(versions) - set(seen)))
    findings.add_violation("annotated with other bytes than the plain loop's", strange)
    findings.add_violation(
        "annotated out of order", (where for where, offsets in order.items() if offsets != sorted(offsets))
    )
    findings.counts["annotated records"] = sum(seen.values())
    findings.counts["repeated"] = match.outcomes.get(Outcome.REPEATED, 0)
    return match


async def _check_enriched(
    servers: str, findings: Findings, match: PlainMatch, ids: set[str], rules: Rules
) -> PlainSink:
    """Check that each article is enriched once, with the plain loop's bytes and verdict, in its shard's order."""
    sink = PlainSink(rules)
    found: defaultdict[bytes, list[bytes]] = defaultdict(list)
    order: defaultdict[tuple[int, int], list[int]] = defaultdict(list)

    def read_record(record: ConsumerRecord) -> None:
        sink.read(record)
        if (record.partition, record.offset) in sink.dead:
            return
        found[record.key].append(digest(record))
        origin = _find_origin(record)
        order[record.partition, origin[0]].append(origin[1])

    await scan(servers, topics.ENRICHED, read_record)
    findings.add_violation("lost on the way to the enriched topic", sorted(ids - {key.decode() for key in found}))
    findings.add_violation("invented on the enriched topic", sorted({key.decode() for key in found} - ids))
    await _compare(servers, findings, match, found)
    findings.add_violation(
        "enriched out of order", (where for where, offsets in order.items() if offsets != sorted(offsets))
    )
    findings.counts["enriched records"] = sum(map(len, found.values()))
    return sink


async def _compare(servers: str, findings: Findings, match: PlainMatch, enriched: Mapping[bytes, list[bytes]]) -> None:
    """Compare everything that match writes with the plain loop's records, by key, each once."""
    wanted: defaultdict[str, dict[bytes, list[bytes]]] = defaultdict(dict)
    for (topic, key), digests in match.outputs.items():
        wanted[topic][key] = digests
    for topic, by_key in wanted.items():
        found = enriched if topic == topics.ENRICHED else await _read_by_key(servers, topic)
        _compare_keys(findings, topic, by_key, found)


async def _read_by_key(servers: str, topic: str) -> dict[bytes, list[bytes]]:
    found: defaultdict[bytes, list[bytes]] = defaultdict(list)
    await scan(servers, topic, lambda record: found[record.key or b""].append(digest(record)))
    return found


def _compare_keys(
    findings: Findings, topic: str, wanted: Mapping[bytes, list[bytes]], found: Mapping[bytes, list[bytes]]
) -> None:
    findings.add_violation(f"missing on {topic}", sorted(wanted.keys() - found.keys()))
    findings.add_violation(f"invented on {topic}", sorted(found.keys() - wanted.keys()))
    both = wanted.keys() & found.keys()
    findings.add_violation(f"twice on {topic}", (key for key in both if len(found[key]) > len(wanted[key])))
    findings.add_violation(
        f"other bytes, verdict or headers on {topic}", (key for key in both if set(found[key]) != set(wanted[key]))
    )


async def _check_routed(servers: str, findings: Findings, sink: PlainSink, rules: Rules) -> None:
    """Check that each event is once on each of its routes and on no other, in order for each source partition."""
    wanted: defaultdict[str, dict[bytes, list[bytes]]] = defaultdict(dict)
    for (topic, key), digests in sink.outputs.items():
        wanted[topic][key] = digests
    total = 0
    for topic in route_names(rules):
        found: defaultdict[bytes, list[bytes]] = defaultdict(list)
        order: defaultdict[int, list[bytes]] = defaultdict(list)

        def read_record(record: ConsumerRecord, found: object = found, order: object = order) -> None:
            found[record.key].append(digest(record))  # type: ignore[index]
            order[record.partition].append(record.key)  # type: ignore[index]

        total += await scan(servers, topic, read_record)
        _compare_keys(findings, topic, wanted[topic], found)
        # Both topics have the same keys and partitions.
        expected = {partition: keys for (name, partition), keys in sink.order.items() if name == topic}
        findings.add_violation(f"out of order on {topic}", (one for one in expected if expected[one] != order[one]))
    findings.counts["routed records"] = total
    findings.counts["unmatched"] = sink.outcomes.get(Outcome.UNMATCHED, 0)


async def _check_stories(servers: str, findings: Findings) -> None:
    """Check that stories, novelty and mentions are what plain loops over the events count."""
    problems, counts = await check_stories(servers)
    for claim, found in problems.items():
        findings.add_violation(claim, found)
    findings.counts |= counts


async def _check_dead(
    servers: str,
    findings: Findings,
    source: str,
    wanted: Mapping[Place, str],
    originals: Mapping[Place, tuple[bytes, int]] | None,
    *,
    once: bool,
) -> None:
    """Check that the dead letters are exactly the bad records, unchanged and with their reasons."""
    topic = topics.dead_letter_topic(source)
    known = originals if originals is not None else await _read_originals(servers, source)
    found: Counter[Place] = Counter()
    changed: list[object] = []

    def read_record(record: ConsumerRecord) -> None:
        letter = DeadLetter.from_record(record.headers, record.key, record.value, None)
        place = (letter.partition, letter.offset)
        found[place] += 1
        findings.reasons[letter.reason] += 1
        own = tuple(header for header in record.headers if not header[0].startswith(ADDED_HEADERS))
        if (digest_parts(record.key, record.value, own), record.timestamp) != known.get(place):
            changed.append(place)
        if letter.reason != wanted.get(place):
            changed.append((place, letter.reason, wanted.get(place)))

    await scan(servers, topic, read_record)
    findings.add_violation(f"not on {topic}", sorted(wanted.keys() - found.keys()))
    findings.add_violation(f"for no reason on {topic}", sorted(found.keys() - wanted.keys()))
    findings.add_violation(f"changed on {topic}", changed)
    if once:
        findings.add_violation(f"twice on {topic}", (place for place, times in found.items() if times > 1))
    findings.counts[f"dead letters of {source}"] = sum(found.values())


async def _read_originals(servers: str, topic: str) -> dict[Place, tuple[bytes, int]]:
    found: dict[Place, tuple[bytes, int]] = {}

    def read_record(record: ConsumerRecord) -> None:
        found[record.partition, record.offset] = (digest(record), record.timestamp)

    await scan(servers, topic, read_record)
    return found


def _find_origin(record: ConsumerRecord) -> Place:
    from services.contracts.event import EnrichedArticle

    origin = EnrichedArticle.model_validate_json(record.value).origin
    assert origin is not None
    return origin.partition, origin.offset
