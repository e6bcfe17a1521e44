"""The heads' arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from services.enrichment.models.heads import multiply


@pytest.mark.parametrize("shape", [(0, 768, 128), (1, 768, 128), (37, 768, 128), (100, 384, 9), (5, 128, 3)])
def test_a_product_in_blocks_is_the_product(shape: tuple[int, int, int]) -> None:
    """Whatever the sizes, blocks give what one matrix product gives."""
    count, inputs, outputs = shape
    draw = np.random.default_rng(1)
    rows = draw.normal(size=(count, inputs)).astype(np.float32)
    weight = draw.normal(size=(outputs, inputs)).astype(np.float32)
    assert np.allclose(multiply(rows, weight), rows @ weight.T, atol=1e-3)
