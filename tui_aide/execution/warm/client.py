"""The runner's side of one zygote: started below a launcher, asked to fork, watched, ended."""

from __future__ import annotations

import array
import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tui_aide.errors import ExecutionError
from tui_aide.execution import launcher
from tui_aide.execution.environment import script_environment
from tui_aide.execution.warm import zygote

UNMARKED = "0" * 32
"""The run that a zygote's own variables name; each supervisor puts its run's in the place."""
_CLOSE_SECONDS = 15.0
_LARGEST = 1 << 17
_CHUNK, _SAID = 1 << 16, 2000


class Loaded(msgspec.Struct, frozen=True):
    """What a zygote told when it had loaded: modules, those that failed with the error, and its threads.

    `threaded` is the module that started a thread, where one did: nothing is to be forked from such a process.
    """

    loaded: tuple[str, ...]
    failed: dict[str, str]
    threaded: str | None
    threads: int
    seconds: float


class Zygote:
    """One zygote, from its start to its end.

    Attributes:
        loaded: what it told once it had loaded; None before.
        ready: done when it has told, or has ended.
        ended: done when it has ended, and all that was below it.
        threads: CPU threads that its libraries were loaded for.
        said: the end of what it has printed, such as an error.
        closing: whether its end was asked for.
        process: the launcher, which it is below of.
    """

    def __init__(self, python: Path, modules: Sequence[str], threads: int) -> None:
        """Start it.

        Args:
            python: the scripts' interpreter.
            modules: what it is to load.
            threads: CPU threads that numeric libraries may start.

        Raises:
            ExecutionError: it could not be started.
        """
        loop = asyncio.get_running_loop()
        self.threads = threads
        self.loaded: Loaded | None = None
        self.said = b""
        self.closing = False
        self.ready: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._home = Path(tempfile.mkdtemp(prefix="tui-aide-"))
        try:
            self._control, self.process = _spawn(python, self._home, threads)
        except OSError as error:
            shutil.rmtree(self._home, ignore_errors=True)
            raise ExecutionError(
                f"a process for warm starts cannot be started by {python}: {error.strerror}."
            ) from error
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._lifeline = self.process.stdin
        self._reports = self.process.stdout
        os.set_blocking(self._reports.fileno(), False)
        loop.add_reader(self._reports, self._read_end)
        loop.add_reader(self._control, self._read_loaded)
        with contextlib.suppress(OSError):  # it is dead, as its end will tell
            self._control.send(json.dumps(list(modules)).encode())

    @property
    def fit(self) -> bool:
        """Whether scripts can be forked from it now."""
        return self.loaded is not None and self.loaded.threads == 1 and not self.ended.done()

    def request(self, order: Mapping[str, object], descriptors: Sequence[int]) -> bool:
        """Ask for a script; return whether the zygote was told.

        Args:
            order: what `supervisor.supervise` needs.
            descriptors: of the script's stdout and stderr, of the socket of its supervisor, and of the entrance of its
                control group, where it has one.
        """
        data = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        try:
            self._control.sendmsg([json.dumps(order).encode()], data)
        except OSError:
            return False
        return True

    @property
    def alive(self) -> bool:
        """Whether the process itself still runs; what was below it may do so a moment longer."""
        if self.ended.done():
            return False
        try:
            return bool(self._control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def kill(self) -> None:
        """Have it killed, with all that is below it."""
        self.closing = True
        self._let_go()

    def _let_go(self) -> None:
        if not self._lifeline.closed:
            with contextlib.suppress(BrokenPipeError):
                self._lifeline.close()

    async def close(self) -> None:
        """Kill it and wait for its end."""
        self.kill()
        if not self.ended.done():
            await asyncio.wait({self.ended}, timeout=_CLOSE_SECONDS)
        if not self.ended.done():
            self.process.kill()  # stopped or stuck
            self._end()

    def _read_loaded(self) -> None:
        try:
            data = self._control.recv(_LARGEST)
        except OSError:
            data = b""
        self._loop.remove_reader(self._control)
        if data:
            self.loaded = msgspec.json.decode(data, type=Loaded)
            if not self.ready.done():
                self.ready.set_result(None)

    def _read_end(self) -> None:
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._reports.fileno(), _CHUNK)
            self.said = (self.said + data)[-_SAID:]
            if not data:
                self._end()

    def _end(self) -> None:
        self._loop.remove_reader(self._reports)
        self._loop.remove_reader(self._control)
        self._reports.close()
        self._control.close()
        self._let_go()
        self.process.wait()
        shutil.rmtree(self._home, ignore_errors=True)
        for future in (self.ended, self.ready):
            if not future.done():
                future.set_result(None)


def _spawn(python: Path, home: Path, threads: int) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start the launcher, and the zygote below it; return our end of its socket and the launcher."""
    environment = script_environment(home, home, threads, UNMARKED)
    environment["OPENBLAS_NUM_THREADS"] = "1"
    control, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # Niceness 0: it must fork at once; scripts lower themselves. It has a pipe for its output as scripts have, so that
    # the streams that they get are the same.
    command = [str(python), "-I", "-S", launcher.__file__, "1", "0", "0", "0", "0", "0"]
    command += [str(python), zygote.__file__, str(its.fileno())]
    with its:
        try:
            process = subprocess.Popen(
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(its.fileno(),),
                cwd=home,
                env=environment,
                start_new_session=True,
            )
        except OSError:
            control.close()
            raise
    control.setblocking(False)
    return control, process
