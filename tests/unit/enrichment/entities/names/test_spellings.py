"""Transcriptions of names."""

from __future__ import annotations

import pytest

from services.contracts.text.names import make_key
from services.enrichment.entities.names.spellings import find_transcriptions


@pytest.mark.parametrize(
    ("written", "transcribed"),
    [
        ("Jürgen Kröß", "Juergen Kroess"),
        ("Jürgen Kröß", "Jurgen Kross"),
        ("Åse Bjørkås", "Aase Bjoerkaas"),
        ("Åse Bjørkås", "Ase Bjorkas"),
        ("Kjærstad", "Kjaerstad"),
        ("Anna Schäfer-Böhm", "ANNA SCHAEFER-BOEHM"),
    ],
)
def test_transcriptions_share_a_key(written: str, transcribed: str) -> None:
    """Both spellings that English copy uses are the name that the article writes with its letters."""
    respell = find_transcriptions([transcribed, written])
    assert respell(make_key(transcribed, "PER")) == respell(make_key(written, "PER"))


def test_without_such_letters_each_spelling_is_a_name() -> None:
    """Two plain spellings are two names, as are two names of which another has the letters."""
    assert find_transcriptions(["Joel Maas", "Jol Mas"])(("joel", "maas")) == ("joel", "maas")
    assert find_transcriptions(["Joel", "Jürgen"])(("joel",)) == ("joel",)
