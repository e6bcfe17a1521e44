"""Sentences with the probabilities of teachers, and the files in which the step `label` stores them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

PARTS: Final = ("part", "judged", "varied")
"""Prefixes of the files of articles, of sentences with sentiment labels, and of these sentences with other names."""

HalfFloats = NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class TaughtSentence:
    """A sentence with log probabilities of the teachers: of tags (words, tags) and of polarities (spans, polarities).

    `spans` are ranges of pieces, half open; the last one is the whole sentence.
    """

    text: str
    tags: HalfFloats
    spans: NDArray[np.int16]
    polarities: HalfFloats


def read_labels(folder: Path) -> Iterator[TaughtSentence]:
    """Yield the sentences that `write_labels` wrote."""
    for kind in PARTS:
        yield from read_parts(folder, kind)


def read_parts(folder: Path, kind: str) -> Iterator[TaughtSentence]:
    """Yield the sentences of the files of one of the PARTS."""
    for path in sorted(folder.glob(f"{kind}-{'[0-9]' * 4}.npz")):
        with np.load(path, allow_pickle=False) as part:
            texts = json.loads(part["texts"].tobytes())
            tags = np.split(part["tags"], np.cumsum(part["words"])[:-1])
            spans = np.split(part["spans"], np.cumsum(part["counts"])[:-1])
            polarities = np.split(part["polarities"], np.cumsum(part["counts"])[:-1])
        yield from (TaughtSentence(*item) for item in zip(texts, tags, spans, polarities, strict=True))


def write_part(path: Path, sentences: Iterable[TaughtSentence]) -> None:
    """Write sentences to one file, which appears only when it is complete."""
    taught = list(sentences)
    partial = path.with_suffix(".partial.npz")
    np.savez(
        partial,
        texts=np.frombuffer(json.dumps([sentence.text for sentence in taught]).encode(), np.uint8),
        tags=np.concatenate([sentence.tags for sentence in taught]),
        words=np.array([len(sentence.tags) for sentence in taught]),
        spans=np.concatenate([sentence.spans for sentence in taught]),
        counts=np.array([len(sentence.spans) for sentence in taught]),
        polarities=np.concatenate([sentence.polarities for sentence in taught]),
    )
    partial.replace(path)
