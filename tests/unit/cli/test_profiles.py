"""The profiles of the command, which are written out because the enrichment package may be absent."""

from __future__ import annotations

from typing import get_args

from services.cli.options import EncoderProfile
from services.enrichment.options import Profile


def test_the_command_offers_every_profile() -> None:
    """The command offers exactly the profiles of the enrichment."""
    choices, *_ = get_args(EncoderProfile)
    assert get_args(choices) == get_args(Profile)
