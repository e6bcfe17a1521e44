"""Sentences with the probabilities of their tags, for tests of the evidence in an article."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from services.enrichment.encoder import TagProbabilities
from services.enrichment.entities.tags.occurrences import WordRow, lay_out
from services.enrichment.labels import TAG_INDEX, TAGS
from services.enrichment.models.tag_decoding import decode_spans

Reading = Mapping[str, float]
"""Probabilities of some tags of one word; O has the rest."""

TaggedSentence = tuple[list[str], TagProbabilities]

EVEN = 0.002
"""Probability of each tag that is not given, as a softmax leaves it."""


def sentence(*readings: str | tuple[str, Reading]) -> TaggedSentence:
    """Return a sentence; a word without a reading is almost certainly O."""
    pairs = [(each, {}) if isinstance(each, str) else each for each in readings]
    rows = np.full((len(pairs), len(TAGS)), EVEN)
    for row, (_, reading) in enumerate(pairs):
        for tag, probability in reading.items():
            rows[row, TAG_INDEX[tag]] = probability
    rows[:, TAG_INDEX["O"]] = 0.0
    rows[:, TAG_INDEX["O"]] = np.maximum(EVEN, 1 - rows.sum(axis=1))
    return [word for word, _ in pairs], rows / rows.sum(axis=1, keepdims=True)


def text(written: str, **tags: str | Reading) -> TaggedSentence:
    """Return a sentence from its words; `tags` has the reading of some words, as a tag or as probabilities."""
    readings = {word: {tag: 0.95} if isinstance(tag, str) else tag for word, tag in tags.items()}
    return sentence(*((word, readings.get(word, {})) for word in written.split()))


def apply(evidence: Callable[[WordRow], None], *sentences: TaggedSentence) -> list[tuple[str, str]]:
    """Return the names (text, type) of an article after one kind of evidence."""
    words, rows = [list(column) for column in zip(*sentences, strict=True)]
    article = lay_out(words, rows)
    evidence(article)
    assert np.allclose(article.probabilities.sum(axis=1), 1.0)
    assert (article.probabilities >= 0).all()
    (spans,) = decode_spans([article.probabilities])
    return [(" ".join(article.words[span.start : span.end]), span.type) for span in spans]
