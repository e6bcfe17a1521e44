"""The account of the raw text: what was kept, and what was removed by which rule."""

from __future__ import annotations

from pydantic import NonNegativeInt

from services.contracts.base import Contract, Probability
from services.contracts.event.article import FieldName


class KeptSpan(Contract):
    """A span of the raw text that a field contains, character for character.

    Offsets are in code points; the end is exclusive.
    """

    field: FieldName
    """The field that contains the span."""
    index: NonNegativeInt = 0
    """The number of the caption or byline, from 0; 0 for other fields."""
    start: NonNegativeInt
    """The start in the field."""
    end: NonNegativeInt
    """The end in the field."""
    raw_start: NonNegativeInt
    """The start in the raw text."""
    raw_end: NonNegativeInt
    """The end in the raw text."""


class RemovedSpan(Contract):
    """A span of the raw text that no field contains, with the rule that removed it.

    Offsets are in code points; the end is exclusive.
    """

    raw_start: NonNegativeInt
    """The start in the raw text."""
    raw_end: NonNegativeInt
    """The end in the raw text."""
    rule: str
    """The name of the rule, such as "navigation"."""
    confidence: Probability = 1.0
    """The probability that the span is not part of the news; 1 if the rule leaves no doubt."""


class Cleaning(Contract):
    """Account of every character of the raw text: kept in a field, or removed by a rule."""

    raw_sha256: str
    """The SHA-256 of the raw content in UTF-8, in hexadecimal."""
    raw_length: NonNegativeInt
    """The length of the raw content in code points."""
    kept: tuple[KeptSpan, ...] = ()
    """The spans that fields contain, in the order of the raw text."""
    removed: tuple[RemovedSpan, ...] = ()
    """The removed spans, in the order of the raw text."""
    confidence: Probability | None = None
    """The probability that the body is the article, whole and nothing else. It is an estimate from the page: low where
    the page shows much text that the body does not contain, or where only a part of the article was found. Null in
    events of Copydesk 0.1."""
