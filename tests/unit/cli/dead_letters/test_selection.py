"""The choice of dead letters."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.cli.dead_letters.letters import LetterPlace
from services.cli.dead_letters.selection import Selection
from services.contracts.topics import TopicLayout
from services.outcomes import Reason, Stage
from tests.unit.cli.dead_letters.letters import build_letter

TIME = datetime.fromtimestamp(1_700_000_000, UTC)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), True),
        (Selection(reasons=frozenset({"too_large", "invalid_json"})), True),
        (Selection(reasons=frozenset({"too_large"})), False),
        (Selection(stages=frozenset({"annotate"})), True),
        (Selection(stages=frozenset({"sink"}), reasons=frozenset({"invalid_json"})), False),
        (Selection(since=TIME), True),
        (Selection(until=TIME), False),
        (Selection(places=frozenset({LetterPlace("input.dlq", 0, 5)})), True),
        (Selection(places=frozenset({LetterPlace("input.dlq", 0, 6)})), False),
    ],
)
def test_each_field_restricts_the_choice(selection: Selection, expected: bool) -> None:
    """A letter is chosen if it has one of the values of each field that is given."""
    letter = build_letter(offset=5, reason=Reason.INVALID_JSON, stage=Stage.ANNOTATE)
    assert selection.has(letter) is expected


def test_only_dead_letter_topics_are_read() -> None:
    """A topic is read if it has dead letters, and is chosen by its own name or by its source's."""
    assert Selection().has_topic("news.a.dlq") and not Selection().has_topic("news.a")
    by_source = Selection(topics=frozenset({"news.a"}))
    assert (
        by_source.has_topic("news.a.dlq")
        and not by_source.has_topic("news.b.dlq")
        and not by_source.has_topic("news.a")
    )
    by_place = Selection(places=frozenset({LetterPlace("news.a.dlq", 1, 4), LetterPlace("news.a.dlq", 1, 2)}))
    assert by_place.has_topic("news.a.dlq") and not by_place.has_topic("news.b.dlq")
    assert by_place.list_offsets("news.a.dlq", 1) == [2, 4] and Selection().list_offsets("news.a.dlq", 1) is None


def test_topics_of_other_deployments_are_not_read() -> None:
    """Only dead letters with the prefix of the deployment are chosen, and a filter may name them without it."""
    staging, plain = TopicLayout(prefix="staging."), TopicLayout()
    assert Selection().has_topic("staging.news.a.dlq", staging) and not Selection().has_topic("news.a.dlq", staging)
    assert Selection().has_topic("news.a.dlq", plain) and not Selection().has_topic("staging.news.a.dlq", plain)
    for given in ("news.a", "news.a.dlq", "staging.news.a", "staging.news.a.dlq"):
        assert Selection(topics=frozenset({given})).has_topic("staging.news.a.dlq", staging)
