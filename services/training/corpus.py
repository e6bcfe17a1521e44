"""The training corpus: sentences with entity labels or with sentiment labels, and where they come from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.enrichment.labels import POLARITY_INDEX
from services.evaluation.entities import tag_words
from services.training.rows import Row, read_rows, read_split

ENTITY_FILES: Final = ("conll2003-train", "worldwide", "wnut17-train", "wikigold", "uner-ewt")

SENTIMENT_FILES: Final = ("newsmtsc-train", "sentfin")

CORRECTED: Final = "corrected"
TARGETS: Final = "targets"
"""Sets whose rows name their own part, `train` or `dev`; only `train` is read here."""

DEVELOPMENT_SETS: Final = ("conll2003-dev", "wnut17-dev")
"""Whole files that training does not read, of old newswire and of noisy text; their scores are for orientation."""


PATHS: Final = {
    **{name: f"ner/{name}.jsonl" for name in (*ENTITY_FILES, CORRECTED)},
    **{name: f"sentiment/{name}.jsonl" for name in SENTIMENT_FILES},
    TARGETS: "sentiment/labels/targets.jsonl",
}
"""File of each set under the data folder."""

SOURCES: Final = {
    "conll2003-train": ("CoNLL-2003 shared task, Reuters newswire of 1996", "research use"),
    "worldwide": ("English Worldwide Newswire, Stanford NLP", "none stated"),
    "wnut17-train": ("WNUT-17, noisy user text", "CC BY 4.0"),
    "wikigold": ("Wikigold, encyclopedic text", "CC BY 4.0"),
    "uner-ewt": ("Universal NER, English-EWT, web text", "CC BY-SA 4.0"),
    "newsmtsc-train": (
        "NewsMTSC, Hamborg and Donnay 2021, sentences of political news",
        "none stated for the set; its repository is under MIT",
    ),
    "sentfin": ("SEntFiN 1.0, financial headlines", "MIT"),
    CORRECTED: (
        "news sentences whose names language-model readers corrected by a written guideline",
        "labels of this project; texts as of their sets",
    ),
    TARGETS: (
        "news sentences whose sentiment toward a target language-model readers judged by a written guideline",
        "labels of this project; texts as of their sets",
    ),
}
"""Source of each labelled set and its licence as stated; their text is not part of the project."""

ARTICLE_SOURCES: Final = {
    "newswire.jsonl": ("English Worldwide Newswire, Stanford NLP", "none stated"),
    "unlabelled.jsonl": ("Reuters-21578 (1987) and the BBC corpus (2004 to 2005)", "research use"),
    "reuters.jsonl": ("every fifth article of Reuters-21578 (1987)", "research use"),
    "bbc.jsonl": ("the BBC corpus (2004 to 2005)", "research use"),
    "others.jsonl": ("texts of other sets; the run did not record which", "as of their sets"),
}
"""Source of each file of articles that teachers labelled, and its licence as stated; none is part of the project."""

REPEATS: Final = {"worldwide": 2, CORRECTED: 3, TARGETS: 2}
"""Times that an epoch reads a set by default: worldwide is recent news, and corrected has the sentences that are hard;
the other sets are older or of other kinds."""

WITHOUT_MISC: Final = frozenset({"uner-ewt"})
"""Sets in which an O may be MISC in the sense of CoNLL."""

IN_ORDER: Final = frozenset({"conll2003-train", "worldwide"})
"""Sets whose neighbouring rows come from one article, so that a window of them has real context."""

Target = tuple[int, int, int]
"""Start and end of a span in code points, and the index of its polarity."""


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
    """Read every training set under the data folder, by name, without the rows that are held back."""
    corpus = {name: _build_entity_examples(name, _rows(data, name)) for name in (*ENTITY_FILES, CORRECTED)}
    for name in (*SENTIMENT_FILES, TARGETS):
        corpus[name] = build_sentiment_examples(name, _rows(data, name))
    return corpus


def list_corpus_files() -> list[str]:
    """Return the paths under the data folder that training reads."""
    return [*PATHS.values()]


def build_sentiment_examples(name: str, rows: Iterable[Row]) -> list[Example]:
    """Build one example for each sentence, with all its targets.

    The sentence has a polarity when all targets agree, except in TARGETS: there a victim's sentence is neutral toward
    the victim, but not neutral as a whole.
    """
    by_sentence: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_sentence[row["sentence"]].append(row)
    examples = []
    for sentence, members in by_sentence.items():
        targets = tuple((row["start"], row["end"], POLARITY_INDEX[row["polarity"]]) for row in members)
        polarities = {polarity for _, _, polarity in targets}
        agreed = next(iter(polarities)) if len(polarities) == 1 and name != TARGETS else None
        examples.append(Example(name, "", text=sentence, targets=targets, polarity=agreed))
    return examples


def _rows(data: Path, name: str) -> Iterable[Row]:
    if name == "worldwide":
        return read_split(data, "worldwide", held_back=False)
    if name == "newsmtsc-train":
        return read_split(data, "newsmtsc", held_back=False)
    rows = read_rows(data / PATHS[name])
    if name in (CORRECTED, TARGETS):
        rows = [row for row in rows if row["split"] == "train"]
    return map(tag_words, rows) if name == CORRECTED else rows


def _build_entity_examples(name: str, rows: Iterable[Row]) -> list[Example]:
    return [Example(name, row.get("article", ""), tokens=tuple(row["tokens"]), tags=tuple(row["tags"])) for row in rows]
