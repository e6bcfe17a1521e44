"""The rules for single lines: what is not the article, by the words that pages use.

Each rule looks at one line on its own. A line is only ever taken out whole, and only for what it says: no rule
here goes by shape alone, since a short line can be a quotation, a result or a whole report.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from services.enrichment.cleaning.lines import BULLET, Line
from services.enrichment.cleaning.phrases import ADVERTISING, COMMENT_HEADERS, NAVIGATION, SECTIONS, SHARING
from services.enrichment.cleaning.times import DATE, RELATIVE

SEPARATORS = re.compile(r"[ \t\u00a0]*[|·•/»›>,+*\t][ \t\u00a0]*|[ \u00a0]{2,}")
LONGEST_PHRASE_WORDS = 6
EDGES = " \t\u00a0:.…!»›>|-–—*+•·()[]0123456789"
"""What stands around a phrase without changing it, such as the count of comments."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A named reason to take a line out."""

    name: str
    confidence: float
    """How often the rule is right, judged on scrapes: 0 to 1."""
    max_words: int
    """Longer lines are not even looked at: they are running text."""
    matches: Callable[[Line], bool]


def is_navigation(line: Line) -> bool:
    """Menus: "Home Back", "News | Sport | Weather", "Skip to content"."""
    return _is_made_of(line.key, NAVIGATION) or _is_menu(line.key)


def is_sharing(line: Line) -> bool:
    """Share bars: "Share Tweet Email", "1.2k shares"."""
    return _is_made_of(line.key, SHARING) or SHARE_COUNT.fullmatch(line.key) is not None


def is_advertising(line: Line) -> bool:
    """Marks of advertisements: "Advertisement", "Story continues below"."""
    return line.key.strip(EDGES) in ADVERTISING


def is_comments(line: Line) -> bool:
    """Calls for comments and their count."""
    return line.key.strip(EDGES) in COMMENT_HEADERS or COMMENT_COUNT.fullmatch(line.key) is not None


def is_consent(line: Line) -> bool:
    """Cookie banners."""
    return COOKIE.search(line.key) is not None and CONSENT.search(line.key) is not None


def is_newsletter(line: Line) -> bool:
    """Calls to sign up, subscribe, follow or download."""
    return NEWSLETTER.search(line.key) is not None


def is_relative_time(line: Line) -> bool:
    """A source and how long ago: "upi.com 2 days ago"."""
    return line.words <= 8 and RELATIVE_LINE.fullmatch(line.text) is not None


def is_timestamp(line: Line) -> bool:
    """A line that says nothing but when: "Published Nov 18, 2019 at 4:07 PM"."""
    found = DATE.search(line.text) or NUMERIC_DATE.search(line.text)
    if found is None:
        return False
    rest = TIME_WORDS.sub(" ", DATE.sub(" ", NUMERIC_DATE.sub(" ", line.text)))
    return not any(character.isalpha() for character in rest)


def is_reading_time(line: Line) -> bool:
    """How long reading takes."""
    return READING_TIME.fullmatch(line.key) is not None


def is_disclaimer(line: Line) -> bool:
    """Rights, standards and liabilities."""
    return DISCLAIMER.match(line.key) is not None


def is_credits(line: Line) -> bool:
    """Who reported and who edited."""
    return CREDITS.match(line.text) is not None


def is_pagination(line: Line) -> bool:
    """Page numbers and their arrows."""
    return PAGINATION.fullmatch(line.key) is not None


def is_update_note(line: Line) -> bool:
    """That the story has been updated, without saying how."""
    return UPDATE_NOTE.match(line.key) is not None


def is_tags(line: Line) -> bool:
    """Key words: "Tags: ...", "Filed under: ..."."""
    return TAGS.match(line.key) is not None


def is_inline_link(line: Line) -> bool:
    """One other article, in the midst of this one: "READ MORE: ..."."""
    return INLINE_LINK.match(line.text) is not None


