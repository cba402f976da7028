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
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tui_aide.execution.inside.kernel import PR_SET_PDEATHSIG, libc
from tui_aide.execution.launcher import Children
from tui_aide.execution.warm.script import ENTERED, GO, Ready, be_of_less_account, become

_PR_SET_CHILD_SUBREAPER = 36
_PAGE = os.sysconf("SC_PAGE_SIZE")


def supervise(
    request: Mapping[str, Any], descriptors: Sequence[int], zygote: int, setters: Sequence[Callable[[int], None]]
) -> Ready:
    """Have a fork of this process become the script, and see to its end; returns only in that fork.

    Args:
        request: what the runner asked for.
        descriptors: of the script's stdout and stderr, and of the socket to the runner.
        zygote: the process that this one was forked by.
        setters: as `become` takes them.
    """
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != zygote:
        os._exit(1)
    os.setsid()
    _mark(request["marker"], request["environment"].get(request["marker"], ""))
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _ignore)
    runner = socket.socket(fileno=descriptors[2])
    ours, its = socket.socketpair()
    base, began = _resident(), time.monotonic()
    script = os.fork()
    if not script:
        for fd in (runner.detach(), ours.detach(), wake, waker):
            os.close(fd)
        return become(request, descriptors[:2], its, setters)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    try:
        its.close()
        for fd in descriptors[:2]:
            os.close(fd)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (1, 2):
            os.dup2(null, fd)
        children = Children(script)
        if _wait(request, children, ours, runner, wake, zygote):
            seconds = time.monotonic() - began
            survivors = children.kill(wake)
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            code = -signal.SIGKILL if children.code is None else children.code
            largest = max(0, used.ru_maxrss * 1024 - base)
            _say(runner, f"ended {code} {seconds:.6f} {used.ru_utime + used.ru_stime:.6f} {largest} {survivors}")
        else:
            children.kill(wake)
    finally:
        os._exit(0)


def _wait(
    request: Mapping[str, Any], children: Children, ours: socket.socket, runner: socket.socket, wake: int, zygote: int
) -> bool:
    """Wait until the script has ended or must end; return whether it has begun at all."""
    begun = False
    watched: list[Any] = [runner, ours, wake]
    while True:
        ready = select.select(watched, [], [], 1.0)[0]
        if ours in ready:
            watched.remove(ours)
            said = ours.recv(4096)
            if said != ENTERED:
                _say(runner, f"failed {said.decode(errors='replace') or 'it died'}")
                return False
            if not _say(runner, f"started {_place(request, children.script)}"):
                return False  # nobody waits for it any more, and it must not run beside the one that runs instead
            begun = True
            ours.sendall(GO)
            ours.close()
        if runner in ready or os.getppid() != zygote:
            return begun
        if wake in ready:
            os.read(wake, 4096)
            children.reap()
        if children.code is not None and begun:
            return True


def _place(request: Mapping[str, Any], script: int) -> int:
    """Return the process that all of the script is below of.

    In namespaces, that is their process 1, the child of the stand-in; the script gets a group of the scheduler's there.
    """
    if request["confine"]["mode"] != "namespaces":
        return os.getpid()
    first = _child(script)
    second = _child(first)
    if second:
        be_of_less_account(request["niceness"], str(second))
    return first or os.getpid()


def _child(process: int) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{process}/task/{process}/children") as file:
        return int(file.read().split()[0])
    return 0


def _say(runner: socket.socket, line: str) -> bool:
    """Send a line; return whether anybody still listens."""
    try:
        runner.sendall(" ".join(line.split()).encode() + b"\n")
    except OSError:
        return False
    return True


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
