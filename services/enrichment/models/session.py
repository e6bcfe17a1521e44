"""ONNX Runtime, opened one way: one thread, no telemetry, the same result every time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from services.enrichment.models.pieces import CLS_PIECE, INTEGER, SEP_PIECE, Integers, Pieces, RunTimePieces
from services.enrichment.models.windows import Window
from services.errors import ConfigurationError

BATCH_PIECES: Final = 512
"""Pieces in one run: enough to feed the matrix kernels, little enough for the processor's cache."""

ERRORS_ONLY: Final = 3
"""ONNX Runtime's severity; its warnings would reach standard error past the service's log."""


def load_runtime() -> Any:
    """Import ONNX Runtime with its telemetry switched off, and return the module.

    Releases from 1.29 on read the variable while they are imported, and send telemetry unless it is set.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # noqa: TID251 - not a setting of ours: the library reads it
    import onnxruntime  # noqa: PLC0415 - the variable must be set first

    onnxruntime.disable_telemetry_events()
    return onnxruntime


def open_session(model: bytes) -> Any:
    """Open an inference session. Raises ConfigurationError when the model cannot be loaded."""
    onnxruntime = load_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # a service scales by processes; idle spinning threads would steal from them
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # ONNX Runtime's exceptions share no base class that is not Exception.
        raise ConfigurationError(f"ONNX Runtime cannot load the encoder: {error}") from error


def plan_batches(parts: Sequence[Window]) -> list[list[Window]]:
    """Group parts of exactly the same length: nothing is padded or masked, and no row knows its neighbours."""
    by_size: dict[int, list[Window]] = {}
    for part in parts:
        by_size.setdefault(part.size, []).append(part)
    batches = []
    for size, members in sorted(by_size.items()):
        rows = max(1, BATCH_PIECES // size)
        batches += [members[start : start + rows] for start in range(0, len(members), rows)]
    return batches


def lay_out(batch: Sequence[Window], sentences: Sequence[RunTimePieces | Pieces]) -> dict[str, Integers]:
    """Return ids and casings of a batch, each (parts, pieces), by the name of the graph's input."""
    ids = np.empty((len(batch), batch[0].size), dtype=INTEGER)
    casings = np.zeros_like(ids)
    ids[:, 0], ids[:, -1] = CLS_PIECE, SEP_PIECE
    for row, part in enumerate(batch):
        pieces = sentences[part.sentence]
        ids[row, 1:-1] = pieces.ids[part.start : part.end]
        casings[row, 1:-1] = pieces.casings[part.start : part.end]
    return {"ids": ids, "casings": casings}
