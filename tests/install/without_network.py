"""Command runner without network: `python without_network.py COMMAND...`. Only the loopback address answers.

It needs Linux, and the right to make a network namespace.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys

CLONE_NEWUSER, CLONE_NEWNET = 0x1000_0000, 0x4000_0000
"""Flags of unshare(2): a user who is not root may make a network namespace only inside a user namespace of his own."""
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
"""Request of ioctl(2) that sets an interface's flags, and the flag of one that is up; see netdevice(7)."""


def leave_network() -> None:
    """Move this process into a network of its own, whose loopback is up. Raises OSError if that is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET | (CLONE_NEWUSER if os.geteuid() else 0)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as interface:
        fcntl.ioctl(interface, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


if __name__ == "__main__":
    leave_network()
    os.execvp(sys.argv[1], sys.argv[1:])
