"""The dateline: where, when and by which agency a report was filed, as it stands before the first sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from services.contracts.dates import MONTH
from services.contracts.event import Dateline
from services.enrichment.cleaning.times import MONTH_DAY, parse_day

AGENCIES = (
    "Reuters|Thomson Reuters|UPI|AP|Associated Press|The Associated Press|AFP|Agence France-Presse|DPA|dpa|ANSA|EFE"
    "|Xinhua|TASS|Interfax|Kyodo|Kyodo News|Yonhap|PTI|ANI|IANS|ANP|APA|ATS|Bloomberg|CNN|CBC|BBC|MENA|IRNA|SPA|WAM"
    "|Anadolu|AA|Bernama|Antara|VOA|RFE/RL|PA|PA Media|AAP|CP|The Canadian Press|Dow Jones|MarketWatch|CNBC|NPR"
    "|Business Wire|BUSINESS WIRE|PRNewswire|PR Newswire|PRNEWSWIRE|GLOBE NEWSWIRE|GlobeNewswire|AllAfrica"
    "|Thomson Reuters Foundation|Inter Press Service|IPS|KNA|SANA|NNA|ISNA|BTA|MTI|PAP|CTK|TNS|TCA"
)
"""News agencies as they sign datelines."""
OTHER_AGENCY = (
    r"[A-Z\u00c0-\u00de][\w\u00c0-\u024f.&’'-]{1,30}(?:[ \u00a0][A-Z\u00c0-\u00de][\w\u00c0-\u024f.&’'-]{0,30}){0,4}"
)
"""Any other signature; it needs a date or a place in capitals beside it."""

PLACE_WORD = r"[A-Z\u00c0-\u00de][\w\u00c0-\u024f.'’-]{0,30}"
PLACE = rf"{PLACE_WORD}(?:[ \u00a0]{PLACE_WORD}){{0,4}}(?:, ?{PLACE_WORD}(?:[ \u00a0]{PLACE_WORD}){{0,3}}){{0,2}}"
DASH = r"[ \u00a0]?(?:--?|—|–|―)[ \u00a0\n]"

DATELINE = re.compile(
    rf"(?:(?P<place>{PLACE})(?:,[ \u00a0]|[ \u00a0](?=\()|[ \u00a0]?[-–—][ \u00a0](?=\d{{1,2}}[ \u00a0]{MONTH})))?"
    rf"(?:{MONTH_DAY},?[ \u00a0]?)?"
    rf"(?:\((?:(?P<agency>{AGENCIES})|(?P<other>{OTHER_AGENCY}))\)[ \u00a0]?)?"
    rf"(?:{DASH}|:[ \u00a0](?=[^\n]))"
)
"""PLACE, DATE (AGENCY) -- with any part left out; what came out is checked, since all left out is a dash."""

PLACE_ALONE = re.compile(
    r"(?P<place>[A-Z\u00c0-\u00de][A-Z\u00c0-\u00de .,'’-]{1,40}[A-Z.])[ \u00a0]?(?:--|—|–)[ \u00a0]"
)
"""A place in capitals before a dash, such as "PARIS — "."""

PLACE_BEFORE_COLON = re.compile(
    r"(?P<place>[A-Z\u00c0-\u00de][A-Z\u00c0-\u00de .'’-]{1,40}[A-Z.]):[ \u00a0](?=[A-Z\u00c0-\u00de“\"])"
)
"""A place in capitals before a colon and a new sentence, such as "NEW DELHI: The", the custom of South Asia and the
Gulf. All ten articles of 11,159 that begin in that way begin with a place."""

LABELS = frozenset(
    """
    ALERT ANALYSIS BREAKING BUSINESS CLARIFICATION COMMENT CORRECTION DEVELOPING DISCLAIMER EDITORIAL EXCLUSIVE
    EXPLAINED EXPLAINER FACT FACTBOX FOOTBALL HEALTH INTERVIEW LATEST LIVE NEWS NOTE OBITUARY OPINION PHOTOS PICTURES
    POLITICS PREVIEW RESULT RESULTS REVIEW SPOILER SPORT SPORTS SUMMARY TECH TIMELINE UPDATE UPDATED URGENT VIDEO
    WARNING WATCH WEATHER WORLD
    """.split()
)
"""Words that stand before a colon and are no place."""

LONGEST = 160
"""Characters in which a dateline must end."""


@dataclass(frozen=True, slots=True)
class FoundDateline:
    """A dateline and how many characters of the text it takes, the blanks behind it included."""

    dateline: Dateline
    length: int


def find_dateline(text: str, reference: datetime | None) -> FoundDateline | None:
    """The dateline at the very start of a text, or None."""
    head = text[:LONGEST]
    match = DATELINE.match(head)
    if match is not None and _is_dateline(match):
        day = parse_day(match, reference) if _has_date(match) else None
        dateline = Dateline(
            place=match["place"],
            date=day.isoformat() if day else None,
            agency=match["agency"] or match["other"],
        )
        return FoundDateline(dateline, match.end())
    alone = PLACE_ALONE.match(head) or PLACE_BEFORE_COLON.match(head)
    if alone is not None and LABELS.isdisjoint(alone["place"].split()):
        return FoundDateline(Dateline(place=alone["place"].strip()), alone.end())
    return None


def _is_dateline(match: re.Match[str]) -> bool:
    """Whether enough of it is there: a known agency, or two of place, date and signature."""
    if match["agency"]:
        return True
    place, has_date = match["place"], _has_date(match)
    in_capitals = place is not None and place.split(",")[0].isupper() and match[0].rstrip()[-1] in "—–―"
    return bool((has_date and (place or match["other"])) or (in_capitals and match["other"]))


def _has_date(match: re.Match[str]) -> bool:
    return bool(match["day"] or match["day2"] or match["day3"])