SHARE_COUNT = re.compile(r"[\d.,]+ ?[km]? ?(?:shares?|views?|likes?|reads?|tweets?|retweets?)")
COMMENT_COUNT = re.compile(
    r"\W*(?:\(?[\d.,]+\)? ?)?(?:(?:top|all|read|view|show|see|latest|recent|user|reader|rated|the|your) ){0,3}(?:comments?|replies|responses)(?: \(?[\d.,]+\)?)?\W*"
)
COOKIE = re.compile(r"\bcookies?\b|\bgdpr\b")
CONSENT = re.compile(
    r"\b(?:we|site|website|browser|our partners|you agree|accept|consent|preferences|settings|experience)\b"
)
NEWSLETTER = re.compile(
    r"^(?:please )?(?:sign up|subscribe|register|signup)\b.{0,80}\b(?:newsletters?|inbox|email|e-mail|updates|alerts|access"
    r"|digital|offer|today|now|reading|account|free)\b"
    r"|\b(?:in|to) your (?:inbox|email)\b|\benter your e-?mail\b|\byour e-?mail address\b|\bour (?:free )?(?:daily |weekly )?newsletters?\b"
    r"|^(?:follow|like) (?:us|@\w+|[\w ]{1,30}) on (?:facebook|twitter|instagram|x|linkedin|youtube|google news|telegram|flipboard)\b"
    r"|^download (?:the|our) .{0,40}\bapp\b|^get (?:the|our) .{0,60}\bapp\b|^already (?:a )?(?:subscriber|have an account|registered|a member)"
    r"|^thank you for (?:subscribing|signing up|your interest|reading)|^you(?:'re| are) (?:all )?(?:signed up|subscribed)"
    r"|^this (?:content|article|story) is (?:only )?(?:available|for) .{0,40}\bsubscribers|^to continue reading\b"
    r"|^support (?:independent|quality|our|local) .{0,40}journalism|^by (?:signing up|subscribing|clicking|submitting)\b.{0,60}\byou\b"
)
RELATIVE_LINE = re.compile(
    rf"(?:[\w.&’'-]{{1,40}}[ \u00a0|·•-]{{1,3}}){{0,6}}?(?:{RELATIVE.pattern})(?: at \d{{1,2}}:\d{{2}}(?: ?[ap]m)?)?(?:[ \u00a0|·•-]{{1,3}}[\w.&’'-]{{1,40}}){{0,3}}",
    re.IGNORECASE,
)
NUMERIC_DATE = re.compile(r"\b\d{1,4}[./-]\d{1,2}[./-]\d{2,4}\b")
TIME_WORDS = re.compile(
    r"\b(?:published|updated|posted|modified|created|last|first|on|at|by|date|time|and|the|of|et|est|edt|gmt|utc|bst|ist|cet|cest"
    r"|pst|pdt|cst|cdt|mst|mdt|sgt|hkt|aest|aedt|[ap]\.?m\.?|mon(?:day)?|tues?(?:day)?|wed(?:nesday)?|thu(?:rs?)?(?:day)?"
    r"|fri(?:day)?|sat(?:urday)?|sun(?:day)?|h|uhr|hrs?|noon|midnight|local|z|t\d{2})\b",
    re.IGNORECASE,
)
READING_TIME = re.compile(r"(?:reading time:? ?)?\d{1,3}[ -]?min(?:ute)?s?(?: of)?(?: ?read(?:ing)?(?: time)?)?")
DISCLAIMER = re.compile(
    r"(?:our standards:|(?:©|\(c\)|copyright\b(?! (?:law|case|infring|claim|suit|office))).{0,200}|all rights reserved"
    r"|this (?:material|content|article|story|report) (?:may not|was (?:first|originally) published|is (?:published|republished|distributed) )"
    r"|the (?:views|opinions)(?: and opinions)? expressed (?:in|here|by|are)|disclaimer\b"
    r"|.{0,80}\ball rights reserved\b|reproduction (?:in whole|without)|no part of this"
    r"|.{0,60}\bmay (?:earn|receive) (?:an? )?(?:affiliate )?commission|quotes delayed|data is a real-time snapshot"
    r"|(?:with|additional) (?:files|inputs?) from\b|\(?this story has not been edited by|\(?except for the headline, this story)"
)
CREDITS = re.compile(
    r"\(?(?:[Aa]dditional |[Ff]urther )?(?:Reporting|Writing|Editing|Compiled|Reported|Edited|Written|Produced|reporting)"
    r"(?: and \w+)? by [A-Z\u00c0-\u00de]"
)
PAGINATION = re.compile(
    r"(?:page )?\d{1,3}(?: of | ?/ ?)\d{1,3}|page \d{1,3}|(?:[«‹<]+ ?)?(?:prev(?:ious)?|next|first|last)?(?: ?\d{1,3}){2,12}(?: ?…)?(?: ?(?:next|last))?(?: ?[»›>]+)?"
    r"|(?:[«‹<←]+ ?)?(?:previous|next|older|newer)(?: (?:page|article|story|post)s?)?(?: ?[»›>→]+)?|(?:click here to )?continue reading.{0,20}"
    r"|(?:previous|next)(?: article| story| post| page)?:? .{0,12}"
)
UPDATE_NOTE = re.compile(
    r"(?:this|the) (?:story|article|post|report|piece|page) (?:has been|was|will be|is being|is developing)(?: last)? ?"
    r"(?:updated|corrected|amended|revised|and will be|\.|$).{0,160}|this is a (?:developing|breaking)(?: news)? story\b.{0,160}"
)
TAGS = re.compile(
    r"(?:tags?|topics?|filed under|keywords?|categories|category|labels|in this story)(?: ?:|\s*[»›>]) ?.{0,200}$"
)
INLINE_LINK = re.compile(
    r"(?:READ MORE|Read more|READ ALSO|Read also|READ NEXT|Read next|ALSO READ|Also read|Also Read|Read Also|RELATED|Related|SEE ALSO|See also|See Also|MORE"
    r"|WATCH|Watch|MUST READ|Don't miss|DON'T MISS|Read More|Click here|CLICK HERE|Leggi anche|Lire aussi|Lesen Sie auch|Lea también"
    r"|Leia também|RECOMMENDED|>>>|►|➡|▶)(?: ?(?:[:|–»>-]|about|on)|(?<=[>►➡▶])) ?.{0,200}"
)

