"""Dying with the parent: a process that computes for a runner must not outlive it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.5


def die_with_parent(parent: int) -> None:
    """Have this process killed as soon as its parent is dead, however that dies, and exit if it is dead already.

    On Linux the kernel does it (it counts from the end of the thread that started this process); elsewhere a thread
    looks twice a second who the parent is.

    Args:
        parent: the parent's process id, as the parent knows it.
    """
    if sys.platform == "linux" and ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0:
        _exit_without(parent)  # it may have died before the kernel was told
    else:
        watch_parent(parent)


def watch_parent(parent: int) -> None:
    """Start a thread that ends this process once its parent is another one."""
    threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    while True:
        _exit_without(parent)
        time.sleep(_POLL_SECONDS)


def _exit_without(parent: int) -> None:
    if os.getppid() != parent:
        os._exit(1)
