"""Logistic regression of few figures, fitted by Newton's method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

L2: Final = 3e-4
"""Regularisation of the mean loss; weights from 1e-4 to 1e-3 score the same."""
ROUNDS: Final = 60
DECIMALS: Final = 3

Sample = tuple[Sequence[float], bool]
"""Figures, and the answer."""


def fit_logistic(samples: Sequence[Sample]) -> tuple[tuple[float, ...], float]:
    """Return a weight for each figure, and the bias, rounded."""
    figures = np.array([[*values, 1.0] for values, _ in samples])
    labels = np.array([float(is_same) for _, is_same in samples])
    weights: npt.NDArray[np.float64] = np.zeros(figures.shape[1])
    penalty = np.full(figures.shape[1], L2)
    penalty[-1] = 0.0
    for _ in range(ROUNDS):
        probability = 1.0 / (1.0 + np.exp(-figures @ weights))
        gradient = figures.T @ (probability - labels) / len(labels) + penalty * weights
        curvature = (figures * (probability * (1.0 - probability))[:, None]).T @ figures / len(labels)
        weights = weights - np.linalg.solve(curvature + np.diag(penalty + 1e-9), gradient)
    rounded = [round(float(weight), DECIMALS) for weight in weights]
    return tuple(rounded[:-1]), rounded[-1]
