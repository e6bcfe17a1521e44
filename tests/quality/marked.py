"""Labelled sentences of the project, marked up in plain text so that a person can read and extend them."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent

Span = tuple[int, int, str]

_ENTITY = re.compile(r"\[(PER|ORG|LOC|MISC) ([^\]]+)\]")
_TARGET = re.compile(r"\{([^}]+)\}")


def read_entities() -> list[tuple[str, set[Span]]]:
    """Return each sentence of entities.txt with its gold spans in code points."""
    return [_unmark(line) for line in (FOLDER / "entities.txt").read_text(encoding="utf-8").splitlines()]


def read_articles() -> list[dict[str, tuple[str, set[Span]]]]:
    """Return the articles of articles.txt, each with the text and the gold spans of its headline and its body.

    A line that begins with = is a headline, each other line a paragraph.
    """
    articles: list[dict[str, tuple[str, set[Span]]]] = []
    for block in (FOLDER / "articles.txt").read_text(encoding="utf-8").removeprefix("= ").split("\n= "):
        headline, *paragraphs = block.strip().split("\n")
        articles.append({"headline": _unmark(headline), "body": _unmark("\n\n".join(paragraphs))})
    return articles


def read_sentiment() -> list[dict[str, object]]:
    """Return the targets of sentiment.txt as rows that `evaluate_sentiment` reads."""
    rows: list[dict[str, object]] = []
    for line in (FOLDER / "sentiment.txt").read_text(encoding="utf-8").splitlines():
        polarity, marked = line.split("\t")
        target = _TARGET.search(marked)
        assert target is not None
        start = target.start()
        sentence = marked[:start] + target[1] + marked[target.end() :]
        rows.append({"sentence": sentence, "start": start, "end": start + len(target[1]), "polarity": polarity})
    return rows


def _unmark(marked: str) -> tuple[str, set[Span]]:
    text, spans, position = "", set(), 0
    for match in _ENTITY.finditer(marked):
        text += marked[position : match.start()]
        spans.add((len(text), len(text) + len(match[2]), match[1]))
        text += match[2]
        position = match.end()
    return text + marked[position:], spans
