"""Arithmetic of the heads."""

from __future__ import annotations

import numpy as np
import pytest

from services.enrichment.models.heads import multiply


@pytest.mark.parametrize("shape", [(0, 768, 128), (1, 768, 128), (37, 128, 3), (100, 384, 9), (5, 128, 3)])
def test_a_product_in_blocks_equals_a_matrix_product(shape: tuple[int, int, int]) -> None:
    """The product in blocks equals one matrix product for all sizes."""
    count, inputs, outputs = shape
    draw = np.random.default_rng(1)
    rows = draw.normal(size=(count, inputs)).astype(np.float32)
    weight = draw.normal(size=(outputs, inputs)).astype(np.float32)
    assert np.allclose(multiply(rows, weight), rows @ weight.T, atol=1e-3)


def test_other_rows_do_not_change_a_product() -> None:
    """The product of a row is bitwise the same alone and among other rows."""
    draw = np.random.default_rng(2)
    rows = draw.normal(size=(75, 128)).astype(np.float32)
    weight = draw.normal(size=(3, 128)).astype(np.float32)
    together = multiply(rows, weight)
    assert all((multiply(rows[index : index + 1], weight)[0] == together[index]).all() for index in range(75))
    assert (multiply(rows[::-1].copy(), weight)[::-1] == together).all()
