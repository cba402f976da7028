"""Becoming a script in a forked process: as a fresh interpreter that was given the script would be, but warm."""

from __future__ import annotations

import atexit
import builtins
import contextlib
import ctypes
import gc
import importlib.machinery
import os
import signal
import socket
import sys
import threading
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tui_aide.execution.inside.confine import confine
from tui_aide.execution.inside.kernel import PR_SET_DUMPABLE, PR_SET_PDEATHSIG, libc

ENTERED = b"+"
"""What is reported when all is prepared; else it is the error, in words."""
GO = b"g"
_FAILED = 125
_FLUSH_FAILED = 120
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Ready:
    """A process that is prepared: the script's absolute path and the module that it is to run in."""

    def __init__(self, path: str, names: dict[str, Any]) -> None:
        self.path = path
        self.names = names

    def source(self) -> bytes:
        """Return the script's text."""
        with open(self.path, "rb") as file:
            return file.read()


def become(
    request: Mapping[str, Any],
    outputs: Sequence[int],
    channel: socket.socket,
    setters: Sequence[Callable[[int], None]],
    joined: Sequence[int] | None = None,
    *,
    group: int | None = None,
) -> Ready:
    """Turn this process, which was just forked, into one that is ready to run a script.

    Confines it first. Ends it where that fails, after having told the channel why.

    Args:
        request: what the runner asked for.
        outputs: descriptors of the script's stdout and stderr.
        channel: to the supervisor; closed in the end.
        setters: set the threads of the BLAS libraries that are loaded.
        joined: the namespaces that it is to run in, as `confine` takes them; None where it is its supervisor's child.
        group: descriptor of the entrance of the control group that the script is to be in.
    """
    parent = os.getppid()
    try:
        if joined is None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent or parent == 1:
                os._exit(_FAILED)
        else:
            mark(request["marker"], request["environment"].get(request["marker"], ""))
        if group is not None:
            os.write(group, b"0")
        os.setsid()
        _be_of_less_account(request["niceness"])
        for number, fd in enumerate(outputs, 1):
            os.dup2(fd, number)
        spec = {**request["confine"], "limits": _with_own_data(request), "keep": [channel.fileno()]}
        confine(spec, joined)
        libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # else its memory could not be measured from outside
        ready = _as_fresh(request, setters)
        channel.sendall(ENTERED)
        if channel.recv(1) != GO:
            os._exit(_FAILED)
        channel.close()
    except BaseException as error:  # noqa: BLE001 - nothing may go on from here
        with contextlib.suppress(OSError):
            channel.sendall((str(error) or repr(error)).encode())
        os._exit(_FAILED)
    return ready


def mark(name: str, run: str) -> None:
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


def copied() -> int:
    """Return the bytes that a fork of this process begins with: what lies in memory and is of no file."""
    with open("/proc/self/statm", "rb") as file:
        fields = file.read().split()
    return (int(fields[1]) - int(fields[2])) * _PAGE


def _be_of_less_account(niceness: int) -> None:
    """Let other processes go first, as far as the kernel does; and be the first to die where memory is short."""
    for name, text in (("autogroup", niceness), ("oom_score_adj", 500)):
        with contextlib.suppress(OSError):
            fd = os.open(f"/proc/self/{name}", os.O_WRONLY)
            try:
                os.write(fd, str(text).encode())
            finally:
                os.close(fd)
    os.nice(niceness)


def _with_own_data(request: Mapping[str, Any]) -> dict[str, int]:
    """Return the limits, that on data raised by what was there before the fork: it counts for this process, too."""
    limits: dict[str, int] = dict(request["confine"].get("limits", {}))
    if "data" in limits:
        with open("/proc/self/statm", "rb") as file:
            limits["data"] += int(file.read().split()[5]) * _PAGE
    return limits


