"""Sessions of ONNX Runtime: one thread, no telemetry, the same result every time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from services.enrichment.models.pieces import CLS_PIECE, INTEGER, SEP_PIECE, Integers, Pieces, RunTimePieces
from services.enrichment.models.windows import Window
from services.errors import ConfigurationError

EMBEDDED: Final = "embedded"
"""Output of the graph of embeddings, and input of the graphs of layers: (rows, pieces, width)."""

BATCH_PIECES: Final = 512
"""Maximum number of pieces in one run: enough to use the matrix kernels well, and few enough for the processor's
cache."""

ERRORS_ONLY: Final = 3
"""Severity from which ONNX Runtime logs: its warnings would go to standard error, outside the service's log."""


def load_runtime() -> Any:
    """Import ONNX Runtime with its telemetry switched off, and return the module.

    Releases from 1.29 on read the variable while they are imported, and send telemetry unless it is set.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # noqa: TID251 - not a setting of ours: the library reads it
    import onnxruntime  # noqa: PLC0415 - the variable must be set first

    onnxruntime.disable_telemetry_events()
    return onnxruntime


def open_session(model: bytes) -> Any:
    """Open an inference session for a model. Raises ConfigurationError when it cannot be loaded."""
    onnxruntime = load_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = (
        1  # a service scales by processes; idle threads spin and would take CPU time from them
    )
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # ONNX Runtime's exceptions share no base class that is not Exception.
        raise ConfigurationError(f"ONNX Runtime cannot load the model: {error}; install the weights again") from error


def add_output(model: bytes, name: str) -> bytes:
    """Return an ONNX model whose graph also has the output `name`, a tensor of floats inside it.

    A model is a protobuf message, and two messages in a row are one message with the repeated fields of both
    (https://protobuf.dev/programming-guides/encoding/#last-one-wins). The numbers are those of onnx.proto: ModelProto
    has its graph in field 7, GraphProto its outputs in 12, and an output has a name in 1 and a type in 2, whose tensor
    in 1 has the element type in 1: float is 1.
    """
    tensor = _encode_field(1, bytes([1 << 3, 1]))
    output = _encode_field(1, name.encode()) + _encode_field(2, tensor)
    return model + _encode_field(7, _encode_field(12, output))


def _encode_field(number: int, content: bytes) -> bytes:
    """Return a field of a protobuf message with a content of less than 128 bytes."""
    return bytes([number << 3 | 2, len(content)]) + content


def run_layers(embeddings: Any, layers: Any, outputs: Sequence[str], feeds: dict[str, Integers]) -> list[Any]:
    """Run the graph of embeddings on `feeds`, a graph of layers on its output, and return the named outputs."""
    (embedded,) = embeddings.run((EMBEDDED,), feeds)
    computed: list[Any] = layers.run(outputs, {EMBEDDED: embedded})
    return computed


def plan_batches(windows: Sequence[Window]) -> list[list[Window]]:
    """Group windows of exactly the same length, so that nothing is padded and no row depends on the others."""
    by_size: dict[int, list[Window]] = {}
    for window in windows:
        by_size.setdefault(window.size, []).append(window)
    batches = []
    for size, members in sorted(by_size.items()):
        rows = max(1, BATCH_PIECES // size)
        batches += [members[start : start + rows] for start in range(0, len(members), rows)]
    return batches


def lay_out(batch: Sequence[Window], sentences: Sequence[RunTimePieces | Pieces]) -> dict[str, Integers]:
    """Return ids and casings of a batch, each (windows, pieces), by the name of the graph's input."""
    ids = np.empty((len(batch), batch[0].size), dtype=INTEGER)
    casings = np.zeros_like(ids)
    ids[:, 0], ids[:, -1] = CLS_PIECE, SEP_PIECE
    for row, window in enumerate(batch):
        pieces = sentences[window.sentence]
        ids[row, 1:-1] = pieces.ids[window.start : window.end]
        casings[row, 1:-1] = pieces.casings[window.start : window.end]
    return {"ids": ids, "casings": casings}
