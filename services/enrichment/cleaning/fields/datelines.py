"""The dateline before the first sentence: where, when and by which agency a report was filed.

A dateline is a place, a day and an agency, with any of them left out, and a dash or a colon behind them. Languages
differ, so that each reader of a part accepts more than datelines have; `_is_dateline` decides from all parts together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from services.contracts.event import Dateline
from services.enrichment.cleaning.fields.dateline_parts import (
    AGENCIES,
    DatelineAgency,
    DatelineDay,
    read_agency,
    read_day,
    read_place,
)
from services.enrichment.cleaning.times import resolve_day

END = re.compile(
    r"[.,]?[ \u00a0]{0,2}(?P<dash>--?|[—–―−])[ \u00a0\n]{1,2}|(?<=\))[ \u00a0]?(?P<close>--?|[—–―−])(?=\w)"
    r"|(?P<colon>:)[ \u00a0]|(?<=/)(?P<stop>\.)[ \u00a0]"
)
"""The end of a dateline: a dash; a colon, as newspapers of South Asia and the Gulf write it; or "/TASS/. "."""

JOINT = re.compile(r",[ \u00a0]{1,2}|[.,]?[ \u00a0]{1,2}(?=[(/])|(?<=[)/])[ \u00a0]{1,2}|--?(?=\()")
"""The marks between two parts; a blank alone is such a mark only before or behind an agency."""

LONG_DASHES = frozenset(("--", "—", "–", "―", "−"))
"""Dashes that are seldom between a subject and the rest of its sentence, as a hyphen with blanks often is."""

UNSPACED_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<agency>[一-鿿]{2,4}[社网網报報])(?P<place>[一-鿿]{2,8}?)(?P<month>\d{1,2})月(?P<day>\d{1,2})日[电電讯訊]"
        r"(?:[ \u3000]?[（(][^（）()\n]{2,40}[）)])?[ \u3000]*",
        r"[\[(](?P<place>[가-힣]{2,10})=(?P<agency>[가-힣A-Z\d]{2,12})[\])]"
        r"(?:[ ][가-힣·, ]{2,30}?(?:기자|특파원))?[ ]?=?[ ]?",
        r"【(?P<place>[^【】\n=＝]{1,12}?)(?P<agency>共同|時事|ロイター|AFP)】[ \u3000]?",
    )
)
"""Datelines in Chinese, Korean and Japanese, which have no dash, such as 新华社北京11月26日电 and (서울=연합뉴스)."""

LABELS = frozenset(
    """
    ALERT ANALYSIS BREAKING BUSINESS CLARIFICATION COMMENT CORRECTION DEVELOPING DISCLAIMER EDITORIAL EXCLUSIVE
    EXPLAINED EXPLAINER FACT FACTBOX FOOTBALL HEALTH INTERVIEW LATEST LIVE NEWS NOTE OBITUARY OPINION PHOTOS PICTURES
    POLITICS PREVIEW RESULT RESULTS REVIEW SPOILER SPORT SPORTS SUMMARY TECH TIMELINE UPDATE UPDATED URGENT VIDEO
    WARNING WATCH WEATHER WORLD
    ANALYSE BILDER DIRECT DOSSIER EILMELDUNG EN ENTREVISTA ENTRETIEN ESCLUSIVA EXCLUSIF EXCLUSIVA EXKLUSIV FOTO FOTOS
    HINTERGRUND INFO INTERVISTA KOMMENTAR KORREKTUR LIVEBLOG LIVETICKER MEINUNG OPINIÓN PORTRAIT REPORTAGE ULTIMORA
    ÚLTIMA VIDÉO VÍDEO
    """.split()
)
"""Words in capitals that are common before a colon or a dash and are not places."""

OPENING = frozenset("\"'“„«‘¿¡")
"""Marks with which a sentence can begin."""

MIN_PLACE_CHARACTERS = 3
MAX_DATELINE_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class FoundDateline:
    """A dateline and its length in characters, with the blanks after it."""

    dateline: Dateline
    length: int


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts that were read so far; `end` is the end of the mark behind them, else of the last part."""

    place: str | None = None
    day: DatelineDay | None = None
    agency: DatelineAgency | None = None
    end: int = 0
    mark: str = ""

    @property
    def in_capitals(self) -> bool:
        """True if the place is in capitals, without regard to its region."""
        return self.place is not None and self.place.split(",")[0].isupper()


