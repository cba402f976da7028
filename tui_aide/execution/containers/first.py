"""The first process of a container: it runs the script, and ends with it or once its standard input ends.

The runner holds the other end of that input, so that the script dies with the runner, however that dies. Before the
script begins, a byte on either stream must have reached the runner, which answers: engines may lose what a short script
prints before they are ready to read. When the first process ends, the kernel kills all others of the container.

Its text is given to the image's own interpreter, so it imports nothing of the project and keeps to Python 3.8. Its
arguments are a filter of system calls, beside the engine's own, and the script's command.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import os
import select
import signal
import struct
import sys

_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 4, 22, 38
_MODE_FILTER = 2
_KILLED = 137
_HELLO = b"\0"
_ANSWER_SECONDS = 10.0


def _greet() -> None:
    """Wait until the runner has both streams; an engine that brings no answer is not waited for long."""
    os.write(1, _HELLO)
    os.write(2, _HELLO)
    if select.select([0], [], [], _ANSWER_SECONDS)[0] and not os.read(0, 1):
        os._exit(_KILLED)


def _hold_to(code: bytes) -> None:
    """Hold this process to a filter for good; where the kernel does not take it, the engine's own must do."""
    libc = ctypes.CDLL(None)
    buffer = ctypes.create_string_buffer(code, len(code))
    pointer = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), pointer, 0, 0)


def _activate(python: str) -> None:
    """Put a Python's programs first, and call its virtual environment the active one; a bare name is the image's."""
    programs = python.rpartition("/")[0]
    if programs:
        os.environ["PATH"] = programs + ":" + os.environ.get("PATH", os.defpath)
        os.environ.pop("VIRTUAL_ENV", None)
        prefix = programs.rpartition("/")[0]
        if os.access(prefix + "/pyvenv.cfg", os.F_OK):
            os.environ["VIRTUAL_ENV"] = prefix


def _script(code: bytes, command: list[str]) -> None:
    """Become the script."""
    os.setsid()
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    _activate(command[0])
    if code:
        _hold_to(code)
    os.execvp(command[0], command)


def _main(code: bytes, command: list[str]) -> None:
    with contextlib.suppress(OSError, AttributeError):  # neither traced nor looked into by what it runs
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    _greet()
    wake, waker = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(waker, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    script = os.fork()
    if not script:
        try:
            _script(code, command)
        finally:
            os._exit(127)
    while True:
        ready = select.select([0, wake], [], [], 60.0)[0]
        if 0 in ready:
            os._exit(_KILLED)
        if wake in ready:
            os.read(wake, 4096)
        while True:  # every orphan of the container is a child of ours
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            if pid == script:
                os._exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))


if __name__ == "__main__":
    _main(base64.b64decode(sys.argv[1]), sys.argv[2:])
