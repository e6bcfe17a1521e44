"""Command runner without network: `python without_network.py USER COMMAND...`. Only the loopback address answers.

USER is the number of the user and group that runs the command. It needs Linux, and root or the right to make a user
namespace.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

CLONE_NEWUSER, CLONE_NEWNET = 0x1000_0000, 0x4000_0000
"""Flags of unshare(2): a user who is not root may make a network namespace only inside a user namespace of his own."""
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
"""Request of ioctl(2) that sets an interface's flags, and the flag of one that is up; see netdevice(7)."""


def leave_network() -> None:
    """Move this process into a network of its own, whose loopback is up. Raises OSError if that is not allowed."""
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET | (CLONE_NEWUSER if user else 0)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    if user:
        # In the new user namespace the user keeps his number; without it, a program cannot be executed.
        own = Path("/proc/self")
        (own / "setgroups").write_text("deny")
        (own / "uid_map").write_text(f"{user} {user} 1")
        (own / "gid_map").write_text(f"{group} {group} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as interface:
        fcntl.ioctl(interface, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def become(number: int) -> None:
    """Become the user with this number, if this process is root's."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(number)
        os.setuid(number)


if __name__ == "__main__":
    leave_network()
    become(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
