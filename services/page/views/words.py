"""Words for the values of an event, for a person who has not read the schema."""

from __future__ import annotations

from datetime import UTC, datetime

from services.contracts.event import Duplicate, EnrichedArticle, Novelty, Part, ResolvedTime
from services.contracts.event.words import REASONS
from services.contracts.text.quantities import DAY_SECONDS, count_articles, write_duration

TYPES = {"PER": "person", "ORG": "organisation", "LOC": "place", "MISC": "other name"}
SIGNS = {"negative": "−", "neutral": "", "positive": "+"}
"""Sign of a polarity beside a name, so that colour is never the only difference."""
ACCESS = {
    "full": "the whole article",
    "partial": "the beginning, before a paywall",
    "wall": "none of it: the page asks for consent or a login",
}
BASES = {
    "metadata": "the page's metadata",
    "feed": "the feed",
    "dateline": "the dateline",
    "text": "the text",
    "relative": "a relative time in the text",
    "fetched": "what the sender gave",
}
"""Places where a time was found."""
LANGUAGE_BASES = {"text": "the words", "claim": "the sender", "default": "the setting"}
"""Places where the language was found."""
WHOLE_TIME = "%-d %B %Y, %H:%M:%S UTC"
FORMATS = {"year": "%Y", "month": "%B %Y", "day": "%-d %B %Y", "minute": "%-d %B %Y, %H:%M UTC"}
"""Formats of a time by its precision; WHOLE_TIME for another precision."""
MATCHES = {
    "content_hash": "All words are the same.",
    "shingles": "Found by similar word groups.",
    "page": "Found by the same page with mostly the same text.",
}
COMPARED = {"headline": "headlines", "numbers": "numbers"}


def explain_missing(event: EnrichedArticle, part: Part) -> str:
    """Return why a part of the enrichment is missing."""
    reasons = [item.reason for item in event.enrichment.incomplete if item.part == part]
    return ", ".join(REASONS.get(reason, write_slug(reason)) for reason in reasons) or "the event gives no reason"


def write_time(time: datetime | None) -> str:
    """Return a time in UTC as words; "unknown" for None."""
    return time.astimezone(UTC).strftime(WHOLE_TIME) if time else "unknown"


def write_moment(time: datetime) -> str:
    """Return a time in UTC without its year, for a list in which the year is known."""
    return time.astimezone(UTC).strftime("%-d %b %H:%M:%S UTC")


def write_clock(milliseconds: int) -> str:
    """Return the time of day, in UTC, of a moment in milliseconds since the epoch."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%H:%M:%S")


def write_resolved_time(resolved: ResolvedTime | None) -> str:
    """Return a time of the article as precisely as it is known, with the place where it was found."""
    if resolved is None:
        return "unknown"
    shown = resolved.value.astimezone(UTC).strftime(FORMATS.get(resolved.precision, WHOLE_TIME))
    return f"{shown} (from {BASES[resolved.basis]})"


def write_span(start: datetime | None, end: datetime | None) -> str:
    """Return the time between two moments in words; empty if one of them is unknown."""
    return write_duration((end - start).total_seconds()) if start is not None and end is not None else ""


def explain_novelty(novelty: Novelty) -> str:
    """Return how new an entity is in an article, in words."""
    named, similar = novelty.volume["7d"], novelty.similar["7d"]
    others = f"{count_articles(named)} of the last 7 days name{'s' if named == 1 else ''} it"
    if not named:
        return "new: no article of the last 7 days names it"
    if not similar:
        return f"new in this story; {others}"
    latest = write_duration(DAY_SECONDS * (novelty.days_since_similar or 0.0))
    return f"known in this story: named in {count_articles(similar)} of it, the latest {latest} before; {others}"


def write_slug(slug: str) -> str:
    """Return a slug such as `update_note` as words."""
    return slug.replace("_", " ")


def explain_verdict(duplicate: Duplicate) -> list[str]:
    """Return sentences that explain a verdict to a reader."""
    evidence = duplicate.evidence
    lines = []
    if evidence is not None and evidence.shared_part is not None:
        shared, total = evidence.shared_shingles, evidence.total_shingles
        lines.append(f"The two share {shared:,} of {total:,} word groups ({evidence.shared_part:.0%}).")
    if duplicate.matched_on:
        lines.append(MATCHES[duplicate.matched_on])
    if evidence is None:
        return lines
    if evidence.differs:
        lines.append(f"They report different things: other {', '.join(evidence.differs)}.")
    for name, changed in evidence.list_changes().items():
        lines.append(f"The {COMPARED[name]} {'differ' if changed else 'are the same'}.")
    if evidence.paragraphs_added or evidence.paragraphs_removed:
        added, removed = evidence.paragraphs_added or 0, evidence.paragraphs_removed or 0
        lines.append(f"Compared paragraphs: {added} new, {removed} gone.")
    return lines
