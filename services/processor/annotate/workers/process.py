"""Main module of a worker process: loads the models once, then annotates what its parent sends until the parent ends.

`services.runtime.service.child_process` starts it, with `python -m`.
"""

from __future__ import annotations

import contextlib
import pickle
import sys
import time
from typing import Any

from services.errors import ConfigurationError
from services.processor.annotate.workers.batch import READ_AHEAD, annotate_jobs
from services.processor.annotate.workers.messages import (
    Annotator,
    AnnotatorFactory,
    JobResult,
    WorkerRequest,
    pack,
    unpack_request,
    unpack_setup,
)
from services.runtime.service.child_process import connect_to_parent
from services.runtime.service.frames import FrameSocket
from services.runtime.service.garbage import tune_garbage_collector
from services.runtime.service.spawn import MemoryKind, limit_memory

READY = b""
"""First payload from a worker that has loaded its models; any other payload says why it could not."""
MISCONFIGURED = b"configuration: "
"""Start of that payload when settings or weights are wrong, so that another try would fail too."""

ANSWER_AFTER = 0.02
"""Seconds of work after which results are sent: quick results share a frame, slow ones keep the parent informed."""


def serve(parent: FrameSocket) -> None:
    """Read requests and answer with results, in order, until the parent closes the connection."""
    setup = parent.read()
    if setup is None:
        return
    try:
        annotator = _build_annotator(setup)
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent reports it
        is_misconfigured = isinstance(error, ConfigurationError)
        reason = str(error) if is_misconfigured else f"{type(error).__name__}: {error}"
        parent.write((MISCONFIGURED if is_misconfigured else b"") + reason.encode(errors="replace"))
        return
    tune_garbage_collector()
    parent.write(READY)
    while (payload := parent.read()) is not None:
        _answer(parent, annotator, unpack_request(payload))


def _build_annotator(payload: bytes) -> Annotator[Any]:
    setup = unpack_setup(payload)
    if setup.memory_bytes is not None:
        # Not the address space: the weights and the libraries map much more of it than an article needs.
        limit_memory(MemoryKind.DATA, setup.memory_bytes)
    sys.path[:] = setup.path
    factory: AnnotatorFactory = pickle.loads(setup.factory)
    return factory()


def _answer(parent: FrameSocket, annotator: Annotator[Any], request: WorkerRequest) -> None:
    results: list[JobResult] = []
    sent_at = time.perf_counter()
    read_ahead = 0 if request.one_by_one else READ_AHEAD
    for result in annotate_jobs(annotator, request.jobs, read_ahead=read_ahead):
        results.append(result)
        now = time.perf_counter()
        if request.one_by_one or now - sent_at >= ANSWER_AFTER:
            parent.write(pack(results))
            results, sent_at = [], now
    if results:
        parent.write(pack(results))


def main(arguments: list[str]) -> None:
    """Serve the parent that started this process."""
    parent = connect_to_parent(arguments)
    # When the parent has gone, no one reads the results.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        serve(parent)


if __name__ == "__main__":
    main(sys.argv[1:])
