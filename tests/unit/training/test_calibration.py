"""Calibration: temperatures that make probabilities agree with the share of correct predictions."""

from __future__ import annotations

import math
import random

import pytest

pytest.importorskip("torch", reason="the extra `training` is not installed")

from services.training.calibration import Confidence, _fit


def test_each_half_is_measured_with_the_temperature_of_the_other() -> None:
    """Logits that are twice too large get a temperature of 2, after which only a random error remains."""
    rng = random.Random(3)
    logits = [[abs(rng.gauss(0, 2)) for _ in range(4_000)] for _ in range(2)]
    halves = [[(2 * logit, rng.random() < 1 / (1 + math.exp(-logit))) for logit in half] for half in logits]
    measured: list[tuple[int, float]] = []

    def trust(half: int, temperature: float) -> list[Confidence]:
        measured.append((half, temperature))
        return [(1 / (1 + math.exp(-logit / temperature)), right) for logit, right in halves[half]]

    def lose(half: int, temperature: float) -> float:
        return -sum(math.log(p if right else 1 - p) for p, right in trust(half, temperature))

    fitted = _fit(lose, trust)
    assert fitted["temperature"] == pytest.approx(2.0, abs=0.15)
    assert fitted["calibration_error_after"] < 0.02 < fitted["calibration_error_before"]
    own = [min((lose(half, t), t) for t in (1.8, 1.85, 1.9, 1.95, 2.0, 2.05, 2.1, 2.15, 2.2))[1] for half in (0, 1)]
    assert (0, own[1]) in measured and (1, own[0]) in measured
