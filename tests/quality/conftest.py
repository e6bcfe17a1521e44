"""The committed encoder, loaded once, and where the development data is."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.enrichment.encoder import Encoder
from services.enrichment.models import load_encoder

DATA = Path(__file__).parents[3] / "shared" / "data"
"""Development data beside the checkout; never part of it."""


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The encoder with the weights in the package."""
    return load_encoder()


@pytest.fixture
def data() -> Path:
    """The development data; a test that needs it is skipped where it is absent."""
    if not DATA.is_dir():
        pytest.skip("the labelled development data does not lie beside this checkout")
    return DATA
