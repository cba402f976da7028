"""What the processes of warm starts tell each other, with the descriptors that go with it."""

from __future__ import annotations

import array
import contextlib
import os
import socket
import struct
from collections.abc import Sequence

LARGEST = 1 << 17
_MOST_DESCRIPTORS = 16

BEGUN = struct.Struct("=iq")
"""Of a script that was forked into namespaces: its process, and the bytes that it had in memory to begin with."""
ENDED = struct.Struct("=idq")
"""Of its end: the wait status, seconds of CPU, and the most bytes that it, or a child of its, had in memory."""


def send(to: socket.socket, message: bytes, descriptors: Sequence[int]) -> None:
    """Send a message with descriptors.

    Raises:
        OSError: nobody is there any more.
    """
    to.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))])


def receive(origin: socket.socket) -> tuple[bytes, list[int]]:
    """Wait for a message and return it with its descriptors; it is empty when the other has hung up."""
    descriptors = array.array("i")
    room = socket.CMSG_SPACE(_MOST_DESCRIPTORS * descriptors.itemsize)
    message, ancillary, _, _ = origin.recvmsg(LARGEST, room)
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    return message, list(descriptors)


def close(descriptors: Sequence[int]) -> None:
    """Close descriptors that were received or sent."""
    for fd in descriptors:
        with contextlib.suppress(OSError):
            os.close(fd)
