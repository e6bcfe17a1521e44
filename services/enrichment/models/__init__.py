"""Adapters to NLP libraries and weights; only a composition root imports them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.enrichment.encoder import Encoder

DEFAULT_WEIGHTS: Final = Path(__file__).parent / "weights" / "desk-l6-1.0.0"
"""The weights in the package."""


def load_encoder(folder: Path | None = None) -> Encoder:
    """Load an encoder from a folder of weights, by default the one in the package.

    Raises ConfigurationError when the weights are missing or are not what their manifest names.
    """
    # Imported here so that labels and word pieces can be used without ONNX Runtime.
    from services.enrichment.models.onnx_encoder import OnnxEncoder

    return OnnxEncoder.from_folder(folder or DEFAULT_WEIGHTS)
