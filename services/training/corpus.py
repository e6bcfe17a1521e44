"""What the encoder learns from: sentences with entity labels, with sentiment labels, or both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.enrichment.labels import POLARITY_INDEX
from services.training.rows import Row, read_rows, read_split

ENTITY_FILES: Final = ("conll2003-train", "worldwide", "wnut17-train", "wikigold", "uner-ewt")

SENTIMENT_FILES: Final = ("newsmtsc-train", "sentfin")

SOURCES: Final = {
    "conll2003-train": ("CoNLL-2003 shared task, Reuters newswire of 1996", "research use"),
    "worldwide": ("English Worldwide Newswire, Stanford NLP", "none stated"),
    "wnut17-train": ("WNUT-17, noisy user text", "CC BY 4.0"),
    "wikigold": ("Wikigold, encyclopedic text", "CC BY 4.0"),
    "uner-ewt": ("Universal NER, English-EWT, web text", "CC BY-SA 4.0"),
    "newsmtsc-train": ("NewsMTSC, Hamborg and Donnay 2021, political news", "as published with the paper"),
    "sentfin": ("SEntFiN 1.0, financial headlines", "MIT"),
}
"""Where each set comes from, and its licence; none of their text is part of the project."""

WITHOUT_MISC: Final = frozenset({"uner-ewt"})
"""Sets in which an O may be what CoNLL calls MISC."""

IN_ORDER: Final = frozenset({"conll2003-train", "worldwide"})
"""Sets whose neighbouring rows come from one article, so that a window of them is real context."""

Target = tuple[int, int, int]
"""A span in code points and its polarity's index."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled sentence: tokens with IOB2 tags, or text with sentiment targets."""

    source: str
    article: str
    tokens: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    text: str = ""
    targets: tuple[Target, ...] = ()
    polarity: int | None = None


def read_corpus(data: Path) -> dict[str, list[Example]]:
    """Read every training set under the data folder, without what is held back, by name."""
    corpus = {name: _entity_examples(name, _rows(data, f"ner/{name}.jsonl", name)) for name in ENTITY_FILES}
    for name in SENTIMENT_FILES:
        corpus[name] = sentiment_examples(name, _rows(data, f"sentiment/{name}.jsonl", name))
    return corpus


def corpus_files() -> list[str]:
    """Paths under the data folder that training reads."""
    entities = [f"ner/{name}.jsonl" for name in ENTITY_FILES]
    return entities + [f"sentiment/{name}.jsonl" for name in SENTIMENT_FILES]


def sentiment_examples(name: str, rows: Iterable[Row]) -> list[Example]:
    """One example a sentence, with all its targets; its own polarity where all of them agree."""
    by_sentence: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_sentence[row["sentence"]].append(row)
    examples = []
    for sentence, members in by_sentence.items():
        targets = tuple((row["start"], row["end"], POLARITY_INDEX[row["polarity"]]) for row in members)
        polarities = {polarity for _, _, polarity in targets}
        agreed = next(iter(polarities)) if len(polarities) == 1 else None
        examples.append(Example(name, "", text=sentence, targets=targets, polarity=agreed))
    return examples


def _rows(data: Path, path: str, name: str) -> Iterable[Row]:
    if name == "worldwide":
        return read_split(data, "worldwide", held_back=False)
    if name == "newsmtsc-train":
        return read_split(data, "newsmtsc", held_back=False)
    return read_rows(data / path)


def _entity_examples(name: str, rows: Iterable[Row]) -> list[Example]:
    return [Example(name, row.get("article", ""), tokens=tuple(row["tokens"]), tags=tuple(row["tags"])) for row in rows]
