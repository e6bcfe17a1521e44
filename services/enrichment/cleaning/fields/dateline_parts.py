"""The parts of a dateline, in any language and alphabet with capitals: place, day, agency.

Each reader begins at a position of the text and returns the part with its end, or None. A part alone is no evidence: a
place is any name in capitals or with capitals. `datelines` decides from all parts together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from services.contracts.times.month_names import WEEKDAY_NAMES, find_month
from services.enrichment.cleaning.times import resolve_day

AGENCIES = frozenset(
    name.casefold()
    for name in (
        "Reuters|Thomson Reuters|UPI|AP|Associated Press|The Associated Press|AFP|Agence France-Presse|DPA|dpa|ANSA|EFE"
        "|Xinhua|TASS|Interfax|Kyodo|Kyodo News|Yonhap|PTI|ANI|IANS|ANP|APA|ATS|Bloomberg|CNN|CBC|BBC|MENA|IRNA|SPA|WAM"
        "|Anadolu|AA|Bernama|Antara|VOA|RFE/RL|PA|PA Media|AAP|CP|The Canadian Press|Dow Jones|MarketWatch|CNBC|NPR"
        "|Business Wire|PRNewswire|PR Newswire|GLOBE NEWSWIRE|GlobeNewswire|AllAfrica"
        "|Thomson Reuters Foundation|Inter Press Service|IPS|KNA|SANA|NNA|ISNA|BTA|MTI|PAP|CTK|TNS|TCA"
    ).split("|")
)
"""News agencies by the names that they use in datelines, case-folded."""

_BLANK = "[ \u00a0\u202f]"
_WORD = r"[^\W\d_](?:[^\W_]|[.&’'](?=\w)|\.(?=[ ,]))*"
PLACE = re.compile(
    rf"{_WORD}(?:(?:{_BLANK}|-|/){_WORD}){{0,6}}(?:,{_BLANK}?{_WORD}(?:(?:{_BLANK}|-){_WORD}){{0,3}}){{0,2}}"
)
"""Names of places: "New York, N.Y.", "RIO DE JANEIRO", "Berlin/Wien", "Frankfurt am Main", "São Paulo"."""

MAX_PLACE_WORDS = 5
"""Maximum number of words with a capital in a place without its region."""

MAX_LINK_LETTERS = 3
"""Maximum number of letters of a word without a capital within a place, such as "de" or "am"."""

_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_OF = rf"(?:(?:de|del|of|d['’]){_BLANK}?)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|re|[ªº°.])?"
_NAME = r"(?P<name>[^\W\d_]{3,20})\.?"
DAYS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:[^\W\d_]{{1,{MAX_LINK_LETTERS}}}{_BLANK})?{_DAY}{_BLANK}{_OF}{_NAME}(?:,?{_BLANK}{_OF}{_YEAR})?",
        rf"{_NAME}{_BLANK}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?{_BLANK}{_YEAR})?",
        rf"{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)",
        rf"(?P<day>\d{{1,2}})\.{_BLANK}?(?P<month>\d{{1,2}})\.(?:{_BLANK}?{_YEAR})?(?!\d)",
        rf"(?P<day>\d{{1,2}})(?={_BLANK}\()",
    )
)
"""Forms of a day: 26. November 2024, le 26 nov, 26 de nov, Nov. 26, 2024-11-26, 26.11., and 26 before an agency."""

DAY_FOLLOWS = re.compile(rf"\.?,?{_BLANK}\d")
WEEKDAY = re.compile(rf"([^\W\d_]{{2,20}}(?:-feira)?)\.?,?{_BLANK}", re.IGNORECASE)

MAX_DAY = 31

AGENCY = re.compile(r"\((?P<bracketed>[^()\n]{2,60})\)|/(?P<wire>[^\W\d_][\w .-]{1,30})/")
AGENCY_WORD = r"[^\W\d_][\w.&’'-]{0,30}"
AGENCY_NAME = re.compile(rf"{AGENCY_WORD}(?:(?:{_BLANK}|/|, ?|-){AGENCY_WORD}){{0,4}}")
MAX_SHORT_LETTERS = 5
"""Maximum number of letters of an acronym, and of a word without a capital in the name of an agency."""

SIGN = re.compile(rf"[a-z]{{2,{MAX_SHORT_LETTERS}}}(?:/[a-z]{{2,{MAX_SHORT_LETTERS}}})*")
"""The sign of an agency or of its offices in small letters: "dpa", "dpa/lnw"."""


@dataclass(frozen=True, slots=True)
class DatelineDay:
    """A day of a dateline; `date` is None if the text does not say the month, or no reference gives the year."""

    date: date | None
    end: int


@dataclass(frozen=True, slots=True)
class DatelineAgency:
    """The signature of an agency."""

    name: str
    end: int

    @property
    def is_known(self) -> bool:
        """True if the name, or one of several names in it, is a known agency."""
        return any(part.strip().casefold() in AGENCIES for part in (self.name, *re.split(r"/|, ", self.name)))

    @property
    def is_sign(self) -> bool:
        """True if the name is a sign in small letters; only agencies and their offices have one."""
        return SIGN.fullmatch(self.name) is not None

    @property
    def is_acronym(self) -> bool:
        """True if the name is a few capitals; parties and clubs have such names, too."""
        return self.name.isupper() and len(self.name) <= MAX_SHORT_LETTERS


def read_place(text: str, start: int) -> int | None:
    """Return the end of a place that begins at a position."""
    match = PLACE.match(text, start)
    if match is None:
        return None
    end = _cut_day_words(text, start, match.end())
    name = text[start:end].split(",", 1)[0]
    words = re.split(rf"{_BLANK}|-|/", name)
    capitals = [word for word in words if word[:1].isupper()]
    is_name = bool(words) and words[0][:1].isupper() and words[-1][:1].isupper() and len(capitals) <= MAX_PLACE_WORDS
    return end if is_name and all(word in capitals or len(word) <= MAX_LINK_LETTERS for word in words) else None


def _cut_day_words(text: str, start: int, end: int) -> int:
    """Return the end of a place without the weekday, the month and the article of a day that follow it."""
    while match := re.search(rf"(?:,{_BLANK}?|{_BLANK})([^\W\d_]{{2,20}})\.?$", text[start:end]):
        is_weekday = match[1].casefold() in WEEKDAY_NAMES and match[0].startswith(",")
        is_link = match[1].islower() and len(match[1]) <= MAX_LINK_LETTERS
        if not DAY_FOLLOWS.match(text, end) or (find_month(match[1]) is None and not is_weekday and not is_link):
            break
        end = start + match.start()
    return end


def read_day(text: str, start: int, reference: datetime | None) -> DatelineDay | None:
    """Read a day, perhaps with the name of its weekday before it.

    A day without a year is the latest such day up to the reference.
    """
    found = _read_day(text, start, reference)
    weekday = None if found else WEEKDAY.match(text, start)
    if weekday is None or weekday[1].casefold().removesuffix("-feira") not in WEEKDAY_NAMES:
        return found
    return _read_day(text, weekday.end(), reference)


def _read_day(text: str, start: int, reference: datetime | None) -> DatelineDay | None:
    for form in DAYS:
        match = form.match(text, start)
        if match is None or not 1 <= int(match["day"]) <= MAX_DAY:
            continue
        groups = match.groupdict()
        if "name" not in groups and "month" not in groups:
            return DatelineDay(None, match.end())
        month = find_month(groups["name"]) if "name" in groups else int(groups["month"])
        if month is not None:
            year = groups.get("year")
            found = resolve_day(int(year) if year else None, month, int(match["day"]), reference)
            return DatelineDay(found, match.end())
    return None


def read_agency(text: str, start: int) -> DatelineAgency | None:
    """Read the name of an agency in brackets or between strokes."""
    match = AGENCY.match(text, start)
    if match is None:
        return None
    name = (match["bracketed"] or match["wire"]).strip()
    if AGENCY_NAME.fullmatch(name) is None:
        return None
    is_name = all(word[:1].isupper() or len(word) <= MAX_SHORT_LETTERS for word in re.split(r"[ \u00a0/,-]+", name))
    return DatelineAgency(name, match.end()) if is_name else None
