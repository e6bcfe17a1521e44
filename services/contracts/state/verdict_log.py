"""Verdict log: match's record of each article, on a compacted topic. Internal."""

from __future__ import annotations

from pydantic import NonNegativeInt

from services.contracts.base import Contract
from services.contracts.event import Duplicate, Signature
from services.contracts.state.story_state import StoryEnds, StoryMark, StoryState


class RevisionMark(Contract):
    """The revision that match has published."""

    number: NonNegativeInt
    """The number of the revision of this article, from 1."""
    hash: str
    """The hash of the revision."""


class VerdictRecord(Contract):
    """One article that match has seen: its verdict, and its signature for comparison. Key: the article id.

    A record with a revision above 1 says that the article was published again. Its key is `build_revision_key`, so that
    compaction keeps the first record too, and its signature is that of an article without words, so that builds that
    know no revisions add nothing to their index.
    """

    id: str
    """The article id."""
    event_time_ms: NonNegativeInt
    """The event time, in milliseconds since the epoch."""
    signature: Signature
    """The signature, with which match compares later articles."""
    duplicate: Duplicate
    """The verdict on the article."""
    revision: RevisionMark | None = None
    """The revision that was published; null in records of Copydesk 0.1."""
    retracted: bool = False
    """True if the article was retracted. The record replaces the article's first one, has no signature of its words,
    and remains so that the id is not published again."""
    story: StoryMark | None = None
    """The change of the story by the article; null if stories are off, and in the record of a later revision."""
    story_state: StoryState | None = None
    """The story of a retracted article as it is without its headline, because the record with the story may be the one
    that this record replaces; null in all other records, and if the story has ended."""
    story_ends: StoryEnds | None = None
    """The stories that ended because of a retracted article, for the same reason; null in all other records."""


def build_revision_key(article_id: str) -> bytes:
    """Return the key of the record about an article's later revision."""
    return f"{article_id}#revision".encode()
