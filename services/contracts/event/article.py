"""The article of an event after cleaning, and its times and language."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import AwareDatetime, NonNegativeInt

from services.contracts.base import Contract, Probability

FieldName = Literal["headline", "subheadline", "byline", "section", "dateline", "caption", "body"]
Precision = Literal["second", "minute", "day", "month", "year"]
Basis = Literal["metadata", "feed", "dateline", "text", "relative", "fetched"]
LanguageBasis = Literal["text", "claim", "default"]
Access = Literal["full", "partial", "wall"]
ProvidedName = Literal["headline", "byline", "section", "tags", "language", "published_at"]
UNKNOWN_LANGUAGE: Final = "und"
"""Code of an unknown language (BCP 47)."""


class Dateline(Contract):
    """Place, date and agency of a report, as its dateline gives them."""

    place: str | None = None
    """The place as written, such as "ASTANA, Kazakhstan"."""
    date: str | None = None
    """The date (ISO 8601). If the text names no year, it is the latest year in which the date is not after the
    reference time."""
    agency: str | None = None
    """The news agency as written, such as "UPI"."""


class Caption(Contract):
    """The text under a picture, listed once even if the page repeats it."""

    text: str
    """The caption without the credit."""
    credit: str | None = None
    """The maker of the picture, as written after "Photo by"."""


class Language(Contract):
    """The language of headline and body, with its probability."""

    code: str
    """The language code (BCP 47); "und" if the language is unknown."""
    confidence: Probability
    """The probability of the language; 0 if it is unknown."""
    basis: LanguageBasis | None = None
    """The source of the code. text: the words; claim: the sender, because the words leave it open; default: the
    setting for the source or the installation, for the same reason. Null in events of earlier builds. Only a code
    from the words decides the shard."""


class ResolvedTime(Contract):
    """A time, its precision, and the place where it was found."""

    value: AwareDatetime
    """The time in UTC. With the precision "day", "month" or "year" it is the start of that period."""
    precision: Precision
    """The finest unit that is known."""
    basis: Basis
    """The place where the time was found."""


class LiveEntry(Contract):
    """An entry of a live blog. Offsets count in the body, in code points; the end is exclusive."""

    at: ResolvedTime
    """The time of the entry."""
    start: NonNegativeInt
    """The start in the body."""
    end: NonNegativeInt
    """The end in the body."""


class Article(Contract):
    """An article after cleaning: its parts, times and language."""

    url: str | None = None
    """The URL as the sender gave it."""
    canonical_url: str | None = None
    """The URL without the parts that do not change the page: tracking parameters, fragment, default port."""
    source: str | None = None
    """The publisher as the sender gave it, else the host of the URL."""
    headline: str | None = None
    """The headline; null if none was found."""
    subheadline: str | None = None
    """The line under the headline; null if there is none."""
    byline: tuple[str, ...] = ()
    """The names of the authors."""
    section: str | None = None
    """The section, such as "Markets"; null if the page names none."""
    tags: tuple[str, ...] = ()
    """The tags or keywords, as the sender or else the page gives them."""
    dateline: Dateline | None = None
    """The dateline; null if the text has none."""
    captions: tuple[Caption, ...] = ()
    """The captions of the pictures, in the order of the page."""
    body: str
    """The text; an empty line separates two paragraphs. May be empty."""
    language: Language
    """The language of headline and body."""
    published_at: ResolvedTime | None = None
    """The time of publication; null if it is unknown."""
    modified_at: ResolvedTime | None = None
    """The time of the last change that the page states; null if it states none."""
    fetched_at: AwareDatetime | None = None
    """The time at which the article was fetched, as the sender gave it."""
    ingested_at: AwareDatetime | None = None
    """The time at which the broker appended the article to the raw topic. Matching uses it as the event time."""
    word_count: NonNegativeInt
    """The number of words in the body."""
    access: Access | None = None
    """The part of the article that the page shows. full: the whole article; partial: its beginning, before a paywall;
    wall: none of it, because the page asks for consent or a login. Null in events of Copydesk 0.1."""
    entries: tuple[LiveEntry, ...] = ()
    """The entries of a live blog, in the order of the body; empty for any other article."""
    provided: tuple[ProvidedName, ...] = ()
    """The fields whose value the sender gave. It wins over what the article says, except for a language that the words
    contradict."""
    metadata: dict[str, str] = {}
    """The metadata as the sender gave it."""
