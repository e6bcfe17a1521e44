"""Runner of VADER, in its own environment: `python run_vader.py JOB`. Prints one JSON object."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from vaderSentiment import vaderSentiment

MARGIN = 0.05
"""Largest distance from zero of a neutral compound score, from VADER's documentation."""
AROUND = 10
"""Words that are read on each side of a target."""


def main() -> None:
    """Judge sentences, the words around each target and whole articles, and time the judging of texts."""
    job = Path(sys.argv[1])
    analyzer = vaderSentiment.SentimentIntensityAnalyzer()

    def judge(text: str) -> str:
        compound = analyzer.polarity_scores(text)["compound"]
        return "neutral" if abs(compound) < MARGIN else "positive" if compound > 0 else "negative"

    sentences, articles, leads, texts = (
        read(job / f"{name}.jsonl") for name in ("sentences", "articles", "leads", "texts")
    )
    began = time.process_time()
    for text in texts:
        judge(text)
    seconds = time.process_time() - began
    size = sum(path.stat().st_size for path in Path(vaderSentiment.__file__).parent.glob("*.txt"))
    report = {
        "whole": [judge(row["sentence"]) for row in sentences],
        "around": [judge(cut(row)) for row in sentences],
        "articles": [judge(f"{row['title']}\n{row['text']}") for row in articles],
        "leads": [judge(text) for text in leads],
        "seconds": seconds,
        "model_mb": size / 1e6,
    }
    print(json.dumps(report))


def read(path: Path) -> list:  # type: ignore[type-arg]
    """Read the rows of a JSON Lines file."""
    return [json.loads(line) for line in path.open(encoding="utf-8")]


def cut(row: dict) -> str:  # type: ignore[type-arg]
    """Return the target with the words around it."""
    before, after = row["sentence"][: row["start"]].split(), row["sentence"][row["end"] :].split()
    return " ".join([*before[-AROUND:], row["sentence"][row["start"] : row["end"]], *after[:AROUND]])


if __name__ == "__main__":
    main()
