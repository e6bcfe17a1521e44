"""The parts of a press release that are not its news: the notice above it, and the standing parts below it.

They are removed only from a text that has the mark of a release: the notice, the dateline of a wire for releases, or
the line that names its source. In any other text "About the company" may be a heading of the story.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.enrichment.cleaning.lines.line import Line

NOTICE = re.compile(
    r"\W{0,4}(?:for (?:immediate|general) (?:press )?release|press release|news release|zur sofortigen veröffentlichung"
    r"|pressemitteilung|communiqué de presse|pour diffusion immédiate|comunicado de prensa|comunicato stampa)\W{0,4}"
)
"""The line above a release; matched with the key of a whole line."""

WIRE = re.compile(
    r".{2,80}(?:/(?:PR ?Newswire|PRNewswire-\w{2,20}|CNW|EIN Presswire)/"
    r"|\((?:BUSINESS WIRE|Business Wire|GLOBE NEWSWIRE|GlobeNewswire|ACCESSWIRE|Marketwired|ots)\))"
)
"""The dateline of a wire for releases, at the start of a paragraph."""

SOURCE = re.compile(r"SOURCE:? [A-Z\u00c0-\u00de].{1,80}")
"""The last line of a release of PR Newswire. It is in capitals; sentences can begin with the same word."""

TAIL = {
    "about_company": re.compile(r"(?:about|über|à propos d[eu]|acerca de|sobre|a proposito di|over) \S.{0,80}"),
    "forward_looking": re.compile(
        r"(?:(?:cautionary|special|important) (?:note|statement|language)s? (?:regarding|about|on|concerning) )?"
        r"(?:forward[- ]looking (?:statements?|information)|safe harbou?r(?: statements?)?|zukunftsgerichtete aussagen"
        r"|déclarations prospectives|declaraciones prospectivas)(?: disclaimer)?\W{0,3}"
    ),
    "contact": re.compile(
        r"(?:(?:media|press|investors?|investor relations|public relations|company|for more information)"
        r"(?: (?:and|&) \w{1,12})? )?(?:contacts?|inquiries|enquiries|relations|queries)\b.{0,40}"
        r"|pressekontakt\b.{0,40}|ansprechpartner\b.{0,40}|contacts? presse\b.{0,40}|contacto de prensa\b.{0,40}"
    ),
}
"""Headings of the parts below a release, by the name of the rule; matched with the key of a whole line."""

MAX_HEADING_WORDS = 9
MAX_HEAD_LINES = 8
"""Number of lines at the start in which the notice and the dateline are searched."""

CONFIDENCE = 0.95


def label_press_release(lines: Sequence[Line]) -> None:
    """Label the notice above a press release and the parts below it; other texts get no label."""
    head = lines[:MAX_HEAD_LINES]
    notices = [line for line in head if NOTICE.fullmatch(line.key)]
    last = [line for line in lines if SOURCE.fullmatch(line.text)]
    if not notices and not last and not any(WIRE.match(line.text) for line in head):
        return
    for line in notices:
        _label(line, "release_notice")
    for line in last:
        _label(line, "contact")
    rule: str | None = None
    seen_prose = False
    for line in lines:
        rule = (_read_heading(line) or rule) if seen_prose else None
        if rule is not None:
            _label(line, rule)
        seen_prose = seen_prose or line.is_prose


def _read_heading(line: Line) -> str | None:
    """Return the rule of the part that a line is the heading of."""
    if line.words > MAX_HEADING_WORDS or line.is_sentence:
        return None
    return next((rule for rule, heading in TAIL.items() if heading.fullmatch(line.key)), None)


def _label(line: Line, rule: str) -> None:
    if line.label is None:
        line.label, line.confidence = rule, CONFIDENCE
