"""The heads' arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from services.enrichment.models.heads import multiply


@pytest.mark.parametrize("shape", [(0, 768, 128), (1, 768, 128), (37, 128, 3), (100, 384, 9), (5, 128, 3)])
def test_a_product_in_blocks_is_the_product(shape: tuple[int, int, int]) -> None:
    """Whatever the sizes, blocks give what one matrix product gives."""
    count, inputs, outputs = shape
    draw = np.random.default_rng(1)
    rows = draw.normal(size=(count, inputs)).astype(np.float32)
    weight = draw.normal(size=(outputs, inputs)).astype(np.float32)
    assert np.allclose(multiply(rows, weight), rows @ weight.T, atol=1e-3)


def test_a_row_is_multiplied_alike_alone_and_among_others() -> None:
    """A row's product depends on the row alone, to the last bit."""
    draw = np.random.default_rng(2)
    rows = draw.normal(size=(75, 128)).astype(np.float32)
    weight = draw.normal(size=(3, 128)).astype(np.float32)
    together = multiply(rows, weight)
    assert all((multiply(rows[index : index + 1], weight)[0] == together[index]).all() for index in range(75))
    assert (multiply(rows[::-1].copy(), weight)[::-1] == together).all()
