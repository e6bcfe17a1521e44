"""Captions: the text about a picture, and the credit of who made it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.contracts.event import Caption
from services.enrichment.cleaning.fields.article_lines import ArticleLines, CaptionLine
from services.enrichment.cleaning.lines.names import count_plain_words

CREDIT = re.compile(
    r"[(\[]?(?:"
    r"(?:File )?(?:Photo(?:graph(?:er|y)?)?s?|Image|Picture|Pic|Illustration|Graphic|Video|Credit|Source)"
    r"(?: credit)?(?::| by\b| courtesy of\b| courtesy\b)"
    r"|(?:AP|UPI|AFP|EPA|Reuters|REUTERS)(?: File)? (?:Photo|photo|Images?)\b|(?:REUTERS|Reuters)/"
    r"|(?:Associated Press|Getty Images|Shutterstock|Alamy|iStock|EPA-EFE|Bloomberg via Getty|AFP via Getty|Pool via)"
    r"(?=[/)\]. ]|$)"
    r"|©"
    r")"
)
"""The beginning of a picture's credit."""

MARKS = (
    "hoto",
    "mage",
    "ictur",
    "Pic",
    "llustration",
    "raphic",
    "ideo",
    "redit",
    "ource",
    "AP",
    "UPI",
    "AFP",
    "EPA",
    "euters",
    "REUTERS",
    "Press",
    "Getty",
    "Shutterstock",
    "Alamy",
    "iStock",
    "Pool",
    "©",
)
"""Strings of which every credit has at least one. They are searched first, because most lines have none of them."""

CREDIT_INTRODUCTION = re.compile(
    r"[(\[]?(?:(?:File )?(?:Photo(?:graph)?s?|Image|Picture|Illustration|Graphic|Video|Credit)(?: credit)?"
    r"(?::| by\b| courtesy(?: of)?\b)[ \u00a0]?)|[(\[]|©[ \u00a0]?"
)
"""Words and signs that introduce a credit and are not part of it."""

MAX_CREDIT_CHARACTERS = 160
"""Maximum number of characters of a credit, which has one or two names."""

MAX_CREDIT_WORDS = 16

MAX_SENTENCE_CREDIT_WORDS = 8
"""Maximum number of words of a credit with a full stop inside, such as "Photo by A. Lee"; a longer text with a full
stop inside is not a credit but sentences."""

MAX_PLAIN_WORDS = 1
"""Maximum number of words that are no names in a credit with an introduction, such as "Photo courtesy of the Bergen
museum". A sentence that begins with the name of an agency has more."""

MAX_CAPTION_CHARACTERS = 1_200

SENTENCE_END = re.compile(r"[.!?…)\]\"”’|:/–—-][ \u00a0\t]*$|^[ \u00a0\t]*$")
"""Pattern that the text before a credit must match: it ends a sentence, or it is empty."""


CREDIT_CONFIDENCE = 0.9
REPEATED_CONFIDENCE = 0.99


@dataclass(frozen=True, slots=True)
class FoundCaption:
    """A line's caption, with the place where its text ends, and the credit of its picture."""

    text_end: int
    credit: str


def find_captions(article: ArticleLines) -> None:
    """Find the lines that end with a picture's credit.

    Such a line is a caption of the article. A line with a credit alone is labelled as a credit, and each copy of a
    caption as a repeated caption.
    """
    texts: set[str] = set()
    for line in article.lines:
        if line.label is not None:
            continue
        found = find_caption(line.text)
        if found is None:
            continue
        if found.text_end == 0:
            line.label, line.confidence = "credit", CREDIT_CONFIDENCE
            continue
        text = line.text[: found.text_end]
        if text in texts:
            line.label, line.confidence = "repeated_caption", REPEATED_CONFIDENCE
            continue
        texts.add(text)
        caption = Caption(text=text, credit=found.credit)
        article.captions.append(CaptionLine(line, line.start + found.text_end, caption))
    _label_copies_without_credit(article, texts)


def return_captions(article: ArticleLines) -> None:
    """Make the captions the body if the article has no other text: its last words only look like a picture's credit."""
    if not article.body_lines():
        article.captions.clear()


def _label_copies_without_credit(article: ArticleLines, texts: set[str]) -> None:
    """Label the lines that repeat a caption's text without its credit, as pages often do."""
    captions = {id(found.line) for found in article.captions}
    for line in article.lines:
        if line.label is None and line.text in texts and id(line) not in captions:
            line.label, line.confidence = "repeated_caption", REPEATED_CONFIDENCE


def find_caption(text: str) -> FoundCaption | None:
    """Return the caption of a line that ends with a picture's credit; None for any other line."""
    if len(text) > MAX_CAPTION_CHARACTERS:
        return None
    if not _has_mark(text[-MAX_CREDIT_CHARACTERS:]):
        return None
    for match in CREDIT.finditer(text, max(0, len(text) - MAX_CREDIT_CHARACTERS)):
        before = text[: match.start()]
        credit = text[match.start() :]
        if SENTENCE_END.search(before) and _is_credit(credit):
            bare = CREDIT_INTRODUCTION.sub("", credit, count=1).strip(" \u00a0.)]|")
            return FoundCaption(len(before.rstrip(" \u00a0\t|/–—-")), bare or credit)
    return None


def _has_mark(tail: str) -> bool:
    for mark in MARKS:  # noqa: SIM110 - a generator takes twice the time, and every line is tested
        if mark in tail:
            return True
    return False


def _is_credit(text: str) -> bool:
    """Return whether a text that begins like a credit is one: it is short, and made of names."""
    words = text.split()
    if len(words) > MAX_CREDIT_WORDS:
        return False
    introduction = CREDIT_INTRODUCTION.match(text)
    if count_plain_words(text) > (MAX_PLAIN_WORDS if introduction else 0):
        return False
    return ". " not in text.rstrip(" .")[2:] or len(words) <= MAX_SENTENCE_CREDIT_WORDS
