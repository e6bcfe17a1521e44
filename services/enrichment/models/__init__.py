"""Adapters to NLP libraries and weights; only a composition root imports them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.enrichment.encoder import Encoder
from services.enrichment.options import Profile
from services.enrichment.topics import TopicClassifier
from services.errors import ConfigurationError

WEIGHTS: Final = Path(__file__).parent / "weights"
"""Folder with one folder of weights for each profile, and one for topics."""

TOPICS: Final = WEIGHTS / "topics"


def load_encoder(folder: Path | None = None, *, profile: Profile = "accurate", cache_bytes: int = 0) -> Encoder:
    """Load an encoder from a folder of weights, by default the folder of a profile in this package.

    `cache_bytes` limits its cache of sentences; 0 switches the cache off. Raises ConfigurationError when the weights
    are missing or differ from their manifest.
    """
    from services.enrichment.models.onnx_encoder import OnnxEncoder  # noqa: PLC0415 - word pieces need no ONNX Runtime

    return OnnxEncoder.from_folder(folder or find_weights(profile), cache_bytes=cache_bytes)


def find_weights(profile: Profile) -> Path:
    """Return the folder of a profile's weights. Raises ConfigurationError when this package has none."""
    folder = WEIGHTS / profile
    if not folder.is_dir():
        raise ConfigurationError(
            f"this package has no weights for the profile {profile}: {folder} is missing; install the package again"
        )
    return folder


def load_topic_classifier(folder: Path | None = None, *, profile: Profile | None = None) -> TopicClassifier:
    """Load a classifier of topics from a folder of weights, by default from the folder of this package.

    With `profile` it also reads the states of this profile's encoder, if it learned to; without, the text alone. Raises
    ConfigurationError when the weights are missing or differ from their manifest.
    """
    from services.enrichment.models.topic_network import TopicNetwork  # noqa: PLC0415 - as for the encoder

    return TopicNetwork.from_folder(folder or TOPICS, profile)
