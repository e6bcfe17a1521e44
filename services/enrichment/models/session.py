"""ONNX Runtime, opened one way: one thread, no telemetry, the same result every time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

# Read by ONNX Runtime while it is imported; releases after 1.31 send telemetry unless it is set.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

from services.enrichment.models.pieces import CLS_PIECE, PAD_PIECE, SEP_PIECE, Pieces
from services.enrichment.models.windows import Window
from services.errors import ConfigurationError

onnxruntime.disable_telemetry_events()

BATCH_PIECES: Final = 1024
"""Pieces in one run, padding included: enough to feed the matrix kernels, little enough for the cache."""

ERRORS_ONLY: Final = 3
"""ONNX Runtime's severity; its warnings would reach standard error past the service's log."""

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


def open_session(model: bytes) -> Any:
    """Open an inference session. Raises ConfigurationError when the model cannot be loaded."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # a service scales by processes; idle spinning threads would steal from them
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # ONNX Runtime's exceptions share no base class that is not Exception.
        raise ConfigurationError(f"ONNX Runtime cannot load the encoder: {error}") from error


def plan_batches(windows: Sequence[Window]) -> list[list[Window]]:
    """Group windows of like length, so that little is padded; the order depends on them alone."""
    ordered = sorted(windows, key=lambda window: sum(part.size for part in window))
    batches: list[list[Window]] = []
    for window in ordered:
        size = sum(part.size for part in window)
        if not batches or size * (len(batches[-1]) + 1) > BATCH_PIECES:
            batches.append([])
        batches[-1].append(window)
    return batches


def lay_out(batch: Sequence[Window], sentences: Sequence[Pieces]) -> tuple[Integers, Integers, Integers]:
    """Return ids, casings and mask of a batch, each (windows, pieces)."""
    width = max(sum(part.size for part in window) for window in batch)
    ids = np.full((len(batch), width), PAD_PIECE, dtype=np.int64)
    casings = np.zeros_like(ids)
    mask = np.zeros_like(ids)
    for row, window in enumerate(batch):
        position = 0
        for part in window:
            pieces, end = sentences[part.sentence], position + part.size
            ids[row, position:end] = [CLS_PIECE, *pieces.ids[part.start : part.end], SEP_PIECE]
            casings[row, position + 1 : end - 1] = pieces.casings[part.start : part.end]
            mask[row, position:end] = 1
            position = end
    return ids, casings, mask
