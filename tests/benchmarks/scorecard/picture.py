"""Picture of accuracy against speed, an SVG that is readable on a light and on a dark page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Final

from tests.benchmarks.scorecard.measure import System

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 40, 56
TITLE: Final = "Entities in news from outside the West, and the words read in a second on one core"
STEP: Final = 0.05
"""Distance of two lines of F1."""

STYLE: Final = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 } .axis { fill: #57606a } .ours { fill: #0969da; font-weight: 600 } .peer { fill: #57606a }
  line { stroke: #d0d7de } circle.ours { fill: #0969da } circle.peer { fill: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .axis, .peer { fill: #9da7b3 } .ours, circle.ours { fill: #58a6ff }
    line { stroke: #30363d } circle.peer { fill: #9da7b3 }
  }"""


def draw(systems: Sequence[System]) -> str | None:
    """Return the picture, or None when no system has both figures."""
    points = [each for each in systems if "speed" in each.figures and "worldwide" in each.figures]
    if not points:
        return None
    accuracies, speeds = ([each.figures[key] for each in points] for key in ("worldwide", "speed"))
    low, high = math.floor(min(accuracies) / STEP - 0.2) * STEP, math.ceil(max(accuracies) / STEP + 0.2) * STEP
    slow, fast = min(speeds) / 1.6, max(speeds) * 1.6

    def across(speed: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(speed / slow) / math.log(fast / slow)

    def down(accuracy: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - accuracy) / (high - low)

    parts = [_label(LEFT, 22, TITLE, "title")]
    for number in range(round((high - low) / STEP) + 1):
        accuracy = low + number * STEP
        parts += [_line(LEFT, down(accuracy), WIDTH - RIGHT, down(accuracy))]
        parts += [_label(LEFT - 8, down(accuracy) + 4, f"{accuracy:.2f}", "axis", "end")]
    for speed in _round_speeds(slow, fast):
        parts += [_line(across(speed), TOP, across(speed), HEIGHT - BOTTOM)]
        parts += [_label(across(speed), HEIGHT - BOTTOM + 18, f"{speed:,}", "axis", "middle")]
    parts += [_label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, "words a second (logarithmic); up: F1", "axis", "middle")]
    for each in points:
        kind, x, y = "ours" if each.ours else "peer", across(each.figures["speed"]), down(each.figures["worldwide"])
        anchor = "end" if x > WIDTH * 0.65 else "start"
        parts += [f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="6"/>']
        parts += [_label(x + (-11 if anchor == "end" else 11), y + 4, each.name, kind, anchor)]
    body = "\n  ".join(parts)
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img">\n  <style>{STYLE}</style>\n  {body}\n</svg>\n'


def _round_speeds(slow: float, fast: float) -> list[int]:
    """Return 1, 2 and 5 times the powers of ten in the range."""
    powers = range(int(math.log10(slow)), int(math.log10(fast)) + 1)
    return [digit * 10**power for power in powers for digit in (1, 2, 5) if slow <= digit * 10**power <= fast]


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _label(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
