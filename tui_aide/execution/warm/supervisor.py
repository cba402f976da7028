"""What stands between the runner and one warm script: a process that waits for it and kills what it leaves.

It talks with the runner over a socket, in lines: `started TOP`, with the process that all of the script's are below of,
or `started TOP SCRIPT` where the script itself is not; or `failed WHY`; in the end `ended CODE SECONDS CPU-SECONDS
LARGEST SURVIVORS`. Whatever the runner says, or its hanging up, is the end of the script.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from tui_aide.execution.inside import namespaces
from tui_aide.execution.inside.kernel import PR_SET_PDEATHSIG, libc
from tui_aide.execution.launcher import Children, exit_code
from tui_aide.execution.warm.messages import BEGUN, ENDED, send
from tui_aide.execution.warm.script import ENTERED, GO, Ready, become, copied, mark

_PR_SET_CHILD_SUBREAPER = 36
_KILL_SECONDS = 10.0


def supervise(
    request: Mapping[str, Any], descriptors: Sequence[int], zygote: int, setters: Sequence[Callable[[int], None]]
) -> Ready:
    """Have a fork of this process become the script, and see to its end; returns only in that fork.

    Args:
        request: what the runner asked for.
        descriptors: of the script's stdout and stderr, of the socket to the runner, and maybe of the entrance of the
            control group that the script, but not this process, is to be in.
        zygote: the process that this one was forked by.
        setters: as `become` takes them.
    """
    runner = _begin(request, descriptors, zygote)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    ours, its = socket.socketpair()
    script = os.fork()
    if not script:
        for mine in (runner, ours):
            mine.close()
        return become(request, descriptors[:2], its, setters, group=descriptors[3] if descriptors[3:] else None)
    try:
        its.close()
        _let_go([*descriptors[:2], *descriptors[3:]])
        _Supervisor(ours, runner, zygote, script).see_to_end()
    finally:
        os._exit(0)


def supervise_inside(
    request: Mapping[str, Any], descriptors: Sequence[int], keeper: int, zygote: socket.socket
) -> NoReturn:
    """Make the script's namespaces, have the zygote fork it into them, and see to its end.

    Args:
        request: what the runner asked for.
        descriptors: as `supervise` takes them.
        keeper: the process that this one was forked by.
        zygote: takes the order for a script, with its descriptors.
    """
    try:
        runner = _begin(request, descriptors, keeper)
        ours, its = socket.socketpair()
        heard, told = os.pipe()
        try:
            first, joined = namespaces.found(
                {**request["confine"], "group": descriptors[3] if descriptors[3:] else None}
            )
        except OSError as error:
            runner.sendall(f"failed {error}\n".encode())
            raise
        order = {**request, "grouped": bool(descriptors[3:])}
        send(zygote, json.dumps(order).encode(), [*descriptors[:2], its.fileno(), told, *joined, *descriptors[3:]])
        its.close()
        for fd in (told, *joined):
            os.close(fd)
        zygote.close()
        _let_go([*descriptors[:2], *descriptors[3:]])
        _Supervisor(ours, runner, keeper, first, heard).see_to_end()
    finally:
        os._exit(0)


def _begin(request: Mapping[str, Any], descriptors: Sequence[int], parent: int) -> socket.socket:
    """Become a process of this run's that ends with its parent; return the socket to the runner."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    os.setsid()
    mark(request["marker"], request["environment"].get(request["marker"], ""))
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _ignore)
    return socket.socket(fileno=descriptors[2])


def _let_go(given: Sequence[int]) -> None:
    """Keep nothing that was given for the script, nor an end of the zygote's output."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (1, 2):
        os.dup2(null, fd)
    for fd in (null, *given):
        os.close(fd)


class _Supervisor:
    """Sees to one child: the script, where it is its own; else the first process of the script's namespaces.

    With the latter it shares its view of files, and hears from the zygote, whose child the script is then.
    """

    def __init__(
        self, ours: socket.socket, runner: socket.socket, parent: int, child: int, heard: int | None = None
    ) -> None:
        self._ours, self._runner, self._parent = ours, runner, parent
        self._children = Children(child)
        self._heard = heard
        self._script = child if heard is None else 0
        self._base = copied() if heard is None else 0
        self._end: tuple[int, float, int] | None = None
        self._began = time.monotonic()
        self._wake, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)

    def see_to_end(self) -> None:
        """Wait for the script's end, kill what it left, and report."""
        begun = self._wait()
        seconds = time.monotonic() - self._began
        survivors = self._children.kill(self._wake) if self._heard is None else self._kill_inside()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu, largest, code = used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, self._children.code
        if self._heard is not None:
            if self._end is None:
                return  # the zygote has died, and the run is lost
            code, cpu, largest = self._end[0], cpu + self._end[1], self._end[2]
        if begun:
            code = -signal.SIGKILL if code is None else code
            self._say(f"ended {code} {seconds:.6f} {cpu:.6f} {max(0, largest - self._base)} {survivors}")

    def _wait(self) -> bool:
        """Wait until the script has ended or must end; return whether it has begun at all."""
        begun = False
        watched: list[Any] = [self._runner, self._ours, self._wake, *([] if self._heard is None else [self._heard])]
        while True:
            self._children.reap()
            if self._children.code is not None and begun:
                return True
            ready = select.select(watched, [], [], 1.0)[0]
            if self._wake in ready:
                os.read(self._wake, 4096)
            if self._heard in ready and (not self._hear() or self._end is not None):
                watched.remove(self._heard)
                if begun:
                    return True
            if self._ours in ready:
                watched.remove(self._ours)
                said = self._ours.recv(4096)
                if said != ENTERED or not (self._script or self._hear()):
                    self._say(f"failed {said.decode(errors='replace') or 'it died'}")
                    return False
                places = (os.getpid(),) if self._heard is None else (self._children.script, self._script)
                if not self._say(" ".join(("started", *map(str, places)))):
                    return False  # nobody waits for it any more; it must not run beside the one that runs instead
                begun = True
                self._ours.sendall(GO)
                self._ours.close()
            if self._runner in ready or os.getppid() != self._parent:
                return begun

    def _hear(self) -> bool:
        """Take what the zygote tells of its child; return whether it lives."""
        assert self._heard is not None
        if not self._script:
            said = os.read(self._heard, BEGUN.size)
            if said:
                self._script, self._base = BEGUN.unpack(said)
        else:
            said = os.read(self._heard, ENDED.size)
            if said:
                status, cpu, largest = ENDED.unpack(said)
                self._end = exit_code(status), cpu, largest
        return bool(said)

    def _kill_inside(self) -> int:
        """Kill the first process of namespaces, and so all in them; return whether any would not die in time.

        Others cannot be looked for: the /proc that is seen here by now is that of the namespaces.
        """
        assert self._heard is not None
        deadline = time.monotonic() + _KILL_SECONDS
        while self._children.reap() and time.monotonic() < deadline:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._children.script, signal.SIGKILL)
            if select.select([self._wake], [], [], 0.1)[0]:
                os.read(self._wake, 4096)
        while self._end is None and select.select([self._heard], [], [], max(0.0, deadline - time.monotonic()))[0]:
            if not self._hear():
                break
        return int(self._children.code is None)

    def _say(self, line: str) -> bool:
        """Send a line; return whether anybody still listens."""
        try:
            self._runner.sendall(" ".join(line.split()).encode() + b"\n")
        except OSError:
            return False
        return True


def _ignore(number: int, frame: object) -> None:
    """Do nothing; but a wait ends."""
