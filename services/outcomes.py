"""The closed lists of stages, outcomes and reasons. Metric labels and headers use their values."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """A place where an article is worked on."""

    INGEST = "ingest"
    ANNOTATE = "annotate"
    MATCH = "match"
    SINK = "sink"
    ARCHIVE = "archive"


class Outcome(StrEnum):
    """Result of the work on an article at a stage. Each article has exactly one outcome at each stage."""

    PUBLISHED = "published"
    """ingest: the article is on the raw topic, and the broker has acknowledged it."""
    REJECTED = "rejected"
    """ingest: the article was not accepted, and the sender was told the reason."""
    ANNOTATED = "annotated"
    """annotate: the article is on the annotated topic."""
    ENRICHED = "enriched"
    """match: the article is on the enriched topic with its duplicate verdict."""
    REPEATED = "repeated"
    """match: the shard knows the article's id already, so nothing is sent again."""
    REVISED = "revised"
    """match: the shard knows the article's id, and the annotation is a new revision: the event is published again."""
    RETRACTED = "retracted"
    """match, sink: the article was retracted: the event that says so is on the enriched topic, and on its routes."""
    ROUTED = "routed"
    """sink: the article is on the topic of each route whose rule matched; at least one did."""
    UNMATCHED = "unmatched"
    """sink: no rule matched. The article is on the default route, if the rules name one."""
    ARCHIVED = "archived"
    """archive: the record is in a complete file."""
    DEAD_LETTERED = "dead_lettered"
    """annotate, match, sink: the record is on the dead-letter topic with its original bytes."""


STAGE_OUTCOMES: dict[Stage, tuple[Outcome, ...]] = {
    Stage.INGEST: (Outcome.PUBLISHED, Outcome.REJECTED),
    Stage.ANNOTATE: (Outcome.ANNOTATED, Outcome.DEAD_LETTERED),
    Stage.MATCH: (Outcome.ENRICHED, Outcome.REPEATED, Outcome.REVISED, Outcome.RETRACTED, Outcome.DEAD_LETTERED),
    Stage.SINK: (Outcome.ROUTED, Outcome.UNMATCHED, Outcome.RETRACTED, Outcome.DEAD_LETTERED),
    Stage.ARCHIVE: (Outcome.ARCHIVED,),
}
"""The possible outcomes of each stage."""


class Reason(StrEnum):
    """Why an article was rejected or dead-lettered, or why a part of its enrichment is missing."""

    TOMBSTONE = "tombstone"
    """The record has a null value."""
    EMPTY = "empty"
    """The record or request has no bytes, or the content has no visible character."""
    NOT_UTF8 = "not_utf8"
    """The bytes are not valid UTF-8."""
    INVALID_JSON = "invalid_json"
    """The text is not JSON, or it is JSON with a lone surrogate, NaN, or nesting beyond the parser's depth."""
    INVALID_ARTICLE = "invalid_article"
    """The JSON does not satisfy the schema: a field is missing, has a wrong type, or is a URL that is not http(s)."""
    UNKNOWN_VERSION = "unknown_version"
    """The header `ce_type` names an event or a version that this build cannot read."""
    TOO_LARGE = "too_large"
    """The record, request or article is larger than its limit."""
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    """The request has a media type that ingest does not read."""
    UNAUTHORISED = "unauthorised"
    """The request has no valid API key."""
    OVERLOADED = "overloaded"
    """More requests are in flight than the service holds in memory."""
    BROKER_UNAVAILABLE = "broker_unavailable"
    """The broker did not answer in time."""
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    """The model does not support the article's language."""
    TRUNCATED = "truncated"
    """The article is very long, and only its beginning went through the encoder."""
    TOO_SHORT = "too_short"
    """The article has too few words for this part."""
    ENRICHER_FAILED = "enricher_failed"
    """An enricher raised an exception on this article."""
    TIMED_OUT = "timed_out"
    """The work on the article took longer than its deadline."""
    WORKER_DIED = "worker_died"
    """The process that worked on the article ended (out of memory, or a crash of a native library)."""
    ROUTING_FAILED = "routing_failed"
    """The routing rules raised an exception on this article."""
    CONFIGURATION = "configuration"
    """The settings, rules or weights are wrong."""
    UNEXPECTED = "unexpected"
    """An exception that no code foresees: a bug of ours."""


class FetchTarget(StrEnum):
    """Kind of document that ingest fetches for its feeds."""

    FEED = "feed"
    PAGE = "page"


class FetchOutcome(StrEnum):
    """Result of the fetch of a feed or of a page. Each fetch has exactly one outcome."""

    FETCHED = "fetched"
    NOT_MODIFIED = "not_modified"
    """The server has nothing newer (status 304)."""
    FAILED = "failed"
    GONE = "gone"
    """The server has removed the feed permanently (status 410)."""
    REFUSED = "refused"
    """Copydesk did not fetch it: the address or scheme is not allowed, or robots.txt forbids it."""


class FetchFault(StrEnum):
    """Why a fetch failed or was refused."""

    UNREACHABLE = "unreachable"
    """There is no address, no connection or no valid certificate, or the connection broke."""
    TIMED_OUT = "timed_out"
    """The server did not answer in time."""
    TOO_LARGE = "too_large"
    """The unpacked body is larger than the limit."""
    TOO_MANY_REDIRECTS = "too_many_redirects"
    """The server redirected more often than the limit allows."""
    HTTP_STATUS = "http_status"
    """The status says that there is nothing to read."""
    BAD_RESPONSE = "bad_response"
    """The answer is not HTTP, its content encoding cannot be unpacked, or it redirects to no valid address."""
    NOT_A_FEED = "not_a_feed"
    """The body is a page, an error message or empty, and not RSS or Atom."""
    NOT_A_PAGE = "not_a_page"
    """The media type is not HTML, or the page is longer than an article may be."""
    TRUNCATED = "truncated"
    """The document stops before its end."""
    PARSER_FAILED = "parser_failed"
    """The parser ran out of time or memory."""
    FORBIDDEN_ADDRESS = "forbidden_address"
    """The address is private, loopback, link-local, multicast or reserved."""
    FORBIDDEN_SCHEME = "forbidden_scheme"
    """The scheme is neither http nor https."""
    ROBOTS = "robots"
    """robots.txt does not allow the fetch, or robots.txt could not be fetched."""
    UNEXPECTED = "unexpected"
    """An exception that no code foresees: a bug of ours."""


class ReloadOutcome(StrEnum):
    """Result of reading the changed routing rules."""

    RELOADED = "reloaded"
    """The changed rules are in force."""
    REJECTED = "rejected"
    """The changed file is wrong, or the topic of a new route cannot be made. The earlier rules stay in force."""


class SnapshotOutcome(StrEnum):
    """Result of the writing or reading of a snapshot."""

    WRITTEN = "written"
    FAILED = "failed"
    """The snapshot could not be written. Nothing is lost: the state topic has all of it."""
    READ = "read"
    """A lane was opened from the snapshot."""
    REFUSED = "refused"
    """The snapshot is damaged, belongs to another log or other parameters, or is older than the log reaches. It was
    removed, and the state topic was read instead."""
