"""The process that has the modules of scripts loaded and forks once a script. It runs no generated code itself.

Run as a file by the scripts' interpreter, with the descriptor of a socket that keeps the bounds of messages. The first
one names the modules to load, and is answered by what became of it. Each other one is a script to start and comes with
three descriptors: its stdout, its stderr and a socket to its supervisor; a fourth may be its control group's. When the
runner hangs up, this ends.
"""

from __future__ import annotations

import array
import json
import os
import signal
import socket
import sys

_ROOT = os.path.abspath(os.path.join(__file__, *[os.pardir] * 4))

if __name__ == "__main__":
    sys.path[0] = _ROOT

from tui_aide.execution.warm import preloading, script, supervisor  # noqa: E402 - found there

_LARGEST = 1 << 17


def _receive(control: socket.socket) -> tuple[bytes, list[int]]:
    descriptors = array.array("i")
    room = socket.CMSG_SPACE(4 * descriptors.itemsize)
    message, ancillary, _, _ = control.recvmsg(_LARGEST, room)
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    return message, list(descriptors)


def serve(control: socket.socket) -> script.Ready:
    """Load, then fork once a message; returns only in a process that is to run a script."""
    me = os.getpid()
    told = preloading.preload(json.loads(control.recv(_LARGEST)))
    setters = preloading.blas_setters()
    for name in [name for name in sys.modules if name.partition(".")[0] == "tui_aide"]:
        del sys.modules[name]  # here, once: scripts are not to see them, and a look at all names copies their pages
    control.send(json.dumps({**told, "threads": preloading.threads()}).encode())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the supervisors
    while True:
        message, descriptors = _receive(control)
        if not message:
            os._exit(0)
        try:
            child = os.fork()
        except OSError:  # too many processes, or too little memory: the runner sees that its socket is closed
            child = -1
        if not child:
            control.close()
            try:
                return supervisor.supervise(json.loads(message), descriptors, me, setters)
            except BaseException:  # noqa: BLE001 - as above
                os._exit(1)
        for fd in descriptors:
            os.close(fd)


if __name__ == "__main__":
    del sys.path[0]
    _ready = serve(socket.socket(fileno=int(sys.argv[1])))
    _raised: list[BaseException] = []
    try:
        exec(compile(_ready.source(), _ready.path, "exec", dont_inherit=True), _ready.names)
    except BaseException as error:  # noqa: BLE001 - what the script raises is told as an interpreter tells it
        _raised.append(error.with_traceback(error.__traceback__.tb_next if error.__traceback__ else None))
    script.leave(_raised, _ready.names)
