"""The profiles of the command, which are written out because the enrichment package may be absent."""

from __future__ import annotations

from typing import get_args

from services.cli.articles.commands import FORMS, TASKS
from services.cli.articles.evaluate import CleaningInput, EvaluationTask
from services.cli.options import PROFILES
from services.enrichment.options import Profile


def test_the_command_offers_every_profile() -> None:
    """The command offers exactly the profiles of the enrichment."""
    assert get_args(Profile) == PROFILES


def test_the_command_offers_every_task() -> None:
    """The command offers exactly the tasks and the forms of the evaluation."""
    assert {*TASKS} == {*EvaluationTask}
    assert {*FORMS} == {*CleaningInput}
