"""The closed lists: stages, outcomes and reasons. Metric labels and headers take their values from here."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Where an article is worked on."""

    INGEST = "ingest"
    ANNOTATE = "annotate"
    MATCH = "match"
    SINK = "sink"


class Outcome(StrEnum):
    """How an article ended at a stage: at each stage it comes to exactly one."""

    PUBLISHED = "published"
    """ingest: on the raw topic, acknowledged by the broker."""
    REJECTED = "rejected"
    """ingest: refused at the edge, the sender was told why."""
    ANNOTATED = "annotated"
    """annotate: on the annotated topic."""
    ENRICHED = "enriched"
    """match: on the enriched topic with its duplicate verdict."""
    REPEATED = "repeated"
    """match: its id is known in the shard already; nothing is sent again."""
    ROUTED = "routed"
    """sink: on at least one route whose rule matched."""
    UNMATCHED = "unmatched"
    """sink: no rule matched; on the default route, where one is named."""
    DEAD_LETTERED = "dead_lettered"
    """any stage behind ingest: on the dead-letter topic with its original bytes."""


STAGE_OUTCOMES: dict[Stage, tuple[Outcome, ...]] = {
    Stage.INGEST: (Outcome.PUBLISHED, Outcome.REJECTED),
    Stage.ANNOTATE: (Outcome.ANNOTATED, Outcome.DEAD_LETTERED),
    Stage.MATCH: (Outcome.ENRICHED, Outcome.REPEATED, Outcome.DEAD_LETTERED),
    Stage.SINK: (Outcome.ROUTED, Outcome.UNMATCHED, Outcome.DEAD_LETTERED),
}
"""The outcomes that each stage has."""


class Reason(StrEnum):
    """Why an article was rejected or dead-lettered, or why a part of its enrichment is missing."""

    TOMBSTONE = "tombstone"
    """A record with a null value."""
    EMPTY = "empty"
    """A record or request without a byte, or content without a visible character."""
    NOT_UTF8 = "not_utf8"
    INVALID_JSON = "invalid_json"
    """Not JSON, or JSON with a lone surrogate, NaN, or nesting beyond the parser's depth."""
    INVALID_ARTICLE = "invalid_article"
    """JSON that does not satisfy the schema: a missing or mistyped field, an URL that is not http(s)."""
    UNKNOWN_VERSION = "unknown_version"
    """`ce_type` names an event or a version that this build does not read."""
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    UNAUTHORISED = "unauthorised"
    OVERLOADED = "overloaded"
    """More is in flight than the service keeps in memory."""
    BROKER_UNAVAILABLE = "broker_unavailable"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    TRUNCATED = "truncated"
    """Only the beginning of a very long article went through the encoder."""
    TOO_SHORT = "too_short"
    """Too few words for this part."""
    ENRICHER_FAILED = "enricher_failed"
    """An enricher raised on this article."""
    TIMED_OUT = "timed_out"
    WORKER_DIED = "worker_died"
    """The process that worked on the article ended (out of memory, crash of a native library)."""
    ROUTING_FAILED = "routing_failed"
    CONFIGURATION = "configuration"
    UNEXPECTED = "unexpected"


class FetchTarget(StrEnum):
    """What ingest fetches for its feeds."""

    FEED = "feed"
    PAGE = "page"


class FetchOutcome(StrEnum):
    """How the fetch of a feed or of a page ended: exactly one."""

    FETCHED = "fetched"
    NOT_MODIFIED = "not_modified"
    """The server has nothing newer (304)."""
    FAILED = "failed"
    GONE = "gone"
    """The server took it away for good (410)."""
    REFUSED = "refused"
    """By us: an address or scheme that is not allowed, or robots.txt."""


class FetchFault(StrEnum):
    """Why a fetch failed or was refused."""

    UNREACHABLE = "unreachable"
    """No address, no connection, no valid certificate, or a connection that broke."""
    TIMED_OUT = "timed_out"
    TOO_LARGE = "too_large"
    """Unpacked, more than the limit."""
    TOO_MANY_REDIRECTS = "too_many_redirects"
    HTTP_STATUS = "http_status"
    """A status with which there is nothing to read."""
    BAD_RESPONSE = "bad_response"
    """Not HTTP, a content encoding that cannot be unpacked, or a redirect to nowhere."""
    NOT_A_FEED = "not_a_feed"
    """A page, an error message or nothing, in place of RSS or Atom."""
    NOT_A_PAGE = "not_a_page"
    """A media type that is not HTML, or a page longer than an article may be."""
    TRUNCATED = "truncated"
    """The document ends before its end."""
    PARSER_FAILED = "parser_failed"
    """The parser ran out of time or memory."""
    FORBIDDEN_ADDRESS = "forbidden_address"
    """A private, loopback, link-local, multicast or reserved address."""
    FORBIDDEN_SCHEME = "forbidden_scheme"
    """Neither http nor https."""
    ROBOTS = "robots"
    """robots.txt does not allow it, or could not be had."""
    UNEXPECTED = "unexpected"


class SnapshotOutcome(StrEnum):
    """What became of a snapshot of a lane's state."""

    WRITTEN = "written"
    FAILED = "failed"
    """It could not be written; the log has all that it would have had."""
    READ = "read"
    """A lane was opened from it."""
    REFUSED = "refused"
    """Damaged, of another log or other parameters, or older than the log reaches; removed, and the log was read."""
