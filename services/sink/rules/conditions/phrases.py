"""Compilers of the conditions on words and phrases in the headline and the body."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from itertools import islice
from typing import Final

from services.sink.rules.conditions.condition import Condition, Finding
from services.sink.rules.conditions.event_view import EventView
from services.sink.rules.conditions.properties import WILDCARD
from services.sink.rules.conditions.words import PhraseFinder, Text, Words, split_words
from services.sink.rules.yaml_values import YamlValue

MAX_FOUND: Final = 5
"""Maximum number of phrases that an explanation lists: enough to see why, few enough to read."""


def compile_headline(value: YamlValue) -> Condition:
    """Compile words or phrases, one of which the headline must contain."""
    return _compile("headline", value, lambda view: view.headline)


def compile_body(value: YamlValue) -> Condition:
    """Compile words or phrases, one of which the body must contain."""
    return _compile("body", value, lambda view: view.body)


def _compile(field: str, value: YamlValue, get_text: Callable[[EventView], Text | None]) -> Condition:
    phrases = dict(value.read_one_or_more(_read_phrase))
    finder = PhraseFinder(phrases)

    def holds(view: EventView) -> bool | None:
        text = get_text(view)
        return None if text is None else finder.is_in(text)

    def find(view: EventView) -> Finding:
        text = get_text(view)
        if text is None:
            return Finding(None, f"the article has no {field}")
        if not finder.is_in(text):
            count = f"none of {len(phrases)} phrases is" if len(phrases) > 1 else "the phrase is not"
            return Finding([], f"{count} in the {field}")
        matching = (written for words, written in phrases.items() if PhraseFinder([words]).is_in(text))
        found = list(islice(matching, MAX_FOUND))
        return Finding([*found], f"the {field} contains {', '.join(f'“{written}”' for written in found)}")

    return Condition(field, holds, find)


def _read_phrase(value: YamlValue) -> tuple[Words, str]:
    """Read a phrase: its words, and how the file writes it."""
    written = read_words(value, _is_letter_or_symbol)
    return split_words(written), written


def read_words(value: YamlValue, is_word: Callable[[str], bool]) -> str:
    """Read a text that has something to look for: a character for which `is_word` is true."""
    written = value.read_text()
    if written.startswith(WILDCARD) or written.endswith(WILDCARD):
        value.fail(
            f"{written!r} has a wildcard, which rules do not know; list all words", written.strip(WILDCARD) or None
        )
    if not any(map(is_word, written)):
        value.fail(f"{written!r} has no letter and no digit, so it never matches; write a word")
    return written


def _is_letter_or_symbol(character: str) -> bool:
    """Return whether a headline may be searched for the character alone, such as € or an emoji; not for punctuation."""
    return character.isalnum() or unicodedata.category(character).startswith("S")
