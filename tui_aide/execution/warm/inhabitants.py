"""Scripts that the zygote has forked into namespaces which others have made: its children, of whose ends it tells."""

from __future__ import annotations

import contextlib
import os

from tui_aide.execution.inside.kernel import call
from tui_aide.execution.warm.messages import BEGUN, ENDED, close
from tui_aide.execution.warm.script import copied


class Inhabitants:
    """Those that run, each with the pipe to its supervisor."""

    def __init__(self) -> None:
        self._pipes: dict[int, int] = {}

    def fork(self, told: int, processes: int) -> bool:
        """Fork a script; return whether this is the script's process.

        Args:
            told: the pipe that its begin and end are told by; it is the parent's from then on.
            processes: descriptor of the namespace of processes that it is to be in.

        Raises:
            OSError: the kernel refuses; the supervisor is dead, or there are too many processes.
        """
        base = copied()
        call("setns", processes, 0)  # for children; this process stays where it is
        pid = os.fork()
        if not pid:
            close([told, *self._pipes.values()])
            return True
        self._pipes[pid] = told
        _tell(told, BEGUN.pack(pid, base))
        return False

    def reap(self) -> None:
        """Reap all children that have ended, and tell of the scripts among them."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status, used = os.wait4(-1, os.WNOHANG)
                if not pid:
                    return
                told = self._pipes.pop(pid, None)
                if told is not None:
                    _tell(told, ENDED.pack(status, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024))
                    os.close(told)


def _tell(told: int, message: bytes) -> None:
    with contextlib.suppress(OSError):  # the supervisor was killed
        os.write(told, message)
