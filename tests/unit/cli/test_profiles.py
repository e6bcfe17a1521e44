"""The command's profiles, written out where the enrichment may be absent."""

from __future__ import annotations

from typing import get_args

from services.cli.__main__ import EncoderProfile
from services.enrichment.options import Profile


def test_the_command_offers_the_profiles_that_there_are() -> None:
    """None is missing and none is too many."""
    choices, *_ = get_args(EncoderProfile)
    assert get_args(choices) == get_args(Profile)
