"""Dead letters and their places, as the commands read them."""

from __future__ import annotations

import pytest

from services.cli.dead_letters.letters import UNKNOWN, Letter, LetterPlace
from services.contracts.headers import Failure, restore_headers
from services.errors import PermanentError
from services.outcomes import Reason, Stage
from services.runtime.kafka.records import build_dead_letter
from tests.support.source_records import Record
from tests.unit.cli.dead_letters.letters import build_letter


def test_a_place_is_read_as_it_is_written() -> None:
    """The text of a place gives the same place again."""
    place = LetterPlace("news.articles.raw.v1.dlq", 0, 17)
    assert LetterPlace.parse(str(place)) == place


@pytest.mark.parametrize("text", ["", "17", "a.dlq/0", "a.dlq/0/x", "a.dlq/-1/2", "a.dlq/0/1/2", "a/0/1"])
def test_other_texts_are_no_places(text: str) -> None:
    """A text that names no dead letter is refused."""
    with pytest.raises(ValueError, match=r"."):
        LetterPlace.parse(text)


def test_a_letter_says_what_failed_where() -> None:
    """Stage, reason, source and error come from the headers of the failure."""
    letter = build_letter(offset=4)
    assert (letter.stage, letter.reason, letter.source) == ("annotate", "invalid_json", "input/3/7")
    assert letter.error == "PermanentError: not JSON"
    decoded = letter.decode()
    assert (decoded.id, decoded.value, decoded.key) == ("input.dlq/0/4", b"{", b"k1")
    assert [(one.name, one.value) for one in decoded.headers] == [("mine", b"\xff"), ("none", None)]


def test_a_text_for_a_terminal_has_no_control_characters() -> None:
    """A message from the outside cannot change the state of a terminal."""
    assert "\x1b" not in build_letter(message="\x1b[2J gone").error


def test_a_foreign_record_is_unknown_and_cannot_be_decoded() -> None:
    """A record that no stage wrote has no reason, and decoding it is an error."""
    letter = Letter(Record(topic="input.dlq", partition=0, offset=3))
    assert letter.reason == letter.stage == UNKNOWN
    with pytest.raises(PermanentError, match="does not have the headers of a dead letter"):
        letter.decode()


def test_a_second_failure_leaves_the_first_in_the_original_headers() -> None:
    """Only the headers of the newest of two failures are removed."""
    first = build_letter().record
    failure = Failure(Reason.TOO_LARGE, Stage.MATCH, "PermanentError", "second")
    second = build_dead_letter(first, failure)
    assert restore_headers(second.headers) == tuple(first.headers)
    assert Letter(Record(headers=second.headers)).reason == "too_large"
