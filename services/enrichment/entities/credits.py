"""Credits: the lines at an article's end that name an agency or its reporters, and no part of the news.

Names in them are no entities of the article: an agency's signature is otherwise found in nearly each of its stories.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from services.enrichment.entities.sentences import Sentence

FEWEST_SENTENCES: Final = 2
"""Sentences of news that an article has before its credits; shorter texts have none."""

MAX_CREDITS: Final = 4
"""Most credits at the end of an article."""

MAX_CREDIT: Final = 300
"""Characters of the longest credit."""

MAX_SIGNATURE: Final = 4
"""Words of the longest signature."""

_CREDIT = re.compile(
    r"""[\s(\[*–—-]*(?:with\s+|additional\s+|further\s+|original\s+)*
    (?:(?:report|writ|edit|translat|compil|graphic|photograph|produc|research|contribut|proofread)
       (?:ing|ed|s|ions?|e|ten)?|photos?|inputs?)
    (?:\s+(?:and|&)\s+\w+)?(?:\s+(?:in|for)\s+\w+)?\s+(?:by|from)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_SIGNATURE = re.compile(r"[\s(\[*–—-]*[A-Z][\w&'’/.-]*(?:\s+[A-Z][\w&'’/-]*)*(?:\.{3})?[\s)\]*–—-]*")


def count_credits(text: str, sentences: Sequence[Sentence]) -> int:
    """Count the sentences at the end of a field's text that are credits, with at most one signature among them."""
    most = min(MAX_CREDITS, len(sentences) - FEWEST_SENTENCES)
    count, signed = 0, False
    while count < most:
        sentence = sentences[-1 - count]
        if _is_credit(sentence.text):
            count += 1
        elif not signed and _is_signature(text, sentence, sentences[-2 - count]):
            count, signed = count + 1, True
        else:
            break
    return count


def _is_credit(sentence: str) -> bool:
    if len(sentence) > MAX_CREDIT or not _CREDIT.match(sentence):
        return False
    return (sentence[0] in "([" and sentence[-1] in ")].") or ";" in sentence or not sentence.endswith(".")


def _is_signature(text: str, sentence: Sentence, previous: Sentence) -> bool:
    """Return whether a sentence is a few capitalised words that occur nowhere before, and not the end of a list."""
    if not _is_bare_name(sentence.text) or _is_bare_name(previous.text):
        return False
    name = sentence.text.strip("()[]*–—-. \t").lower()
    return re.search(rf"\b{re.escape(name)}\b", text[: sentence.start].lower()) is None


def _is_bare_name(sentence: str) -> bool:
    return len(sentence.split()) <= MAX_SIGNATURE and _SIGNATURE.fullmatch(sentence) is not None
