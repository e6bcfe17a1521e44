"""Sentences of an article's fields, with exact offsets.

The library sentencex finds the boundaries; it does not split at abbreviations, initials or inside quotations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import sentencex

from services.enrichment.words import find_words

LANGUAGE: Final = "en"
"""Language of the text, for sentencex: the only one that the encoder reads."""

MAX_WORD_LENGTH: Final = 12
"""Maximum number of code points per word of the limit: twice the length of an English word with its space. It bounds
the length of a text without spaces."""

MAX_SENTENCE: Final = 2_000
"""Maximum number of code points of a sentence, some 300 words; a longer one is not a real sentence and is read in
parts."""

WORDS_PER_MARK: Final = 3
"""Maximum number of words that one punctuation mark can begin (see `estimate_max_words`)."""

_PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n\s*")
_LINE_BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_WIDE_BLANK = re.compile(r"[^\S\x00-\x7f]")
"""Blanks outside ASCII, which are replaced before sentencex reads the text. It assumes that the blank after an initial
is one byte long, and panics when it is not; a Rust panic is not an Exception and would end the worker."""

_MARK = re.compile(r"[^\w\s]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence at code points `start` to `end` of a field, half open; in `text` spaces replace line breaks."""

    field: str
    start: int
    end: int
    text: str


def split_fields(fields: Mapping[str, str], max_words: int) -> tuple[list[Sentence], bool]:
    """Return the sentences of all fields, in order, and whether words after the first `max_words` were left out.

    Punctuation marks count as words, as they do for the encoder.
    """
    # When the upper bound of all words leaves this much space, `_find_limit` would not cut either, and costs more.
    spare = max_words - sum(map(estimate_max_words, fields.values()))
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
    """Yield the sentences of one field; a blank line always ends a sentence, a single line break never does.

    A sentence longer than MAX_SENTENCE is split, after a word if possible.
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


def estimate_max_words(text: str) -> int:
    """Return an upper bound of the number of words of a text; it costs less than counting them.

    A word begins after a blank, at a mark, after a mark, or after a number with a mark inside, as in 1,000m.
    """
    return len(text.split()) + WORDS_PER_MARK * len(_MARK.findall(text))


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    for gap in _PARAGRAPH_BREAK.finditer(text):
        yield position, gap.start()
        position = gap.end()
    yield position, len(text)


def _shorten(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the span `start` to `end` of a text in parts of at most MAX_SENTENCE code points."""
    while end - start > MAX_SENTENCE:
        blank = text.rfind(" ", start + 1, start + MAX_SENTENCE)
        cut = blank if blank > start else start + MAX_SENTENCE
        yield start, cut
        start = cut
    yield start, end


def _find_limit(text: str, max_words: int) -> tuple[int, int]:
    """Return how many code points of a text may be read, and how many words they have."""
    longest = max_words * MAX_WORD_LENGTH
    limit = used = 0
    for _, end in find_words(text[:longest]):
        if used == max_words:
            return limit, used
        limit, used = end, used + 1
    return longest, used