def find_dateline(text: str, reference: datetime | None) -> FoundDateline | None:
    """Return the dateline at the very start of a text, or None.

    A date without a year is resolved against the reference; without a reference it is left out.
    """
    head = text[:MAX_DATELINE_CHARACTERS]
    for form in UNSPACED_FORMS:
        if match := form.match(head):
            return FoundDateline(_build_unspaced(match.groupdict(), reference), match.end())
    found = [parts for parts in _read_parts(head, reference) if _is_dateline(parts, head[parts.end :])]
    if not found:
        return None
    best = found[-1]
    day = best.day.date if best.day else None
    dateline = Dateline(
        place=best.place, date=day.isoformat() if day else None, agency=best.agency.name if best.agency else None
    )
    return FoundDateline(dateline, best.end)


def _build_unspaced(groups: dict[str, str | None], reference: datetime | None) -> Dateline:
    month, day = groups.get("month"), groups.get("day")
    date = resolve_day(None, int(month), int(day), reference) if month and day else None
    return Dateline(place=groups["place"], date=date.isoformat() if date else None, agency=groups["agency"])


def _read_parts(head: str, reference: datetime | None) -> Iterator[_Parts]:
    """Yield the parts up to each mark that may be the end of the dateline.

    Behind the first mark, only a day, an agency, or a place with its day can belong to the dateline.
    """
    parts = _Parts()
    while (longer := _read_part(head, parts, reference)) is not None:
        mark = END.match(head, longer.end)
        if mark is not None:
            ended = replace(longer, end=mark.end(), mark=mark[mark.lastgroup or 0])
            if not parts.mark or ended.day or ended.agency != parts.agency:
                yield ended
            parts = ended
            continue
        joint = JOINT.match(head, longer.end)
        if joint is None:
            return
        parts = replace(longer, end=joint.end())


def _read_part(head: str, parts: _Parts, reference: datetime | None) -> _Parts | None:
    """Return the parts with one more that begins at their end; None if there is none."""
    if parts.agency is None and (agency := read_agency(head, parts.end)) is not None:
        return replace(parts, agency=agency, end=agency.end)
    if parts.day is None and (day := read_day(head, parts.end, reference)) is not None:
        return replace(parts, day=day, end=day.end)
    if parts.place is None and (end := read_place(head, parts.end)) is not None:
        return replace(parts, place=head[parts.end : end], end=end)
    return None


def _is_dateline(parts: _Parts, rest: str) -> bool:
    """Return whether the parts are enough for a dateline; `rest` is the text behind it.

    Enough are a known agency; a day with a place or an agency; a place with another agency, if the place is in capitals
    or the agency has the form of a sign; and a place in capitals alone.
    """
    place, agency = parts.place, parts.agency
    begins = rest[:1] in OPENING or (rest[:1].isalpha() and not rest[0].islower())
    if agency is not None and agency.is_known:
        return True
    if parts.day is not None:
        return place is not None or agency is not None
    if place is None or (parts.mark == ":" and agency is not None):
        return False
    if agency is None:
        return _is_place_alone(place, parts.mark, begins=begins)
    if parts.in_capitals:
        return begins or parts.mark in LONG_DASHES
    return begins and (agency.is_sign or (agency.is_acronym and " " not in place))


def _is_place_alone(place: str, mark: str, *, begins: bool) -> bool:
    """Return whether a name is a dateline without day and agency: it is in capitals and no label such as "LIVE"."""
    if not place.isupper() or len(place) < MIN_PLACE_CHARACTERS or place.casefold() in AGENCIES:
        return False
    if not LABELS.isdisjoint(place.replace(",", "").split()):
        return False
    return mark in LONG_DASHES or (begins and (mark != ":" or "," not in place))
