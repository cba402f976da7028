"""Scoring and preparing in a process of their own, so that the engine's loop never waits and loads no data library."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from tui_aide.errors import SessionError, TuiAideError
from tui_aide.tasks.final_reports import EnsembleReport, RefitReport
from tui_aide.tasks.invalid_submission import ScoringFailed
from tui_aide.tasks.scoring_messages import (
    EnsembleRequest,
    PrepareRequest,
    RefitInputRequest,
    RefitRequest,
    Request,
    Response,
    ScoreRequest,
    SelectRequest,
    unpack_error,
)
from tui_aide.tasks.sealed import load_prepared
from tui_aide.tasks.task import Prepared, ScoreReport

LIMIT_SECONDS = 900.0
"""How long one request may take: a user's metric may never end."""

_LINE_BYTES = 1 << 24


class ScoringService:
    """A session's scorer behind an async interface; `Scorer` has the same methods in this process.

    `start` returns at once while the worker still imports; the first request waits for it. A worker that dies is
    restarted, and the request that it died of is tried once more.

    Args:
        session_folder: the session's folder, prepared.
        limit_seconds: how long one request may take.
    """

    def __init__(self, session_folder: Path, limit_seconds: float = LIMIT_SECONDS) -> None:
        self._session_folder = session_folder
        self._limit = limit_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._errors: IO[bytes] | None = None
        self._lock = asyncio.Lock()
        self._last_id = 0
        self._decoder = msgspec.json.Decoder(Response)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def start(self) -> None:
        """Start the worker; it gets ready in the background."""
        async with self._lock:
            if self._process is None:
                await self._spawn()

    async def score(self, node_folder: Path, submissions: Sequence[Path], output: Path | None = None) -> ScoreReport:
        """Score a node on the search part; see `Scorer.score`.

        Raises:
            InvalidSubmission: a submission fails the check.
            ScoringFailed: the user's metric or grading command failed, the worker died twice, or time was up.
            TaskError: the user's metric cannot be imported any more, or the grading command is gone.
            SessionError: the session cannot be read or written, or the worker cannot be started.
        """
        paths = tuple(str(path) for path in submissions)
        request = ScoreRequest(self._next_id(), str(node_folder), paths, None if output is None else str(output))
        response = await self._request(request)
        if response.report is None:
            raise ScoringFailed("The scoring process answered without a score; this is a bug.")
        return response.report

    async def select(self, node_folders: Sequence[Path]) -> list[float]:
        """Return each node's metric on the selection part, nan where it is not defined; see `Scorer.select`.

        Raises:
            ScoringFailed: the worker died twice, or time was up.
            SessionError: a node's predictions are missing or damaged.
        """
        response = await self._request(SelectRequest(self._next_id(), tuple(str(path) for path in node_folders)))
        return [math.nan if value is None else value for value in response.values]

    async def ensemble(self, node_folders: Sequence[Path], selected: int, goal: Path) -> EnsembleReport:
        """Blend nodes, and write the blend's submission where it beats the selected node; see `Scorer.ensemble`.

        Raises:
            ScoringFailed: the worker died twice, or time was up.
            SessionError: a node's predictions are missing or damaged, or the submission cannot be written.
        """
        folders = tuple(str(path) for path in node_folders)
        response = await self._request(EnsembleRequest(self._next_id(), folders, selected, str(goal)))
        if response.ensemble is None:
            raise ScoringFailed("The scoring process answered without an ensemble; this is a bug.")
        return response.ensemble

    async def refit_input(self) -> Path | None:
        """Write the input folder of a run with all labels; see `refit_input.write_refit_input`.

        Raises:
            ScoringFailed: the worker died twice, or time was up.
            SessionError: the session's files are damaged, or there is no room.
        """
        response = await self._request(RefitInputRequest(self._next_id()))
        return None if response.folder is None else Path(response.folder)

    async def refit(self, submission: Path, node_folder: Path, goal: Path) -> RefitReport:
        """Compare a submission from a run with all labels with the node's; see `Scorer.refit`.

        Raises:
            InvalidSubmission: it fails the check.
            ScoringFailed: the worker died twice, or time was up.
            SessionError: the node's predictions are missing or damaged, or the submission cannot be written.
        """
        paths = [str(path) for path in (submission, node_folder, goal)]
        response = await self._request(RefitRequest(self._next_id(), *paths))
        if response.refit is None:
            raise ScoringFailed("The scoring process answered without a comparison; this is a bug.")
        return response.refit

    async def prepare(self, task_folder: Path, seed: int) -> Prepared:
        """Load a task folder and prepare the session; see `preparing.prepare`."""
        await self._request(PrepareRequest(self._next_id(), str(task_folder), seed))
        return load_prepared(self._session_folder)

    async def aclose(self) -> None:
        """End the worker."""
        async with self._lock:
            await self._end()

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    async def _spawn(self) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the worker
        command = [
            sys.executable,
            "-P",
            "-m",
            "tui_aide.tasks.scoring_worker",
            str(self._session_folder),
            str(os.getpid()),
        ]
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=self._errors,
                limit=_LINE_BYTES,
                # one thread: scoring must not take cores from training scripts
                env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            )
        except OSError as error:
            raise SessionError(f"The scoring process cannot be started: {error.strerror}.") from error

    async def _request(self, request: Request) -> Response:
        failed: type[TuiAideError] = SessionError if isinstance(request, PrepareRequest) else ScoringFailed
        name = "Preparing" if isinstance(request, PrepareRequest) else "Scoring"
        async with self._lock:
            for _ in range(2):
                if self._process is None:
                    await self._spawn()
                try:
                    async with asyncio.timeout(self._limit):
                        response = await self._exchange(request)
                except TimeoutError as error:
                    await self._end(kill=True)
                    raise failed(f"{name} took more than {self._limit:g} s and was ended.") from error
                if response is not None:
                    break
                death = await self._bury()
            else:
                raise failed(f"The scoring process died twice {death}.")
        if response.failure is not None:
            raise unpack_error(response.failure)
        return response

    async def _exchange(self, request: Request) -> Response | None:
        """Send a request and return its answer; None where the worker died."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(msgspec.json.encode(request) + b"\n")
            await process.stdin.drain()
            while line := await process.stdout.readline():
                response = self._decoder.decode(line)
                if response.id == request.id:  # others answer requests that were cancelled
                    return response
        except (BrokenPipeError, ConnectionResetError):
            return None
        return None

    async def _bury(self) -> str:
        """Clean up after a dead worker; return how it died, in words."""
        process, errors = self._process, self._errors
        assert process is not None
        code = await process.wait()
        last = ""
        if errors is not None:
            errors.seek(max(0, errors.seek(0, os.SEEK_END) - 2000))
            lines = errors.read().decode(errors="replace").strip().splitlines()
            last = f": {lines[-1][:300]}" if lines else ""
        await self._end()
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return f"({how}){last}"

    async def _end(self, kill: bool = False) -> None:
        process, self._process = self._process, None
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            if kill and process.returncode is None:
                process.kill()
            try:
                await asyncio.wait_for(process.wait(), 5)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if self._errors is not None:
            self._errors.close()
            self._errors = None


async def prepare_apart(task_folder: Path, session_folder: Path, seed: int) -> Prepared:
    """Load and prepare a task in a process of its own, which takes seconds for large tables.

    Raises:
        TaskError: the task cannot be loaded or split.
        SessionError: the session folder cannot be written.
    """
    async with ScoringService(session_folder, limit_seconds=24 * 3600.0) as service:
        return await service.prepare(task_folder, seed)
