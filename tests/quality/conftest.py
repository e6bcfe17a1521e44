"""Fixtures of the quality tests: the encoder in the package, loaded once, and the development data."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.enrichment.encoder import Encoder
from services.enrichment.models import load_encoder

DATA = Path(__file__).parents[3] / "shared" / "data"
"""Folder of the development data, next to the checkout. The data is not part of the project."""


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """Return the encoder with the weights in the package."""
    return load_encoder()


@pytest.fixture
def data() -> Path:
    """Return the folder of the development data, or skip the test if it is absent."""
    if not DATA.is_dir():
        pytest.skip("the labelled development data does not lie beside this checkout")
    return DATA
