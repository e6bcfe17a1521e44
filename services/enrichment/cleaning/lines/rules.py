"""The rules for single lines: what is not the article, by the words that pages use.

Each rule looks at one line on its own. A line is only ever taken out whole, and only for what it says: no rule
here goes by shape alone, since a short line can be a quotation, a result or a whole report.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.enrichment.cleaning.lines import patterns
from services.enrichment.cleaning.lines.line import Line
from services.enrichment.cleaning.lines.phrases import ADVERTISING, COMMENT_HEADERS, MENU, NAVIGATION, SHARING
from services.enrichment.cleaning.times import DATE

WORD_CHARACTERS = 20
"""Characters to a word up to which a line is looked at: a line of few and endless words is none of a page's."""


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
    return NAVIGATION.compose(line.bare) or (line.words >= SHORTEST_MENU and MENU.compose(line.bare))


def is_sharing(line: Line) -> bool:
    """Share bars: "Share Tweet Email", "1.2k shares"."""
    return SHARING.compose(line.bare) or patterns.SHARE_COUNT.fullmatch(line.key) is not None


def is_advertising(line: Line) -> bool:
    """Marks of advertisements: "Advertisement", "Story continues below"."""
    return line.bare in ADVERTISING


def is_comments(line: Line) -> bool:
    """Calls for comments and their count."""
    return line.bare in COMMENT_HEADERS or patterns.COMMENT_COUNT.fullmatch(line.key) is not None


def is_consent(line: Line) -> bool:
    """Cookie banners."""
    key = line.key
    return ("cookie" in key or "gdpr" in key) and patterns.CONSENT.search(key) is not None


def is_newsletter(line: Line) -> bool:
    """Calls to sign up, subscribe, follow or download."""
    key = line.key
    if patterns.NEWSLETTER.match(key) is not None:
        return True
    return ("inbox" in key or "mail" in key or "newsletter" in key) and patterns.INBOX.search(key) is not None


def is_relative_time(line: Line) -> bool:
    """A source and how long ago: "upi.com 2 days ago"."""
    return (
        patterns.RELATIVE_WORD.search(line.key) is not None and patterns.RELATIVE_LINE.fullmatch(line.text) is not None
    )


def is_timestamp(line: Line) -> bool:
    """A line that says nothing but when: "Published Nov 18, 2019 at 4:07 PM"."""
    if not patterns.DIGIT.search(line.text) or not (DATE.search(line.text) or patterns.NUMERIC_DATE.search(line.text)):
        return False
    rest = patterns.TIME_WORDS.sub(" ", DATE.sub(" ", patterns.NUMERIC_DATE.sub(" ", line.text)))
    return not any(character.isalpha() for character in rest)


def is_reading_time(line: Line) -> bool:
    """How long reading takes."""
    return patterns.READING_TIME.fullmatch(line.key) is not None


def is_disclaimer(line: Line) -> bool:
    """Rights, standards and liabilities."""
    key = line.key
    if patterns.DISCLAIMER.match(key) is not None:
        return True
    return ("rights reserved" in key or "commission" in key) and patterns.RIGHTS.match(key) is not None


def is_credits(line: Line) -> bool:
    """Who reported and who edited."""
    return patterns.CREDITS.match(line.text) is not None


def is_pagination(line: Line) -> bool:
    """Page numbers and their arrows."""
    return patterns.PAGINATION.fullmatch(line.key) is not None


def is_update_note(line: Line) -> bool:
    """That the story has been updated, without saying how."""
    return patterns.UPDATE_NOTE.match(line.key) is not None


def is_tags(line: Line) -> bool:
    """Key words: "Tags: ...", "Filed under: ..."."""
    return patterns.TAGS.match(line.key) is not None


def is_inline_link(line: Line) -> bool:
    """One other article, in the midst of this one: "READ MORE: ..."."""
    return patterns.INLINE_LINK.match(line.text) is not None


SHORTEST_MENU = 3
"""Words; names of sections are a menu from three on."""

RULES: tuple[Rule, ...] = (
    Rule("pagination", 0.97, 14, is_pagination),
    Rule("navigation", 0.98, 16, is_navigation),
    Rule("comments", 0.95, 6, is_comments),
    Rule("sharing", 0.98, 16, is_sharing),
    Rule("advertising", 0.99, 8, is_advertising),
    Rule("relative_time", 0.97, 8, is_relative_time),
    Rule("timestamp", 0.97, 24, is_timestamp),
    Rule("reading_time", 0.97, 5, is_reading_time),
    Rule("inline_link", 0.9, 30, is_inline_link),
    Rule("tags", 0.9, 40, is_tags),
    Rule("credits", 0.95, 40, is_credits),
    Rule("newsletter", 0.95, 60, is_newsletter),
    Rule("consent", 0.95, 80, is_consent),
    Rule("update_note", 0.95, 40, is_update_note),
    Rule("disclaimer", 0.95, 120, is_disclaimer),
)
"""In the order in which they are asked: the first that matches names the line."""


LARGEST = max(rule.max_words for rule in RULES)

BY_SIZE = tuple(tuple(rule for rule in RULES if size <= rule.max_words) for size in range(LARGEST + 1))
"""The rules that look at lines of so many words."""


def label(line: Line) -> None:
    """Give the line the name of the first rule that takes it out, if any does."""
    size = max(line.words, -(-len(line.text) // WORD_CHARACTERS))
    if size > LARGEST:
        return
    for rule in BY_SIZE[size]:
        if rule.matches(line):
            line.label, line.confidence = rule.name, rule.confidence
            return