def _as_fresh(request: Mapping[str, Any], setters: Sequence[Callable[[int], None]]) -> Ready:
    """Put back what forking has copied to what a new interpreter has."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    name = request["script"]
    folder = os.getcwd()
    path = os.path.join(folder, name) if sys.version_info >= (3, 9) else name
    sys.argv[:] = [name]
    if hasattr(sys, "orig_argv"):
        sys.orig_argv[:] = [request["python"], name]
    sys.path.insert(0, folder)
    _forget(folder)
    _reseed()
    if request["threads"] > 1:
        for setter in setters:
            setter(request["threads"])
    main = types.ModuleType("__main__")
    vars(main).update(
        __annotations__={},
        __builtins__=builtins,
        __file__=path,
        __cached__=None,
        __loader__=importlib.machinery.SourceFileLoader("__main__", path),
    )
    sys.modules["__main__"] = main
    if "__mp_main__" in sys.modules:  # by this name, spawned processes send objects of its classes back
        sys.modules["__mp_main__"] = main
    return Ready(path, vars(main))


def _forget(folder: str) -> None:
    """Make modules that are loaded forget what they remember of the process that loaded them."""
    modules: Any = sys.modules  # no copy of it: to count each module once more would copy the pages that they lie in
    if "tempfile" in modules:
        modules["tempfile"].tempdir = None
    process = modules.get("multiprocessing.process")
    if process is not None:
        process.ORIGINAL_DIR = folder
        process.current_process().authkey = os.urandom(32)
    matplotlib = modules.get("matplotlib")
    for name in ("get_configdir", "get_cachedir"):
        clear = getattr(getattr(matplotlib, name, None), "cache_clear", None)
        if clear is not None:
            clear()


def _reseed() -> None:
    """Seed the generators that a fresh interpreter seeds from the system; PyTorch's begins with a fixed seed anyway."""
    if "random" in sys.modules:
        sys.modules["random"].seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


def leave(raised: list[BaseException], names: dict[str, Any]) -> None:
    """End this process as an interpreter ends after a script; never returns.

    What the process shares with the others is left alone: tidying it up would copy it.

    Args:
        raised: what the script has raised, if anything, with a traceback of the script's own frames; it is emptied.
        names: those of the script; what only they hold is dropped, so that files are written out.
    """
    code, interrupted = _tell(raised.pop()) if raised else (0, False)
    with contextlib.suppress(BaseException):
        threading._shutdown()  # type: ignore[attr-defined]
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()
    failed = _flush()
    for name in ("last_exc", "last_type", "last_value", "last_traceback"):
        if hasattr(sys, name):
            delattr(sys, name)
    for name in [n for n in names if not n.startswith("__")]:
        names.pop(name, None)
    gc.collect()
    failed = _flush() or failed
    ctypes.CDLL(None).fflush(None)
    if interrupted:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(_FLUSH_FAILED if failed else code & 0xFF)


def _tell(error: BaseException) -> tuple[int, bool]:
    """Tell stderr of an error as the interpreter does; return the exit code, and whether it was an interrupt."""
    if isinstance(error, SystemExit):
        code = error.code
        if code is None or isinstance(code, int):
            return code or 0, False
        with contextlib.suppress(Exception):
            sys.stderr.write(f"{code}\n")
        return 1, False
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except SystemExit as told:
        return _tell(told)
    except BaseException as another:  # noqa: BLE001 - a hook of the script's
        with contextlib.suppress(Exception):
            own = another.__traceback__.tb_next if another.__traceback__ else None
            sys.stderr.write("Error in sys.excepthook:\n")
            sys.__excepthook__(type(another), another.with_traceback(own), own)
            sys.stderr.write("\nOriginal exception was:\n")
            sys.__excepthook__(type(error), error, error.__traceback__)
    return 1, isinstance(error, KeyboardInterrupt)


def _flush() -> bool:
    """Write out both standard streams; return whether stdout could not be."""
    failed = False
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not getattr(stream, "closed", False):
            try:
                stream.flush()
            except Exception:  # noqa: BLE001 - whatever the script has put there
                failed = failed or stream is sys.stdout
    return failed
