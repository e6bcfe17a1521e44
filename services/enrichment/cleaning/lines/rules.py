"""The rules that remove single lines, by the words that pages put around articles.

Each rule reads one line alone and removes the whole line or nothing. No rule goes by the length or the form of a line
alone, because a short line can be a quotation, a result or a whole report.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.contracts.times.month_names import WEEKDAY_NAMES
from services.contracts.times.written_times import find_written_time
from services.enrichment.cleaning.lines import patterns
from services.enrichment.cleaning.lines.line import Line
from services.enrichment.cleaning.lines.names import count_plain_words
from services.enrichment.cleaning.lines.phrases import ADVERTISING, COMMENT_HEADERS, MENU, NAVIGATION, SHARING
from services.enrichment.cleaning.times import DATE

MAX_WORD_CHARACTERS = 20
"""Characters that count as one word at most: a line of a few endless words is not one of a page's standard lines."""

MAX_CREDITS_WORDS = 1
"""Maximum number of words that are no names in a line that names reporters and editors; a sentence has more."""

MIN_MENU_WORDS = 3
"""Minimum number of words of a line of section names that counts as a menu."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A named reason to remove a line."""

    name: str
    confidence: float
    """Share of the removed lines that were not part of an article, estimated on scrapes; 0 to 1."""
    max_words: int
    """Maximum number of words of a line that the rule reads; a longer line is running text."""
    matches: Callable[[Line], bool]


def is_navigation(line: Line) -> bool:
    """Return whether a line is a menu: "Home Back", "News | Sport | Weather", "Skip to content"."""
    return NAVIGATION.covers(line.bare) or (line.words >= MIN_MENU_WORDS and MENU.covers(line.bare))


def is_sharing(line: Line) -> bool:
    """Return whether a line is a share bar: "Share Tweet Email", "1.2k shares"."""
    return SHARING.covers(line.bare) or patterns.SHARE_COUNT.fullmatch(line.key) is not None


def is_advertising(line: Line) -> bool:
    """Return whether a line announces an advertisement: "Advertisement", "Story continues below"."""
    return line.bare in ADVERTISING


def is_comments(line: Line) -> bool:
    """Return whether a line is the header or the count of comments, or asks for comments."""
    return line.bare in COMMENT_HEADERS or patterns.COMMENT_COUNT.fullmatch(line.key) is not None


def is_consent(line: Line) -> bool:
    """Return whether a line is part of a cookie banner."""
    key = line.key
    return patterns.COOKIES.search(key) is not None and patterns.CONSENT.search(key) is not None


def is_newsletter(line: Line) -> bool:
    """Return whether a line asks to sign up, subscribe, follow or download."""
    key = line.key
    if patterns.NEWSLETTER.match(key) is not None:
        return True
    return ("inbox" in key or "mail" in key or "newsletter" in key) and patterns.INBOX.search(key) is not None


def is_offer(line: Line) -> bool:
    """Return whether a line offers a newsletter: it asks the reader to sign up, and names the mail that comes then."""
    return patterns.NEWSLETTER.match(line.key) is not None and patterns.INBOX.search(line.key) is not None


def is_relative_time(line: Line) -> bool:
    """Return whether a line is a source and a relative time: "upi.com 2 days ago"."""
    return (
        patterns.RELATIVE_WORD.search(line.key) is not None and patterns.RELATIVE_LINE.fullmatch(line.text) is not None
    )


def is_timestamp(line: Line) -> bool:
    """Return whether a line is only a time: "Published Nov 18, 2019 at 4:07 PM", "Stand: 18.11.2019, 16:07 Uhr"."""
    text = line.text
    if not patterns.DIGIT.search(text):
        return False
    written = find_written_time(text)
    if not (DATE.search(text) or patterns.NUMERIC_DATE.search(text) or written):
        return False
    if written is not None:
        text = f"{text[: written.start]} {text[written.end :]}"
        # A second time, as in "Published ... | Updated ...".
        again = find_written_time(text)
        text = f"{text[: again.start]} {text[again.end :]}" if again is not None else text
    rest = patterns.TIME_WORDS.sub(" ", DATE.sub(" ", patterns.NUMERIC_DATE.sub(" ", text)))
    return all(word in WEEKDAY_NAMES for word in patterns.LETTERS.findall(rest.casefold()))


def is_reading_time(line: Line) -> bool:
    """Return whether a line is the time that reading takes: "4 min read"."""
    return patterns.READING_TIME.fullmatch(line.key) is not None


def is_disclaimer(line: Line) -> bool:
    """Return whether a line is about rights, standards or liabilities."""
    key = line.key
    if patterns.DISCLAIMER.match(key) is not None:
        return True
    return ("rights reserved" in key or "commission" in key) and patterns.RIGHTS.match(key) is not None


def is_credits(line: Line) -> bool:
    """Return whether a line names reporters and editors: "Reporting by Ann Lee; Editing by Bo Ek"."""
    return (
        patterns.CREDITS.match(line.text) is not None and count_plain_words(line.text.lstrip("(")) <= MAX_CREDITS_WORDS
    )


def is_pagination(line: Line) -> bool:
    """Return whether a line is page numbers, or a link to the next or previous page."""
    return patterns.PAGINATION.fullmatch(line.key) is not None


def is_update_note(line: Line) -> bool:
    """Return whether a line says that the story was or will be updated, without saying how."""
    return patterns.UPDATE_NOTE.match(line.key) is not None


def is_tags(line: Line) -> bool:
    """Return whether a line is a list of keywords: "Tags: ...", "Filed under: ..."."""
    return patterns.TAGS.match(line.key) is not None


def is_syndication(line: Line) -> bool:
    """Return whether a line is what WordPress adds to its feeds: "The post ... appeared first on ..."."""
    return patterns.SYNDICATION.fullmatch(line.key) is not None


def is_inline_link(line: Line) -> bool:
    """Return whether a line is a link to another article within the text: "READ MORE: ..."."""
    return patterns.INLINE_LINK.match(line.text) is not None


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
    Rule("syndication", 0.97, 60, is_syndication),
    Rule("credits", 0.95, 40, is_credits),
    Rule("newsletter", 0.95, 60, is_newsletter),
    Rule("consent", 0.95, 80, is_consent),
    Rule("update_note", 0.95, 40, is_update_note),
    Rule("disclaimer", 0.95, 120, is_disclaimer),
)
"""All rules, in the order in which they are tried: the first that matches gives the line its label."""

MAX_WORDS = max(rule.max_words for rule in RULES)

RULES_BY_WORDS = tuple(tuple(rule for rule in RULES if words <= rule.max_words) for words in range(MAX_WORDS + 1))
"""The rules to try on a line, by the line's number of words."""


def label_line(line: Line) -> None:
    """Label a line with the name and the confidence of the first rule that removes it, if there is one."""
    words = max(line.words, -(-len(line.text) // MAX_WORD_CHARACTERS))
    if words > MAX_WORDS:
        return
    for rule in RULES_BY_WORDS[words]:
        if rule.matches(line):
            line.label, line.confidence = rule.name, rule.confidence
            return
