"""The worker process: loads the models once, then annotates what its parent sends, until the parent is gone.

`python -m services.processor.annotate.workers.process PARENT_PID SOCKET_FD`; the parent starts it in a session of
its own, so that a terminal's signals reach the parent alone.
"""

from __future__ import annotations

import contextlib
import gc
import pickle
import resource
import socket
import sys
import time
from io import BufferedReader
from typing import Any

from services.errors import ConfigurationError
from services.processor.annotate.workers.batch import READ_AHEAD, annotate_jobs
from services.processor.annotate.workers.messages import (
    LENGTH,
    Annotator,
    AnnotatorFactory,
    JobResult,
    WorkerRequest,
    pack,
    unpack_request,
    unpack_setup,
)
from services.runtime.service.processes import die_with_parent

READY = b""
"""The first frame of a worker that has loaded its models; any other is why it could not."""
MISCONFIGURED = b"configuration: "
"""How that begins when settings or weights are to blame, and trying again is in vain."""

COLLECT_AFTER = 10_000
"""New containers before Python looks for cycles among them, 700 unless told otherwise. What an article leaves behind is
freed without that search, which took a tenth of the time around the encoder."""

ANSWER_AFTER = 0.02
"""Seconds of work after which results are sent: quick ones share a frame, slow ones keep the parent informed."""


def serve(connection: socket.socket) -> None:
    """Read requests and answer results, in order, until the parent closes or dies."""
    with connection, connection.makefile("rb") as incoming:
        try:
            annotator = _build(_read_frame(incoming))
        except Exception as error:  # noqa: BLE001
            why = f"{type(error).__name__}: {error}".encode(errors="replace")
            _send_frame(connection, (MISCONFIGURED if isinstance(error, ConfigurationError) else b"") + why)
            return
        collect_seldom()
        _send_frame(connection, READY)
        while payload := _read_frame(incoming):
            _answer(connection, annotator, unpack_request(payload))


def collect_seldom() -> None:
    """Set the garbage collector of this process up for annotating."""
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])


def _build(payload: bytes) -> Annotator[Any]:
    setup = unpack_setup(payload)
    if setup.memory_bytes is not None:
        # Private writable memory and not address space, of which the weights and the libraries map much more.
        resource.setrlimit(resource.RLIMIT_DATA, (setup.memory_bytes, setup.memory_bytes))
    sys.path[:] = setup.path
    factory: AnnotatorFactory = pickle.loads(setup.factory)
    return factory()


def _answer(connection: socket.socket, annotator: Annotator[Any], request: WorkerRequest) -> None:
    results: list[JobResult] = []
    sent = time.perf_counter()
    read_ahead = 0 if request.one_by_one else READ_AHEAD
    for result in annotate_jobs(annotator, request.jobs, read_ahead=read_ahead):
        results.append(result)
        now = time.perf_counter()
        if request.one_by_one or now - sent >= ANSWER_AFTER:
            connection.sendall(pack(results))
            results, sent = [], now
    if results:
        connection.sendall(pack(results))


def _send_frame(connection: socket.socket, payload: bytes) -> None:
    connection.sendall(LENGTH.pack(len(payload)) + payload)


def _read_frame(incoming: BufferedReader) -> bytes:
    """The next frame, empty when the parent closed."""
    header = incoming.read(LENGTH.size)
    if len(header) < LENGTH.size:
        return b""
    (length,) = LENGTH.unpack(header)
    payload = incoming.read(length)
    return payload if len(payload) == length else b""


def main(arguments: list[str]) -> None:
    """Serve the socket that was inherited."""
    parent, descriptor = map(int, arguments)
    die_with_parent(parent)
    # The parent has gone: what it asked for, nobody reads.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        serve(socket.socket(fileno=descriptor))


if __name__ == "__main__":
    main(sys.argv[1:])
