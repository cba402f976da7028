"""The process that stands between the engine and one script or server, so that nothing of it outlives either.

Run as a file by a bare interpreter, it imports nothing of the project. It starts the script in a session of its own,
waits for it or for a byte or the end of its own standard input (the engine wants it dead, or is dead), then kills every
descendant, daemons included: on Linux it is their subreaper, so each orphan becomes its child. A server is asked to end
first, and gets a grace for it. It reports one line, `exit-code seconds cpu-seconds largest-resident-bytes survivors`,
to a pipe; standard output and error are the script's, or both are the error where the report goes to the output.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_KILL_SECONDS = 10.0
_TIDYING_SECONDS = 5.0
_LINUX = sys.platform == "linux"


def _prctl(option: int, value: int) -> None:
    if _LINUX:
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _write(path: str, text: str) -> None:
    """Write to a kernel file where it exists and may be written; what it asks for is a courtesy, not a promise."""
    try:
        fd = os.open(path, os.O_WRONLY)
    except OSError:
        return
    with contextlib.suppress(OSError):
        os.write(fd, text.encode())
    os.close(fd)


def _lower(kind: int, soft: int) -> None:
    """Set a resource limit, or the hard limit where that is lower already."""
    hard = resource.getrlimit(kind)[1]
    value = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
    with contextlib.suppress(OSError, ValueError):  # macOS refuses some; the watchdog is the limit that counts
        resource.setrlimit(kind, (value, value))


def _enter(group: int) -> None:
    """Enter the control group of a descriptor; where that fails, the watchdog is the limit."""
    with contextlib.suppress(OSError):
        os.write(group, b"0")
    os.close(group)


def _exec(parent: int, niceness: int, file_bytes: int, data_bytes: int, group: int, command: list[str]) -> None:
    """Become the script: never returns in order."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(127)
    if group:
        _enter(group)
    os.setsid()
    _write("/proc/self/autogroup", str(niceness))
    if niceness:
        _write("/proc/self/oom_score_adj", "500")
        os.nice(niceness)
    _lower(resource.RLIMIT_CORE, 0)
    if file_bytes:
        _lower(resource.RLIMIT_FSIZE, file_bytes)
    if data_bytes:
        _lower(resource.RLIMIT_DATA, data_bytes)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.execve(command[0], command, os.environ)


def _let_go_of_the_scripts(*own: int) -> None:
    """Keep no end of the script's pipes and sockets, so that whoever has the others sees when it has ended."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.close(null)
    for name in os.listdir("/proc/self/fd") if _LINUX else ():  # noqa: PTH208
        if int(name) > 2 and int(name) not in own:
            with contextlib.suppress(OSError):  # the one that this list was read by
                os.close(int(name))


def _descendants(root: int) -> list[int]:
    """Return the process ids below `root`, from one look at every process."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 (pathlib would double the start-up)
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                    parent = int(file.read().rpartition(b")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(name))
    found: list[int] = []
    front = [root]
    while front:
        front = [child for pid in front for child in children.get(pid, ())]
        found += front
    return found


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # a set-user-id program counts as a survivor
        os.kill(pid, number)


def exit_code(status: int) -> int:
    """Return what a wait status means: an exit code, or a signal as a negative number. Python has it from 3.9 on."""
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


class Children:
    """The script and, on Linux, every orphan below it: reaps them and keeps the script's exit status."""

    def __init__(self, script: int) -> None:
        self.script = script
        self.code: int | None = None

    def reap(self) -> bool:
        """Reap what has ended; return whether any child is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if not pid:
                return True
            if pid == self.script:
                self.code = exit_code(status)

    def ask_to_end(self, wake: int, grace: float) -> None:
        """Ask the script to end and wait for that at most `grace` seconds, then all else below it, for a few.

        A server's processes so tidy up after themselves what a kill would leave, such as shared memory.
        """
        deadline = time.monotonic() + grace
        if self.code is None:
            _signal(self.script, signal.SIGTERM)
        left = self.reap()
        while self.code is None and time.monotonic() < deadline:
            left = self._wait(wake, deadline)
        if left and _LINUX:
            deadline = time.monotonic() + min(grace, _TIDYING_SECONDS)
            for pid in _descendants(os.getpid()):
                _signal(pid, signal.SIGTERM)
            while left and time.monotonic() < deadline:
                left = self._wait(wake, deadline)

    def _wait(self, wake: int, deadline: float) -> bool:
        """Wait until a child has ended, for a part of the time to the deadline; return whether any is left."""
        if select.select([wake], [], [], max(0.0, min(deadline - time.monotonic(), 0.5)))[0]:
            os.read(wake, 4096)
        return self.reap()

    def kill(self, wake: int) -> int:
        """Kill all descendants until none is left; return how many would not die in time."""
        deadline = time.monotonic() + _KILL_SECONDS
        left = self.reap()
        while left and time.monotonic() < deadline:
            for pid in _descendants(os.getpid()) if _LINUX else [self.script]:
                _signal(pid, signal.SIGKILL)
            if select.select([wake], [], [], 0.02)[0]:
                os.read(wake, 4096)
            left = self.reap()
        if not _LINUX:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.script, signal.SIGKILL)
            return 0
        return len(_descendants(os.getpid())) if left else 0


def _ignore(number: int, frame: object) -> None:
    """Do nothing; unlike SIG_IGN, a handler is not inherited by the script."""


def main(argv: list[str]) -> None:
    """Run the command in `argv` after its six numbers.

    They are the descriptor to report to, niceness (0: the script is as dear as any process), bytes a file and bytes of
    data (0: no limit), the seconds between asking it to end and killing it (0: it is not asked), and the descriptor by
    which the script enters a control group (0: none).
    """
    given, niceness, file_bytes, data_bytes, grace, group = map(int, argv[:6])
    report = os.dup(given)
    if given == 1:
        os.dup2(2, 1)
    else:
        os.close(given)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _ignore)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    start, me, engine = time.monotonic(), os.getpid(), os.getppid()
    script = os.fork()
    if not script:
        try:
            _exec(me, niceness, file_bytes, data_bytes, group, argv[6:])
        finally:
            os._exit(127)
    _let_go_of_the_scripts(report, wake, waker)
    children = Children(script)
    while children.code is None:
        ready = select.select([0, wake], [], [], 1.0)[0]
        if wake in ready:
            os.read(wake, 4096)
            children.reap()
        if 0 in ready or os.getppid() != engine:
            break
    seconds = time.monotonic() - start
    if grace:
        children.ask_to_end(wake, grace)
    survivors = children.kill(wake)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    largest = used.ru_maxrss * (1024 if _LINUX else 1)
    code = -signal.SIGKILL if children.code is None else children.code
    with contextlib.suppress(BrokenPipeError):  # the engine is dead, and nobody asks
        os.write(report, f"{code} {seconds:.6f} {used.ru_utime + used.ru_stime:.6f} {largest} {survivors}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1:])
    os._exit(0)  # nothing to tidy up: saves a few milliseconds
