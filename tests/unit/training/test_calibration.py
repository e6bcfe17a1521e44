"""Temperatures that make probabilities mean what they say."""

from __future__ import annotations

import math
import random

import pytest

pytest.importorskip("torch", reason="the extra `training` is not installed")

from services.training.calibration import Confidence, _fit


def test_one_temperature_fits_both_halves_and_each_is_measured_with_the_others() -> None:
    """Certainty overstated twofold: the temperature is found, and what is left of the error is chance."""
    rng = random.Random(3)
    logits = [[abs(rng.gauss(0, 2)) for _ in range(4_000)] for _ in range(2)]
    halves = [[(2 * logit, rng.random() < 1 / (1 + math.exp(-logit))) for logit in half] for half in logits]
    asked: list[tuple[int, float]] = []

    def trust(half: int, temperature: float) -> list[Confidence]:
        asked.append((half, temperature))
        return [(1 / (1 + math.exp(-logit / temperature)), right) for logit, right in halves[half]]

    def lose(half: int, temperature: float) -> float:
        return -sum(math.log(p if right else 1 - p) for p, right in trust(half, temperature))

    fitted = _fit(lose, trust)
    assert fitted["temperature"] == pytest.approx(2.0, abs=0.15)
    assert fitted["calibration_error_after"] < 0.02 < fitted["calibration_error_before"]
    own = [min((lose(half, t), t) for t in (1.8, 1.85, 1.9, 1.95, 2.0, 2.05, 2.1, 2.15, 2.2))[1] for half in (0, 1)]
    assert (0, own[1]) in asked and (1, own[0]) in asked
