"""A child process that answers each frame with the same frame, or does what the frame says.

`python -m tests.support.child_echo PARENT_PID DESCRIPTOR`, as ChildProcess starts it.
"""

from __future__ import annotations

import os
import sys
import time

from services.runtime.service.child_process import connect_to_parent
from services.runtime.service.spawn import MemoryKind, limit_memory

HANG, EXIT, PRINT = b"hang", b"exit", b"print"
EXIT_CODE = 3
ALLOCATE = {
    b"allocate data": MemoryKind.DATA,
    b"allocate address space": MemoryKind.ADDRESS_SPACE,
}
"""Frames that make the child limit its memory of this kind, and then ask for more."""
LIMIT_BYTES = 2**29


def main(arguments: list[str]) -> None:
    """Answer frames until the parent closes the connection."""
    parent = connect_to_parent(arguments)
    while (payload := parent.read()) is not None:
        parent.write(answer(payload))


def answer(payload: bytes) -> bytes:
    """Return the answer to one frame."""
    if payload == HANG:
        time.sleep(3_600)
    if payload == EXIT:
        os._exit(EXIT_CODE)
    if payload == PRINT:
        print("printed", flush=True)
    if payload in ALLOCATE:
        limit_memory(ALLOCATE[payload], LIMIT_BYTES)
        try:
            return str(len(bytearray(2 * LIMIT_BYTES))).encode()
        except MemoryError:
            return b"MemoryError"
    return payload


if __name__ == "__main__":
    main(sys.argv[1:])
