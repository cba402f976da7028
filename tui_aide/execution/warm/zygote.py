"""The process that has the modules of scripts loaded and forks once a script. It runs no generated code itself.

Run as a file by the scripts' interpreter, with the descriptor of a socket that keeps the bounds of messages. The first
one names the modules to load, and is answered by what became of it. Each other one is a script to start and comes with
three descriptors: its stdout, its stderr and a socket to its supervisor; a fourth may be its control group's. When the
runner hangs up, this ends.

For a script in namespaces its companion, the `keeper`, makes these first, and then asks for the fork.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any

_ROOT = os.path.abspath(os.path.join(__file__, *[os.pardir] * 4))

if __name__ == "__main__":
    sys.path[0] = _ROOT
    sys.modules.pop("tui_aide", None)  # scripts are kept from it

from tui_aide.execution.inside.kernel import call  # noqa: E402 - found there
from tui_aide.execution.warm import inhabitants, keeper, messages, preloading, script, supervisor  # noqa: E402


def serve(control: socket.socket) -> script.Ready:
    """Load, then fork once a message; returns only in a process that is to run a script."""
    companion, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    me = os.getpid()
    if not os.fork():
        control.close()
        companion.close()
        keeper.keep(its, me)
    its.close()
    told = preloading.preload(json.loads(control.recv(messages.LARGEST)))
    setters = preloading.blas_setters()
    for name in [name for name in sys.modules if name.partition(".")[0] == "tui_aide"]:
        del sys.modules[name]  # here, once: scripts are not to see them, and a look at all names copies their pages
    sys.modules["tui_aide"] = None  # type: ignore[assignment] # nor to import them: see hooks/sitecustomize
    control.send(json.dumps({**told, "threads": preloading.threads()}).encode())
    return _Zygote(control, companion, setters).serve()


class _Zygote:
    """The loaded process."""

    def __init__(self, control: socket.socket, companion: socket.socket, setters: Sequence[Any]) -> None:
        self._control, self._companion, self._setters = control, companion, setters
        self._me = os.getpid()
        self._scripts = inhabitants.Inhabitants()

    def serve(self) -> script.Ready:
        """Fork once a message; returns only in a process that is to run a script."""
        wake, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.signal(signal.SIGCHLD, _ignore)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        poll = select.poll()
        for place in (wake, self._control, self._companion):
            poll.register(place, select.POLLIN)
        while True:
            ready = {fd for fd, _ in poll.poll()}
            if wake in ready:
                os.read(wake, 4096)
                self._scripts.reap()
            for origin, take in ((self._companion, self._fork_inside), (self._control, self._take_order)):
                if origin.fileno() in ready:
                    message, descriptors = messages.receive(origin)
                    if not message:
                        os._exit(int(origin is self._companion))  # without it, nothing can be started
                    begun = take(message, descriptors)
                    if begun is not None:
                        return begun
                    messages.close(descriptors)

    def _take_order(self, message: bytes, descriptors: list[int]) -> script.Ready | None:
        """Have the companion prepare a script in namespaces, or fork the supervisor of another."""
        request = json.loads(message)
        if request["confine"]["mode"] == "namespaces":
            messages.send(self._companion, message, descriptors)
            return None
        try:
            child = os.fork()
        except OSError:  # too many processes, or too little memory: the runner sees that its socket is closed
            child = -1
        if child:
            return None
        self._let_go()
        try:
            return supervisor.supervise(request, descriptors, self._me, self._setters)
        except BaseException:  # noqa: BLE001 - as above
            os._exit(1)

    def _fork_inside(self, message: bytes, descriptors: list[int]) -> script.Ready | None:
        """Fork a script into the namespaces that its supervisor has made."""
        if message == keeper.USERS:
            call("setns", descriptors[0], 0)
            return None
        *outputs, channel, told, root, processes = descriptors[:6]
        try:
            if not self._scripts.fork(told, processes):
                descriptors.remove(told)
                return None
        except OSError as error:
            os.write(channel, str(error).encode())
            return None
        self._let_go()
        request, joined = json.loads(message), [root, *descriptors[6:]]
        group = joined.pop() if request["grouped"] else None
        return script.become(request, outputs, socket.socket(fileno=channel), self._setters, joined, group=group)

    def _let_go(self) -> None:
        """In a fork, close what is the zygote's."""
        self._control.close()
        self._companion.close()


def _ignore(number: int, frame: object) -> None:
    """Do nothing; but a wait ends."""


if __name__ == "__main__":
    del sys.path[0]
    _ready = serve(socket.socket(fileno=int(sys.argv[1])))
    _raised: list[BaseException] = []
    try:
        exec(compile(_ready.source(), _ready.path, "exec", dont_inherit=True), _ready.names)
    except BaseException as error:  # noqa: BLE001 - what the script raises is told as an interpreter tells it
        _raised.append(error.with_traceback(error.__traceback__.tb_next if error.__traceback__ else None))
    script.leave(_raised, _ready.names)
