"""One cell from where it stands to its end: session made, runner watched and gone on with, grade asked for."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

import msgspec

from tui_aide.bench.cell import Cell
from tui_aide.bench.ordering import Served, order_of
from tui_aide.bench.run_folder import CellState, RunFolder
from tui_aide.bench.runner_process import RunnerProcess, SearchState, look
from tui_aide.errors import SessionError, TuiAideError
from tui_aide.sessions.settling import start_session

Say = Callable[[str], None]
Grade = Callable[[RunFolder, Cell], Awaitable[str]]
"""Grades a cell; returns why it could not be, or an empty string."""

PAUSE_SECONDS = 5.0
"""Before a cell is gone on with whose runner died or whose server was lost; twice as long each time."""


class CellRun:
    """Runs one cell. Whatever goes wrong is in the state that `run` returns; nothing is raised but a cancellation.

    Args:
        run: the run's folder.
        cell: which.
        tokens: its budget, where that is what another cell took.
        served: the server of its model, where the bench started one.
        stopping: set when the run is to end.
        making: held while a session is made.
        grade: grades it.
        say: is told remarks.
        pause: seconds before the first retry.
    """

    def __init__(
        self,
        run: RunFolder,
        cell: Cell,
        *,
        tokens: int | None,
        served: Served | None,
        stopping: asyncio.Event,
        making: asyncio.Lock,
        grade: Grade,
        say: Say,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self.cell = cell
        self.state = run.state(cell)
        self.search = SearchState("new")
        self._run, self._served = run, served
        self._tokens = self.state.tokens or tokens
        self._stopping, self._making = stopping, making
        self._grade, self._say, self._pause = grade, say, pause
        self._folder = run.session(cell)
        self._runner = RunnerProcess(self._folder)

    async def run(self) -> CellState:
        """Bring the cell to its end, or, when the run is stopped, to a point from which it can be gone on with."""
        try:
            await self._searched()
            if self.state.status == "done" and self.state.grading != "graded":
                await self._graded()
        except (TuiAideError, OSError) as e:
            self._end("failed", words_of(e))
        except Exception as e:  # noqa: BLE001 - a cell's crash, whatever it is, must not stop the others
            self._end("failed", f"unexpected {type(e).__name__}: {e}; please report it")
        return self.state

    def kill(self) -> None:
        """End the cell's runner at once."""
        self._runner.kill()

    async def _searched(self) -> None:
        if self.state.status == "done":
            self.search = await asyncio.to_thread(look, self._folder)
            return
        retries = self._run.suite.run.retries
        for retry in range(retries + 1):
            why = await self._attempt()
            if self.state.status != "running" or retry == retries or self._stopping.is_set():
                break
            self._say(f"{why}; trying again")
            await self._rest(self._pause * 2**retry)
            if self._stopping.is_set():
                break
        if self.state.status == "running":
            stopped = self._stopping.is_set()
            self._end("stopped" if stopped else "failed", "the run was stopped" if stopped else why)

    async def _attempt(self) -> str:
        """Begin the search or go on with it until its runner is gone; return what was wrong where it must go on."""
        now = time.time()
        self._keep(
            status="running",
            why="",
            attempts=self.state.attempts + 1,
            tokens=self._tokens,
            started=self.state.started or now,
            ended=None,
        )
        try:
            if not self._folder.exists() and (why := await self._made()):
                return why
            if self._stopping.is_set():
                self._end("stopped", "the run was stopped")
                return ""
            self.search = await asyncio.to_thread(look, self._folder)
            if self.search.status != "finished":  # else the conductor died before it could say so
                await self._runner.start()
                await self._runner.wait(self._stopping)
                self.search = await asyncio.to_thread(look, self._folder)
        except SessionError as e:
            return str(e)
        match self.search.status:
            case "finished":
                self._end("done", self.search.why)
            case "stopped":
                by_us = self._stopping.is_set()
                self._end("stopped", "the run was stopped" if by_us else f"its search was stopped: {self.search.why}")
            case "failed":
                return self.search.why
            case _:
                return "its runner died without a word"
        return ""

    async def _made(self) -> str:
        """Make the session; return what is wrong where that may pass by itself.

        Raises:
            TuiAideError: it cannot be made; trying again would not help.
        """
        async with self._making:
            if self._stopping.is_set():
                return ""
            order = await asyncio.to_thread(order_of, self._run, self.cell, self._tokens, self._served)
            if silent := await _silent(order.base_urls, order.api_key_env):
                return f"no model server answers at {silent}"
            await asyncio.to_thread(start_session, order, self._note)
        return ""

    def _note(self, line: str) -> None:
        """Pass warnings of the making on; what was chosen is in session.toml."""
        if line.startswith("warning: "):
            self._say(line.removeprefix("warning: "))

    async def _graded(self) -> None:
        why = await self._grade(self._run, self.cell)
        self._keep(grading="failed" if why else "graded", grading_why=why)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def _end(self, status: str, why: str) -> None:
        self._keep(status=status, why=why, ended=time.time())

    def _keep(self, **changes: object) -> None:
        """Change the state, and write it where the disk takes it; one that does not is told, and the run goes on."""
        self.state = msgspec.structs.replace(self.state, **changes)
        try:
            self._run.write_state(self.cell, self.state)
        except OSError as e:
            self._say(f"{self._run.state_file(self.cell)}: cannot be written: {e.strerror}")


async def _silent(urls: tuple[str, ...], key_variable: str) -> str:
    """Return the first address at which no server answers, empty where all do or none is named.

    Raises:
        UsageError: an address is none.
        ModelError: a server refuses.
    """
    from tui_aide.models.probing import ask

    found = await ask(urls, key_variable) if urls else {}
    return next((url for url in urls if url not in found), "")


def words_of(error: TuiAideError | OSError) -> str:
    """Return an error in a line."""
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or error}"
    return str(error)