RULES: tuple[Rule, ...] = (
    Rule("navigation", 0.98, 16, is_navigation),
    Rule("comments", 0.95, 6, is_comments),
    Rule("sharing", 0.98, 16, is_sharing),
    Rule("advertising", 0.99, 8, is_advertising),
    Rule("relative_time", 0.97, 8, is_relative_time),
    Rule("timestamp", 0.97, 16, is_timestamp),
    Rule("reading_time", 0.97, 5, is_reading_time),
    Rule("pagination", 0.97, 14, is_pagination),
    Rule("inline_link", 0.9, 30, is_inline_link),
    Rule("tags", 0.9, 40, is_tags),
    Rule("credits", 0.95, 40, is_credits),
    Rule("newsletter", 0.95, 60, is_newsletter),
    Rule("consent", 0.95, 80, is_consent),
    Rule("update_note", 0.95, 40, is_update_note),
    Rule("disclaimer", 0.95, 120, is_disclaimer),
)
"""In the order in which they are asked: the first that matches names the line."""


def label(line: Line) -> None:
    """Give the line the name of the first rule that takes it out, if any does."""
    for rule in RULES:
        if line.words <= rule.max_words and rule.matches(line):
            line.label, line.confidence = rule.name, rule.confidence
            return


def _is_made_of(key: str, phrases: frozenset[str]) -> bool:
    """Whether a line is one of the phrases, or some of them with marks or blanks between them."""
    bare = BULLET.sub("", key).strip(EDGES)
    if not bare:
        return False
    if bare in phrases:
        return True
    parts = [part.strip(EDGES) for part in SEPARATORS.split(bare)]
    return all(not part or part in phrases or _segment(part, phrases) for part in parts)


def _segment(text: str, phrases: frozenset[str]) -> bool:
    """Whether the words of a text fall into phrases, taking the longest first."""
    words = text.split()
    position = 0
    while position < len(words):
        for length in range(min(LONGEST_PHRASE_WORDS, len(words) - position), 0, -1):
            if " ".join(words[position : position + length]).strip(EDGES) in phrases:
                position += length
                break
        else:
            return False
    return len(words) > 0


def _is_menu(key: str) -> bool:
    """Several sections in a line, or sections with navigation."""
    if _segment_count(key) < 3:
        return False
    return _is_made_of(key, SECTIONS | NAVIGATION)


def _segment_count(key: str) -> int:
    return len(key.split())
