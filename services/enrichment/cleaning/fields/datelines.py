"""The dateline before the first sentence: where, when and by which agency a report was filed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from services.contracts.event import Dateline
from services.contracts.times.dates import MONTH
from services.enrichment.cleaning.times import MONTH_DAY, parse_day

AGENCIES = (
    "Reuters|Thomson Reuters|UPI|AP|Associated Press|The Associated Press|AFP|Agence France-Presse|DPA|dpa|ANSA|EFE"
    "|Xinhua|TASS|Interfax|Kyodo|Kyodo News|Yonhap|PTI|ANI|IANS|ANP|APA|ATS|Bloomberg|CNN|CBC|BBC|MENA|IRNA|SPA|WAM"
    "|Anadolu|AA|Bernama|Antara|VOA|RFE/RL|PA|PA Media|AAP|CP|The Canadian Press|Dow Jones|MarketWatch|CNBC|NPR"
    "|Business Wire|BUSINESS WIRE|PRNewswire|PR Newswire|PRNEWSWIRE|GLOBE NEWSWIRE|GlobeNewswire|AllAfrica"
    "|Thomson Reuters Foundation|Inter Press Service|IPS|KNA|SANA|NNA|ISNA|BTA|MTI|PAP|CTK|TNS|TCA"
)
"""News agencies by the names that they use in datelines."""

OTHER_AGENCY = (
    r"[A-Z\u00c0-\u00de][\w\u00c0-\u024f.&’'-]{1,30}(?:[ \u00a0][A-Z\u00c0-\u00de][\w\u00c0-\u024f.&’'-]{0,30}){0,4}"
)
"""Pattern for the signature of any other agency; it counts only together with a date or with a place in capitals."""

PLACE_WORD = r"[A-Z\u00c0-\u00de][\w\u00c0-\u024f.'’-]{0,30}"
PLACE = rf"{PLACE_WORD}(?:[ \u00a0]{PLACE_WORD}){{0,4}}(?:, ?{PLACE_WORD}(?:[ \u00a0]{PLACE_WORD}){{0,3}}){{0,2}}"
DASH = r"[ \u00a0]?(?:--?|—|–|―)[ \u00a0\n]"

DATELINE = re.compile(
    rf"(?:(?P<place>{PLACE})(?:,[ \u00a0]|[ \u00a0](?=\()|[ \u00a0]?[-–—][ \u00a0](?=\d{{1,2}}[ \u00a0]{MONTH})))?"
    rf"(?:{MONTH_DAY},?[ \u00a0]?)?"
    rf"(?:\((?:(?P<agency>{AGENCIES})|(?P<other>{OTHER_AGENCY}))\)[ \u00a0]?)?"
    rf"(?:{DASH}|:[ \u00a0](?=[^\n]))"
)
"""PLACE, DATE (AGENCY) -- with any part left out. Each match is checked afterwards, because a dash alone matches."""

WIRE = re.compile(
    rf"(?P<place>{PLACE})(?:,[ \u00a0]{MONTH_DAY})?(?:[ \u00a0]/(?P<agency>[A-Z][\w .-]{{1,30}})/[ \u00a0]?--?"
    r"|[ \u00a0]?--[ \u00a0]?\((?P<bracketed>[A-Z][\w ]{2,30})\)[ \u00a0]?--)[ \u00a0]{0,2}"
)
"""Datelines of press releases: "TOLM, March 9, 2026 /PRNewswire/ -- " and "TOLM--(BUSINESS WIRE)--"."""

PLACE_ALONE = re.compile(
    r"(?P<place>[A-Z\u00c0-\u00de][A-Z\u00c0-\u00de .,'’-]{1,40}[A-Z.])[ \u00a0]?(?:--|—|–)[ \u00a0]"
)
"""A place in capitals before a dash, such as "PARIS — "."""

PLACE_BEFORE_COLON = re.compile(
    r"(?P<place>[A-Z\u00c0-\u00de][A-Z\u00c0-\u00de .'’-]{1,40}[A-Z.]):[ \u00a0](?=[A-Z\u00c0-\u00de“\"])"
)
"""A place in capitals before a colon and a new sentence, such as "NEW DELHI: The", as newspapers of South Asia and the
Gulf write it. In 11,159 articles, each beginning of this form is a place."""

LABELS = frozenset(
    """
    ALERT ANALYSIS BREAKING BUSINESS CLARIFICATION COMMENT CORRECTION DEVELOPING DISCLAIMER EDITORIAL EXCLUSIVE
    EXPLAINED EXPLAINER FACT FACTBOX FOOTBALL HEALTH INTERVIEW LATEST LIVE NEWS NOTE OBITUARY OPINION PHOTOS PICTURES
    POLITICS PREVIEW RESULT RESULTS REVIEW SPOILER SPORT SPORTS SUMMARY TECH TIMELINE UPDATE UPDATED URGENT VIDEO
    WARNING WATCH WEATHER WORLD
    """.split()
)
"""Words in capitals that are common before a colon or a dash and are not places."""

MAX_DATELINE_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class FoundDateline:
    """A dateline and its length in characters, with the blanks after it."""

    dateline: Dateline
    length: int


def find_dateline(text: str, reference: datetime | None) -> FoundDateline | None:
    """Return the dateline at the very start of a text, or None.

    A date without a year is resolved against the reference; without a reference it is left out.
    """
    head = text[:MAX_DATELINE_CHARACTERS]
    match = DATELINE.match(head)
    if match is not None and _is_dateline(match):
        day = parse_day(match, reference) if _has_date(match) else None
        dateline = Dateline(
            place=match["place"],
            date=day.isoformat() if day else None,
            agency=match["agency"] or match["other"],
        )
        return FoundDateline(dateline, match.end())
    wire = WIRE.match(head)
    if wire is not None:
        day = parse_day(wire, reference) if _has_date(wire) else None
        agency = wire["agency"] or wire["bracketed"]
        return FoundDateline(
            Dateline(place=wire["place"], date=day.isoformat() if day else None, agency=agency), wire.end()
        )
    alone = PLACE_ALONE.match(head) or PLACE_BEFORE_COLON.match(head)
    if alone is not None and LABELS.isdisjoint(alone["place"].split()):
        return FoundDateline(Dateline(place=alone["place"].strip()), alone.end())
    return None


def _is_dateline(match: re.Match[str]) -> bool:
    """Return whether a match has enough parts.

    These are a known agency, a date with a place or a signature, or a place in capitals with a signature.
    """
    if match["agency"]:
        return True
    place, has_date = match["place"], _has_date(match)
    in_capitals = place is not None and place.split(",")[0].isupper() and match[0].rstrip()[-1] in "—–―"
    return bool((has_date and (place or match["other"])) or (in_capitals and match["other"]))


def _has_date(match: re.Match[str]) -> bool:
    return bool(match["day"] or match["day2"] or match["day3"])
