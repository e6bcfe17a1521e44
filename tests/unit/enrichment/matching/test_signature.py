"""The signature: the same on every machine, and close for close texts."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.matching.signature import (
    PERMUTATIONS,
    SHORTEST_WORDS,
    compute_signature,
    decode_minhash,
    encode_minhash,
    is_wordless,
)
from services.errors import PermanentError
from tests.unit.enrichment.matching.articles import change_words, write_text

ROOT = Path(__file__).parents[4]

TEXT = "The harbour council met on Monday and voted for the new bridge, which engineers had called overdue for years."


def estimate(one: str, other: str) -> float:
    """The estimated Jaccard similarity of two texts."""
    first, second = compute_signature(None, one), compute_signature(None, other)
    assert first.minhash is not None
    assert second.minhash is not None
    return float((decode_minhash(first.minhash) == decode_minhash(second.minhash)).mean())


def test_a_signature_is_pinned() -> None:
    """The signature of a text is this one in every version: the verdict log holds signatures of earlier builds."""
    signature = compute_signature("Bridge approved", TEXT)

    assert signature.content_hash == "2dc42dc6ef4c3562b1fadac068148842"
    assert signature.shingles == 19
    assert signature.minhash is not None
    assert decode_minhash(signature.minhash)[:4].tolist() == [995954809, 3227731365, 3290204802, 2285760815]


def test_another_process_computes_the_same() -> None:
    """A process with another hash seed computes the same signature."""
    code = (
        "from services.enrichment.matching import compute_signature;"
        f"print(compute_signature(None, {TEXT * 2!r}).model_dump_json())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }

    assert outputs == {compute_signature(None, TEXT * 2).model_dump_json().encode() + b"\n"}


def test_the_headline_is_the_first_line() -> None:
    """A copy whose headline was not told from its body has the same signature."""
    assert compute_signature("Bridge approved", TEXT) == compute_signature(None, f"BRIDGE APPROVED\n\n{TEXT}")


def test_one_other_word_is_another_hash() -> None:
    """Copies that differ in one word are not exact ones."""
    assert compute_signature(None, TEXT).content_hash != compute_signature(None, TEXT + " Again.").content_hash


def test_estimates_follow_the_share_of_changed_words() -> None:
    """The estimated similarity falls with the words changed: 2 % leave about 0.89 and 10 % about 0.57."""
    text = write_text(1, 500)

    assert estimate(text, text) == 1.0
    assert estimate(text, change_words(text, 10)) == pytest.approx(0.89, abs=0.08)
    assert estimate(text, change_words(text, 50)) == pytest.approx(0.57, abs=0.12)
    assert estimate(text, write_text(2, 500)) < 0.05


@pytest.mark.parametrize("words", [0, 1, SHORTEST_WORDS - 1])
def test_a_short_text_has_only_a_hash(words: int) -> None:
    """Below twenty words there is no MinHash: such articles are matched exactly only."""
    signature = compute_signature(None, write_text(3, words))

    assert signature.minhash is None
    assert is_wordless(signature) == (words == 0)


@given(st.lists(st.integers(0, 2**32 - 1), min_size=PERMUTATIONS, max_size=PERMUTATIONS))
def test_values_survive_their_encoding(values: list[int]) -> None:
    """MinHash values come back as they went."""
    assert decode_minhash(encode_minhash(values)).tolist() == values


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!", encode_minhash([1] * (PERMUTATIONS + 1))])
def test_a_foreign_signature_is_refused(text: str) -> None:
    """A MinHash of another length or none at all is refused as never to succeed."""
    with pytest.raises(PermanentError):
        decode_minhash(text)


def test_values_are_little_endian() -> None:
    """The values travel as little-endian unsigned 32 bit."""
    packed = encode_minhash([1, *[0] * (PERMUTATIONS - 1)])

    assert base64.b64decode(packed)[:4] == b"\x01\x00\x00\x00"


@given(st.text(max_size=400), st.one_of(st.none(), st.text(max_size=60)))
def test_any_text_has_a_signature(body: str, headline: str | None) -> None:
    """Whatever the text, it has one signature, the same each time."""
    assert compute_signature(headline, body) == compute_signature(headline, body)
