"""The colours of the page have enough contrast, in the light and in the dark scheme."""

from __future__ import annotations

import re

import pytest

from services.page.rendering import STATIC


def read_colours(scheme: str) -> dict[str, str]:
    light, dark = re.split(r"@media \(prefers-color-scheme: dark\)", (STATIC / "page.css").read_text(), maxsplit=1)
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", light if scheme == "light" else dark))


def measure_luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


PAIRS = [
    *((text, ground) for text in ("ink", "soft", "accent", "neg", "pos", "neu") for ground in ("paper", "card")),
    ("neg", "neg-tint"),
    ("pos", "pos-tint"),
    ("neu", "neu-tint"),
    ("ink", "neg-tint"),
    ("ink", "pos-tint"),
    ("ink", "neu-tint"),
    ("soft", "neu-tint"),
    ("cut", "cut-tint"),
    ("cut", "card"),
    ("paper", "ink"),
    ("paper", "accent"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_has_contrast(scheme: str, text: str, ground: str) -> None:
    """Each text colour has the contrast of WCAG 2.2, level AA (4.5 to 1), on each of its grounds."""
    colours = read_colours(scheme)
    high, low = sorted((measure_luminance(colours[text]), measure_luminance(colours[ground])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5
