"""What stands between the runner and one warm script: a fork of the zygote that waits for it and kills what it leaves.

It talks with the runner over a socket, in lines: `started PID`, with the process that all of the script is below of, or
`failed WHY`; in the end `ended CODE SECONDS CPU-SECONDS LARGEST SURVIVORS`. Whatever the runner says, or its hanging
up, is the end of the script.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import signal
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from tui_aide.execution.inside.kernel import PR_SET_PDEATHSIG, libc
from tui_aide.execution.launcher import Children, exit_code
from tui_aide.execution.warm.script import ENTERED, GO, Ready, be_of_less_account, become

_PR_SET_CHILD_SUBREAPER = 36
_KILL_SECONDS = 10.0
_PAGE = os.sysconf("SC_PAGE_SIZE")


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
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != zygote:
        os._exit(1)
    os.setsid()
    _mark(request["marker"], request["environment"].get(request["marker"], ""))
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _ignore)
    runner = socket.socket(fileno=descriptors[2])
    ours, its = socket.socketpair()
    null = os.open(os.devnull, os.O_RDWR)
    group = descriptors[3] if len(descriptors) > 3 else None
    supervisor = _Supervisor(request, ours, runner, zygote)

    def stand_in(child: int, heard: int | None = None) -> NoReturn:
        try:
            its.close()
            for fd in (1, 2):
                os.dup2(null, fd)
            for fd in (null, *descriptors[:2], *descriptors[3:]):
                os.close(fd)
            supervisor.see_to(child, heard)
        finally:
            os._exit(0)

    if request["confine"]["mode"] == "namespaces":  # one fork less: their first process is this one's child
        ready = become(request, descriptors[:2], its, setters, stand_in, group=group)
        for mine in (runner, ours):
            mine.detach()  # they are closed, and their numbers may be another's
        return ready
    if script := os.fork():
        stand_in(script)
    for fd in (runner.detach(), ours.detach(), null, supervisor.proc):
        os.close(fd)
    return become(request, descriptors[:2], its, setters, group=group)


class _Supervisor:
    """Sees to one child, which is the script or the first process of its namespaces.

    With the first process it shares its view of files from then on: what it needs of the system's is opened before.

    Attributes:
        proc: descriptor of the system's /proc.
    """

    def __init__(self, request: Mapping[str, Any], ours: socket.socket, runner: socket.socket, zygote: int) -> None:
        self._request = request
        self._ours, self._runner = ours, runner
        self._zygote = zygote
        self.proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        self._base, self._began = _resident(), time.monotonic()

    def see_to(self, child: int, heard: int | None) -> None:
        """Wait for the script's end, kill what it left, and report; `heard` tells how it ended in its namespaces."""
        wake, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        children = Children(child)
        begun = self._wait(children, wake)
        seconds = time.monotonic() - self._began
        survivors = children.kill(wake) if heard is None else _kill(children, wake)
        if begun:
            told = _ended(heard) if heard is not None else children.code
            code = -signal.SIGKILL if told is None else told
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu, largest = used.ru_utime + used.ru_stime, max(0, used.ru_maxrss * 1024 - self._base)
            self._say(f"ended {code} {seconds:.6f} {cpu:.6f} {largest} {survivors}")

    def _wait(self, children: Children, wake: int) -> bool:
        """Wait until the script has ended or must end; return whether it has begun at all."""
        begun = False
        watched: list[Any] = [self._runner, self._ours, wake]
        while True:
            children.reap()
            if children.code is not None and begun:
                return True
            ready = select.select(watched, [], [], 1.0)[0]
            if wake in ready:
                os.read(wake, 4096)
            if self._ours in ready:
                watched.remove(self._ours)
                said = self._ours.recv(4096)
                if said != ENTERED:
                    self._say(f"failed {said.decode(errors='replace') or 'it died'}")
                    return False
                if not self._say(f"started {self._place(children.script)}"):
                    return False  # nobody waits for it any more; it must not run beside the one that runs instead
                begun = True
                self._ours.sendall(GO)
                self._ours.close()
            if self._runner in ready or os.getppid() != self._zygote:
                return begun

    def _place(self, child: int) -> int:
        """Return the process that all of the script is below of; a script in namespaces gets less account here."""
        if self._request["confine"]["mode"] != "namespaces":
            return os.getpid()
        with contextlib.suppress(OSError, ValueError, IndexError):
            fd = os.open(f"{child}/task/{child}/children", os.O_RDONLY, dir_fd=self.proc)
            with open(fd, encoding="utf-8") as file:
                second = file.read().split()[0]
            be_of_less_account(self._request["niceness"], self.proc, second)
        return child

    def _say(self, line: str) -> bool:
        """Send a line; return whether anybody still listens."""
        try:
            self._runner.sendall(" ".join(line.split()).encode() + b"\n")
        except OSError:
            return False
        return True


def _ended(heard: int) -> int | None:
    """Return the exit code of the second process; None where the first was killed before it could tell."""
    said = os.read(heard, 4)
    return exit_code(struct.unpack("=i", said)[0]) if len(said) == 4 else None


def _kill(children: Children, wake: int) -> int:
    """Kill the first process of namespaces, and so all in them; return whether it would not die in time, as a number.

    Others cannot be looked for: the /proc that is seen here by now is that of the namespaces.
    """
    deadline = time.monotonic() + _KILL_SECONDS
    while children.reap() and time.monotonic() < deadline:
        with contextlib.suppress(ProcessLookupError):
            os.kill(children.script, signal.SIGKILL)
        if select.select([wake], [], [], 0.1)[0]:
            os.read(wake, 4096)
    return int(children.code is None)


def _mark(name: str, run: str) -> None:
    """Write the run's identity into the variables that /proc shows of this process, as strays are told by it.

    They are those that the zygote was started with, which held the name with a value of the same length.
    """
    with open("/proc/self/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    begin, end = int(fields[47]), int(fields[48])
    if not 0 < begin < end:
        return
    at = ctypes.string_at(begin, end - begin).find(b"\0" + name.encode() + b"=")
    if at >= 0:
        ctypes.memmove(begin + at + len(name) + 2, run.encode(), len(run))


def _resident() -> int:
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * _PAGE


def _ignore(number: int, frame: object) -> None:
    """Do nothing; but a wait ends."""
