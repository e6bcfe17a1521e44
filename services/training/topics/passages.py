"""Passages of one to five sentences, with and without a headline, which teachers label: short texts are news too."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.training.article.leads import ARTICLES, LEAD_CHARACTERS, POLITICS
from services.training.rows import Row, fold_spaces, read_rows

SENTENCES_OF_PASSAGES: Final = (1, 1, 2, 3, 5)
"""Numbers of sentences of a passage, each equally likely."""

SENTENCES_OF_GROUPS: Final = (1, 2, 3)
"""Numbers of neighbouring sentences that are joined, in sets of single sentences."""

HEADLINE_SHARE: Final = 0.2
"""Share of the passages that begin with the headline of their article."""

LONG_CHARACTERS: Final = 800
"""Length from which an article of the wire of 1987 is cut into passages: shorter ones are read by their beginning."""

LONG_SHARE: Final = 0.5
"""Share of these articles that is cut, so that the wire does not outweigh everything else."""

FEWEST_CHARACTERS: Final = 20
"""Length of the shortest text that is read."""

SENTENCE_CHARACTERS: Final = 16
"""Length of the shortest sentence."""

SENTENCE_WORDS: Final = 6
"""Words and marks of the shortest sentence in sets of single sentences, which also have headings and names alone."""

_SENTENCE_END: Final = re.compile(r"(?<=[.!?])[\"”']?\s+(?=[\"“'A-Z0-9])")
_BEFORE_MARK: Final = re.compile(r" ([.,;:!?%)]|'s|n't|'re|'ve)")
_AFTER_MARK: Final = re.compile(r"([($]) ")


@dataclass(frozen=True, slots=True)
class _Source:
    """A set of articles: how many passages are read of each, and from which code point on."""

    name: str
    passages: int
    begin: int = LEAD_CHARACTERS


_BBC: Final = _Source("bbc", 8)
_WIRE: Final = _Source("reuters", 1)
_NEWSWIRE: Final = _Source("newswire", 12)
_PERSENT: Final = _Source("persent", 8)
_EVENTS: Final = _Source("ecb", 5, 300)
_PAGES: Final = _Source("pages", 16, 0)


def read_passages(data: Path, held_back: Sequence[Row], labelled: Sequence[Row]) -> list[str]:
    """Return passages of articles, joined sentences, and parts of labelled texts, each once and in a fixed order.

    No passage is from an article of which a part is in `held_back`.
    """
    beginnings = [fold_spaces(part)[:60] for row in held_back for part in _list_parts(row["text"])]
    articles = (
        passage
        for source, key, title, text in _read_articles(data)
        if not _has_any(fold_spaces(f"{title} {text}"), beginnings)
        for passage in _cut_article(source, key, title, text)
    )
    groups = (group for group in _read_groups(data) if not _has_any(fold_spaces(group), beginnings))
    parts = (part for row in labelled for part in _draw_part(row))
    seen = {fold_spaces(row["text"]) for row in (*held_back, *labelled)}
    distinct = {fold_spaces(text): text for text in (*articles, *groups, *parts) if len(text) >= FEWEST_CHARACTERS}
    return [text for key, text in distinct.items() if key not in seen]


def _list_parts(text: str) -> list[str]:
    return [part for part in text.split("\n\n") if len(part) > FEWEST_CHARACTERS]


def _has_any(text: str, beginnings: Iterable[str]) -> bool:
    return any(beginning in text for beginning in beginnings)


def _read_articles(data: Path) -> Iterator[tuple[_Source, str, str, str]]:
    """Yield source, key, title and text of articles."""
    for row in read_rows(data / ARTICLES):
        source = _BBC if row["id"].startswith("bbc") else _WIRE
        if source is _BBC or (len(row["text"]) >= LONG_CHARACTERS and _draw(f"re/{row['id']}") >= LONG_SHARE):
            yield source, row["id"], (row.get("title") or "").strip(), row["text"]
    for row in read_rows(data / "articles/newswire.jsonl"):
        yield _NEWSWIRE, row["id"], "", row["text"]
    for number, row in enumerate(read_rows(data / "sentiment/persent-dev.jsonl")):
        yield _PERSENT, f"per:{number}", row["title"], row["text"]
    for row in read_rows(data / "stories/ecbplus-even.jsonl"):
        yield _EVENTS, f"ecb{row['id']}", "", _join_words(row["text"].split())
    for row in read_rows(data / "cleaning/pages.jsonl"):
        yield _PAGES, f"pg{row['id'][:20]}", "", row["gold"]


def _draw(key: str) -> float:
    return random.Random(key).random()


def _cut_article(source: _Source, key: str, title: str, text: str) -> Iterator[str]:
    """Yield passages of the text after its beginning, which other texts of the pool have."""
    sentences = _split_sentences(" ".join(text.split())[source.begin :])
    if source.begin:
        sentences = sentences[1:]
    rng, at = random.Random(f"{source.name}/{key}/{title}"), 0
    for _ in range(source.passages):
        if at >= len(sentences):
            return
        count = rng.choice(SENTENCES_OF_PASSAGES)
        passage = " ".join(sentences[at : at + count])[:LEAD_CHARACTERS]
        at += count
        yield f"{title}\n\n{passage}" if rng.random() < HEADLINE_SHARE and title else passage


def _read_groups(data: Path) -> Iterator[str]:
    """Yield neighbouring sentences of sets of single sentences, joined."""
    wire = [row["tokens"] for row in read_rows(data / "ner/conll2003-train.jsonl")]
    yield from _group([_join_words(tokens) for tokens in wire if len(tokens) >= SENTENCE_WORDS], "conll")
    yield from dict.fromkeys(row["sentence"] for row in read_rows(data / POLITICS))
    editorials = read_rows(data / "sentiment/valence/vader-nyt-editorials.jsonl")
    yield from _group([row["text"] for row in editorials], "v")
    yield from (row["text"] for row in read_rows(data / "sentiment/valence/emobank-news.jsonl"))
    encyclopedia = [row["tokens"] for row in read_rows(data / "ner/wikigold.jsonl")]
    yield from _group([_join_words(tokens) for tokens in encyclopedia if len(tokens) >= SENTENCE_WORDS], "w")


def _group(sentences: Sequence[str], seed: str) -> Iterator[str]:
    rng, at = random.Random(seed), 0
    while at < len(sentences):
        count = rng.choice(SENTENCES_OF_GROUPS)
        yield " ".join(sentences[at : at + count])[:LEAD_CHARACTERS]
        at += count


def _draw_part(row: Row) -> Iterator[str]:
    """Yield a part of a labelled text: its headline, its body, or its first sentences."""
    headline, separator, body = row["text"].partition("\n\n")
    if not separator:
        headline, body = "", row["text"]
    sentences = _split_sentences(body)
    parts = [headline, body] if headline else []
    if len(sentences) > 1:
        parts += [sentences[0], " ".join(sentences[:2]), f"{headline}\n\n{sentences[0]}".strip()]
    if parts:
        yield random.Random(f"tr/{row['id']}").choice(parts)


def _split_sentences(text: str) -> list[str]:
    stripped = (sentence.strip() for sentence in _SENTENCE_END.split(" ".join(text.split())))
    return [sentence for sentence in stripped if len(sentence) >= SENTENCE_CHARACTERS]


def _join_words(words: Sequence[str]) -> str:
    """Return a text of words, without the spaces that a tokenizer put before and after marks."""
    return _AFTER_MARK.sub(r"\1", _BEFORE_MARK.sub(r"\1", " ".join(words)))
