"""Scores of the topics of texts: IPTC Media Topics, at the top level or below."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TextIO

from services.contracts.media_topics import read_topics
from services.enrichment.encoder import Encoder, ScanInput
from services.enrichment.entities import split_article
from services.enrichment.topics import States, TopicClassifier, TopicReading
from services.evaluation.rows import Row, check_rows
from services.evaluation.scores import DIGITS, compute_scores, compute_share, expected_calibration_error

SURE: Final = 0.9
"""Confidence from which an answer counts as sure."""

MAX_WORDS: Final = 300
"""Words of a text of which passages are cut: more than the classifier reads."""

FEWEST_ROWS: Final = 12
"""Rows that a topic needs to count in the macro-F1: the score of a rarer one is chance."""


def evaluate_topics(
    rows: Iterable[Row], classifier: TopicClassifier, encoder: Encoder, predictions: TextIO | None = None
) -> dict[str, Any]:
    """Score a classifier on rows of `text` and `topics`, a list of ids with the main one first.

    `encoder` gives the states that the classifier reads.
    An empty line in `text` ends the headline. Topics of the top level are scored if the rows name no others, else those
    of the second level. One line for each row, with `topics` and `predicted`, best first, is written to `predictions`.
    Raises PermanentError naming the first bad row.
    """
    tally = _Tally()
    for row in check_rows(rows, _find_problem):
        level = max(read_topics()[topic].level for topic in row["topics"])
        began = time.perf_counter()
        readings = classify_text(row["text"], classifier, encoder)
        tally.seconds += time.perf_counter() - began
        found = [reading for reading in readings if read_topics()[reading.id].level == level]
        tally.add(row["topics"], found)
        if predictions is not None:
            names = [reading.id for reading in found]
            predictions.write(json.dumps({"topics": row["topics"], "predicted": names}) + "\n")
    identity = classifier.identity
    return tally.compute_scores() | {"model": {"name": identity.name, "version": identity.version}}


def classify_text(text: str, classifier: TopicClassifier, encoder: Encoder) -> Sequence[TopicReading]:
    """Return the topics of a text, in which an empty line ends the headline, as an event would have them."""
    (states,) = scan_states([text], encoder)
    return classifier.classify(*split_headline(text), states)


def scan_states(texts: Iterable[str], encoder: Encoder) -> list[States]:
    """Return the states that an encoder gives for each text, in which an empty line ends the headline."""
    fields = (dict(zip(("headline", "body"), split_headline(text), strict=True)) for text in texts)
    passages = [[*split_article(own, encoder, MAX_WORDS).passages.values()] for own in fields]
    return [result.states for result in encoder.scan([ScanInput((), passages=own) for own in passages])]


def split_headline(text: str) -> tuple[str, str]:
    """Return headline and body of a text: an empty line ends the headline; without one, all is body."""
    headline, separator, body = text.partition("\n\n")
    return (headline, body) if separator else ("", text)


@dataclass(slots=True)
class _Tally:
    """Classified rows: pairs of main topics, counts of all topics, and confidences.

    `sure` has, for each sure answer, whether it is the main topic of the row and whether it is one of its topics.
    """

    pairs: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    correct: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    wanted: Counter[str] = field(default_factory=Counter)
    confidences: list[tuple[float, bool]] = field(default_factory=list)
    sure: list[tuple[bool, bool]] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, gold: Sequence[str], readings: Sequence[TopicReading]) -> None:
        """Count one row."""
        main = readings[0] if readings else None
        self.pairs[gold[0], main.id if main else None] += 1
        names = {reading.id for reading in readings}
        self.wanted.update(set(gold))
        self.found.update(names)
        self.correct.update(names & set(gold))
        self.confidences.extend((reading.confidence, reading.id in gold) for reading in readings)
        if main and main.confidence >= SURE:
            self.sure.append((main.id == gold[0], main.id in gold))

    def compute_scores(self) -> dict[str, Any]:
        """Return accuracy and macro-F1 of the main topic, F1 of all, the scores of each, and calibration."""
        rows = self.pairs.total()
        mains = {topic: self._score_main(topic) for topic in sorted({gold for gold, _ in self.pairs})}
        counted = [scores["f1"] for scores in mains.values() if scores["gold"] >= FEWEST_ROWS]
        right = sum(count for (gold, predicted), count in self.pairs.items() if gold == predicted)
        totals = [counts.total() for counts in (self.correct, self.found, self.wanted)]
        return {
            "rows": rows,
            "main": {
                "accuracy": compute_share(right, rows),
                "micro_f1": compute_scores(correct=right, found=self._count_answers(), wanted=rows)["f1"],
                "macro_f1": compute_share(sum(counted), len(counted)),
                "topics_counted": len(counted),
                "topics": mains,
            },
            "all": compute_scores(correct=totals[0], found=totals[1], wanted=totals[2]),
            "sure": {
                "share": compute_share(len(self.sure), rows),
                "accuracy": compute_share(sum(is_main for is_main, _ in self.sure), len(self.sure)),
                "among_topics": compute_share(sum(is_among for _, is_among in self.sure), len(self.sure)),
            },
            "calibration_error": round(expected_calibration_error(self.confidences), DIGITS),
            "rows_per_second": round(rows / self.seconds, 1) if self.seconds else 0.0,
        }

    def _count_answers(self) -> int:
        return sum(count for (_, predicted), count in self.pairs.items() if predicted is not None)

    def _score_main(self, topic: str) -> dict[str, Any]:
        correct = self.pairs[topic, topic]
        gold = sum(count for (wanted, _), count in self.pairs.items() if wanted == topic)
        found = sum(count for (_, predicted), count in self.pairs.items() if predicted == topic)
        name = read_topics()[topic].name
        return {"name": name, **compute_scores(correct=correct, found=found, wanted=gold), "gold": gold}


def _find_problem(row: object) -> str | None:
    if not isinstance(row, dict):
        return "not a JSON object"
    if not isinstance(row.get("text"), str):
        return "`text` is not a string"
    topics = row.get("topics")
    if not isinstance(topics, list) or not topics or not all(topic in read_topics() for topic in topics):
        return "`topics` is not a list of ids of IPTC Media Topics, such as medtop:15000000"
    return None
