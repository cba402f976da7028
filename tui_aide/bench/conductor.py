"""The conductor: runs a bench's cells, so many at once, and goes on whatever becomes of one of them."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Literal

import msgspec

from tui_aide.bench import telling
from tui_aide.bench.cell import Cell, reference_of
from tui_aide.bench.cell_run import PAUSE_SECONDS, CellRun, Grade, words_of
from tui_aide.bench.grading_process import grade_apart
from tui_aide.bench.model_server import ModelServer, serves
from tui_aide.bench.ordering import Served
from tui_aide.bench.run_folder import CellState, RunFolder
from tui_aide.bench.run_lock import RunLock
from tui_aide.bench.runner_process import look
from tui_aide.errors import SessionError, TuiAideError

Tell = Callable[[telling.Told], None]


class Conductor:
    """Brings a run from where it stands to its end.

    Args:
        run: its folder.
        tell: is told what happens.
        retry_failed: whether failed cells are tried again.
        grade: grades a cell.
        pause: seconds before a cell is first gone on with whose runner died.
    """

    def __init__(
        self,
        run: RunFolder,
        tell: Tell,
        *,
        retry_failed: bool = False,
        grade: Grade = grade_apart,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._run, self._tell = run, tell
        self._retry_failed, self._grade, self._pause = retry_failed, grade, pause
        self._states: dict[Cell, CellState] = {}
        self._running: dict[asyncio.Task[CellState], CellRun] = {}
        self._stopping = asyncio.Event()
        self._making = asyncio.Lock()

    def stop(self) -> None:
        """Begin no further cell, and stop those that run; `run` returns when they are."""
        self._stopping.set()

    def kill(self) -> None:
        """End all runners at once; they are gone on with later."""
        self._stopping.set()
        for cell_run in self._running.values():
            cell_run.kill()

    async def run(self) -> telling.Ended:
        """Run all cells that are left, and return how the run stands.

        Raises:
            SessionError: another conductor has this run, or its folder cannot be used.
            UsageError: its suite cannot be used.
        """
        lock = RunLock(self._run)
        try:
            cells = self._run.cells
            self._states = {cell: self._run.state(cell) for cell in cells}
            done = sum(s.status == "done" for s in self._states.values())
            self._tell(telling.Began(run=self._run.name, path=str(self._run.path), cells=len(cells), done=done))
            for served, group in groupby(self._left(cells), key=self._server_of):
                together = list(group)
                await (self._at_own_server(served, together) if served else self._all(together, None))
        finally:
            await self._end_all()
            lock.release()
        ended = telling.ended_of(self._run, self._states.values())
        self._tell(ended)
        return ended

    def _left(self, cells: Iterable[Cell]) -> list[Cell]:
        """Return the cells that are to be run, or only graded, in their order."""
        again = ("failed",) if self._retry_failed else ()
        left = ("waiting", "running", "stopped", *again)
        return [
            cell
            for cell in cells
            if (state := self._states[cell]).status in left or (state.status == "done" and state.grading != "graded")
        ]

    def _server_of(self, cell: Cell) -> str:
        """Return the model that the bench must serve for a cell; empty where it need not."""
        return cell.model if serves(self._run.suite, cell.model) else ""

    async def _at_own_server(self, model: str, cells: list[Cell]) -> None:
        searched = [c for c in cells if self._states[c].status == "done"]
        await self._all(searched, None)  # only graded: no server is needed for that
        cells = [c for c in cells if c not in searched]
        if not cells or self._stopping.is_set():
            return
        server = ModelServer(self._run, model, self._remark)
        halting = [asyncio.create_task(event.wait()) for event in (self._stopping, server.lost)]
        try:
            served = await self._begun(server)
            if served is not None:
                await self._all(cells, served, halting)
            for cell in cells:
                if server.lost.is_set() and self._states[cell].status in ("waiting", "stopped"):
                    self._fail(cell, f"the server of {model} ended: {server.why}")
        except (TuiAideError, OSError) as e:
            for cell in cells:
                self._fail(cell, words_of(e))
        finally:
            for task in halting:
                task.cancel()
            await asyncio.gather(*halting, return_exceptions=True)
            await server.aclose()

    async def _begun(self, server: ModelServer) -> Served | None:
        """Start a server; None where the run was stopped while it loaded.

        Raises:
            UsageError: it cannot be served here.
            ServerFailedError: it did not start.
        """
        starting = asyncio.create_task(server.start())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
            return starting.result() if starting.done() else None
        finally:
            starting.cancel()
            stopping.cancel()
            await asyncio.gather(starting, stopping, return_exceptions=True)

    async def _all(
        self, cells: list[Cell], served: Served | None, halting: Sequence[asyncio.Task[Literal[True]]] = ()
    ) -> None:
        """Run some cells, so many at once as the suite says.

        When one of `halting` ends, as when their server is lost, they are stopped and no further one is begun.
        """
        waiting = deque(cells)
        halt = asyncio.Event() if halting else self._stopping
        for task in halting:
            task.add_done_callback(lambda _: halt.set())
        while not halt.is_set():
            while len(self._running) < self._run.suite.run.parallel and (cell := self._next(waiting)):
                await self._start(cell, served, halt)
            if not self._running:
                break
            await self._one_ends()
        while self._running:
            await self._one_ends()

    def _next(self, waiting: deque[Cell]) -> Cell | None:
        """Take out the first cell that can begin; those whose reference failed are failed on the way."""
        for cell in tuple(waiting):
            reference = reference_of(self._run.suite, cell)
            status = self._states[reference].status if reference is not None else "done"
            if status == "done" or self._states[cell].tokens or self._states[cell].status == "done":
                waiting.remove(cell)
                return cell
            if status == "failed":
                assert reference is not None
                waiting.remove(cell)
                self._fail(cell, f"its budget is the tokens of {reference.id}, which failed")
        return None

    async def _start(self, cell: Cell, served: Served | None, halt: asyncio.Event) -> None:
        state = self._states[cell]
        cell_run = CellRun(
            self._run,
            cell,
            tokens=await self._reference_tokens(cell),
            served=served,
            stopping=halt,
            making=self._making,
            grade=self._grade,
            say=lambda text: self._remark(text, cell),
            pause=self._pause,
        )
        if state.status != "done":
            self._tell(telling.CellBegan(cell=cell.id, words=cell.words, attempt=state.attempts + 1))
        self._running[asyncio.create_task(cell_run.run())] = cell_run

    async def _reference_tokens(self, cell: Cell) -> int | None:
        """Return what the reference cell took, where that is this one's budget."""
        reference = reference_of(self._run.suite, cell)
        if reference is None or self._states[cell].tokens:
            return None
        try:
            tokens = (await asyncio.to_thread(look, self._run.session(reference))).tokens
        except SessionError as e:
            self._remark(f"what {reference.id} took cannot be told ({e}): the same number of nodes instead", cell)
            return None
        if not tokens:
            self._remark(f"{reference.id} took no tokens: the same number of nodes instead", cell)
        return tokens or None

    async def _one_ends(self) -> None:
        ended, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            cell_run = self._running.pop(task)
            self._note(cell_run, task.result())

    def _note(self, cell_run: CellRun, state: CellState) -> None:
        self._states[cell_run.cell] = state
        search = cell_run.search
        self._tell_end(cell_run.cell, nodes=search.nodes, best=search.best, metric=search.metric, tokens=search.tokens)

    def _fail(self, cell: Cell, why: str) -> None:
        """Keep that a cell cannot be run."""
        state = msgspec.structs.replace(self._states[cell], status="failed", why=why, ended=time.time())
        self._states[cell] = state
        try:
            self._run.write_state(cell, state)
        except OSError as e:
            self._remark(f"{self._run.state_file(cell)}: cannot be written: {e.strerror}", cell)
        self._tell_end(cell)

    def _tell_end(self, cell: Cell, **figures: object) -> None:
        state = self._states[cell]
        seconds = state.ended - state.started if state.ended and state.started else 0.0
        told = telling.CellEnded(
            cell=cell.id,
            words=cell.words,
            status=state.status,
            why=state.why,
            seconds=round(seconds, 1),
            grading=state.grading,
            grading_why=state.grading_why,
            ended=sum(s.status in ("done", "failed") for s in self._states.values()),
            cells=len(self._states),
        )
        self._tell(msgspec.structs.replace(told, **figures))

    def _remark(self, text: str, cell: Cell | None = None) -> None:
        self._tell(telling.Remark(text=text, cell=cell.id if cell is not None else ""))

    async def _end_all(self) -> None:
        """Leave no task behind, whatever ended the run; runners outlive it."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
