"""Fields to sentences, with exact offsets.

The cutting itself is left to sentencex, which keeps abbreviations, initials and quotations whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import sentencex

from services.enrichment.words import find_words

LANGUAGE: Final = "en"
"""What the encoder reads."""

MAX_WORD_LENGTH: Final = 12
"""Code points that one word may use up of the limit: twice an English word with its space. A text
without spaces is bounded by this."""

MAX_SENTENCE: Final = 2_000
"""Code points of the longest sentence, some 300 words; what is longer is no sentence, and is read in several."""

_PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n\s*")
_LINE_BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_WIDE_BLANK = re.compile(r"[^\S\x00-\x7f]")
"""sentencex takes the blank behind an initial for one byte long, and panics where it is not: a Rust panic is no
Exception, and would end the worker."""

_MARK = re.compile(r"[^\w\s]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """Code points `start` to `end` of a field, half open; `text` has spaces for its line breaks."""

    field: str
    start: int
    end: int
    text: str


def split_fields(fields: Mapping[str, str], max_words: int) -> tuple[list[Sentence], bool]:
    """Return the sentences of all fields, in order, and whether words beyond `max_words` were left out.

    Punctuation marks count as words, as they do for the encoder.
    """
    # Where this many more words fit in than there can be, `_find_limit` would cut nothing off either.
    spare = max_words - sum(map(bound_words, fields.values()))
    if all(len(text) <= spare * MAX_WORD_LENGTH for text in fields.values()):
        return [sentence for field, text in fields.items() for sentence in split_sentences(field, text)], False
    sentences: list[Sentence] = []
    left = max_words
    truncated = False
    for field, text in fields.items():
        limit, used = _find_limit(text, left)
        truncated = truncated or bool(text[limit:].strip())
        left -= used
        sentences.extend(split_sentences(field, text[:limit]))
    return sentences, truncated


def split_sentences(field: str, text: str) -> Iterator[Sentence]:
    """Yield the sentences of one field; a blank line always ends one, a single line break never does.

    One beyond MAX_SENTENCE is cut behind a word where it can be.
    """
    flat = _LONE_SURROGATE.sub("\ufffd", text)
    for start, end in _paragraphs(flat):
        paragraph = _LINE_BREAK.sub(" ", flat[start:end])
        for boundary in sentencex.get_sentence_boundaries(LANGUAGE, _WIDE_BLANK.sub(" ", paragraph)):
            for first, last in _shorten(paragraph, boundary["start_index"], boundary["end_index"]):
                surface = paragraph[first:last]
                body = surface.strip()
                if body:
                    offset = start + first + len(surface) - len(surface.lstrip())
                    yield Sentence(field, offset, offset + len(body), body)


def bound_words(text: str) -> int:
    """Return a number that the words of a text do not exceed, for less than counting them costs.

    A word begins behind a blank, at a mark, behind one, or behind a number with a mark inside, as in 1,000m.
    """
    return len(text.split()) + 3 * len(_MARK.findall(text))


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    for gap in _PARAGRAPH_BREAK.finditer(text):
        yield position, gap.start()
        position = gap.end()
    yield position, len(text)


def _shorten(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the span `start` to `end` of a text in parts of at most MAX_SENTENCE."""
    while end - start > MAX_SENTENCE:
        blank = text.rfind(" ", start + 1, start + MAX_SENTENCE)
        cut = blank if blank > start else start + MAX_SENTENCE
        yield start, cut
        start = cut
    yield start, end


def _find_limit(text: str, max_words: int) -> tuple[int, int]:
    """Return how many code points of a text may be read, and how many words they hold."""
    longest = max_words * MAX_WORD_LENGTH
    limit = used = 0
    for _, end in find_words(text[:longest]):
        if used == max_words:
            return limit, used
        limit, used = end, used + 1
    return longest, used
