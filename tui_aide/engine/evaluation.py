"""Running a node's script on every fold and scoring what it wrote: from code to verdict."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from tui_aide.engine.failing import check_room, failure_of
from tui_aide.engine.gpu import GpuGate, OpenGate
from tui_aide.engine.script_gpus import ScriptGpus
from tui_aide.engine.slots import Slots
from tui_aide.engine.store import Store
from tui_aide.engine.strategies.strategy import Result
from tui_aide.errors import SessionError
from tui_aide.execution.executor import Execution, Executor, Outcome, Usage
from tui_aide.execution.watch import folder_size
from tui_aide.models.chat import Limits
from tui_aide.tasks.input_fingerprint import changed_inputs, input_fingerprint
from tui_aide.tasks.invalid_submission import InvalidSubmission
from tui_aide.tasks.linked import linked_places
from tui_aide.tasks.read_only import remove_tree
from tui_aide.tasks.received import most_bytes, receive
from tui_aide.tasks.task import Prepared, ScoreReport
from tui_aide.tree import events as ev

RECEIVED = "received"
"""The folder below a node's for the copies of its submissions; it is gone when they are scored."""

_KEEP_BYTES = 20_000_000
_KEEP_FILES = 2_000
_SPOOL_TAIL = 20_000
_PROBE_SECONDS = 120.0


class Scorer(Protocol):
    """What scores submissions; `tasks.scoring_service` does it in a process of its own."""

    async def score(self, node_folder: Path, submissions: Sequence[Path], output: Path | None) -> ScoreReport:
        """Check and score a node's submissions, one file a fold, on the search part of the hidden rows.

        Raises:
            InvalidSubmission: the files are not what the task asks for.
        """
        ...

    async def select(self, node_folders: Sequence[Path]) -> list[float]:
        """Return each node's metric on the selection part."""
        ...


class Run(msgspec.Struct, frozen=True):
    """A script's run outside the search: where its submission is, its seconds, and why it failed, if it did."""

    submission: Path
    seconds: float
    failure: str = ""


class Evaluator:
    """Executes scripts in the task's input folders and has their submissions scored.

    Attributes:
        scorer: what scores.
        limits: what one run of a script may use.
        gate: who may use the GPU when; samples pass it, too.
    """

    def __init__(
        self,
        *,
        executor: Executor,
        scorer: Scorer,
        prepared: Prepared,
        store: Store,
        limits: Limits,
        slots: int,
        gate: GpuGate | None = None,
        gpus: ScriptGpus | None = None,
        free_memory: Callable[[], int] | None = None,
    ) -> None:
        """Set up the slots.

        Args:
            executor: where scripts run.
            scorer: what scores.
            prepared: the task's inputs.
            store: where nodes' files are kept.
            limits: what one run of a script may use.
            slots: scripts at once at most.
            gate: who may use the GPU when; by default everybody.
            gpus: those of the scripts.
            free_memory: tells the bytes that are free where scripts run; None where fewer at once would not help.
        """
        self.scorer = scorer
        self.limits = limits
        self.gate = gate or OpenGate()
        self._gpus = gpus or ScriptGpus()
        self._executor = executor
        self._prepared = prepared
        self._store = store
        self._slots, self._slot_count = Slots(slots, free_memory), slots
        self._running: list[tuple[int, int, Execution]] = []
        self._fingerprint = input_fingerprint(prepared.inputs)

    async def evaluate(
        self,
        node: int,
        code: str,
        emit: Callable[[ev.Event], object],
        on_usage: Callable[[Usage], None],
        seconds_left: Callable[[], float | None],
        place: str = "",
    ) -> Result:
        """Run the node's script on each fold, in one slot, and score its predictions.

        Args:
            node: its id.
            place: the folder below the node's where all of it is kept, such as `candidates/2/`; empty is its own.
            code: the script.
            emit: takes the events of what happens.
            on_usage: takes what the running script uses, some times a second.
            seconds_left: what the execution budget leaves, asked before each run; None is no limit.

        Raises:
            ExecutionError: no process could be started.
            SessionError: a script changed the input files that all share, or the disk is full.
        """
        folder = self._store.node_folder(node, place)
        output = folder / "output.log"
        inputs = self._prepared.inputs
        submissions: list[Path] = []
        async with self.gate.training(), self._slots.take() as slot:
            for fold, source in enumerate(inputs):
                left = seconds_left()
                if left is not None and left <= 0:
                    return Result("cancelled", "the budget of execution time ended")
                work = folder / "work" / f"fold-{fold}" if len(inputs) > 1 else folder / "work"
                await asyncio.to_thread(_lay_out, work, source, code)
                if len(inputs) > 1:
                    _say(output, f"--- fold {fold + 1} of {len(inputs)} ---")
                started = ev.ExecutionStarted(
                    node=node,
                    slot=slot,
                    threads=self.limits.threads,
                    fold=fold,
                    folds=len(inputs),
                    candidate=_candidate(place),
                )
                execution = self._execution(work, source, output, left, slot)
                outcome = await self._told(started, execution, folder, emit, on_usage)
                if outcome.reason == "lost":
                    _say(output, f"--- {outcome.message}; it runs once more ---")
                    await asyncio.to_thread(_lay_out, work, source, code)
                    outcome = await self._told(started, execution, folder, emit, on_usage)
                tail = self._store.read(node, f"{place}output.log", tail=_SPOOL_TAIL) if outcome.returncode != 0 else ""
                failed = self._meddled(node) or failure_of(
                    outcome, tail, cut=left is not None and left < self.limits.seconds
                )
                if failed:
                    await asyncio.to_thread(_tidy, folder)
                    check_room(folder, failed)
                    return failed
                received = folder / RECEIVED / f"fold-{fold}" / "submission.csv"
                try:
                    submissions.append(await self._receive(work, received))
                except InvalidSubmission as e:
                    await asyncio.to_thread(_tidy, folder)
                    return Result("invalid_submission", f"fold {fold}: {e}" if len(inputs) > 1 else str(e))
        try:
            report = await self.scorer.score(folder, submissions, output)
        except InvalidSubmission as e:
            return Result("invalid_submission", str(e))
        finally:
            await asyncio.to_thread(_tidy, folder)
        self._store.write(
            node, f"{place}score.json", msgspec.json.format(msgspec.json.encode(report), indent=1).decode()
        )
        return Result("valid", "; ".join(report.notes), report)

    async def probe(
        self,
        node: int,
        code: str,
        emit: Callable[[ev.Event], object],
        on_usage: Callable[[Usage], None],
        seconds_left: Callable[[], float | None],
        place: str,
    ) -> Result | None:
        """Run a script that is no solution on the first fold, in one slot; return how it failed, or None.

        It gets two minutes at most. The arguments and errors are those of `evaluate`.
        """
        folder = self._store.node_folder(node, place)
        async with self.gate.training(), self._slots.take() as slot:
            left = seconds_left()
            if left is not None and left <= 0:
                return Result("cancelled", "the budget of execution time ended")
            left = _PROBE_SECONDS if left is None else min(left, _PROBE_SECONDS)
            work = folder / "work"
            source = self._prepared.inputs[0]
            await asyncio.to_thread(_lay_out, work, source, code)
            started = ev.ExecutionStarted(
                node=node, slot=slot, threads=self.limits.threads, candidate=_candidate(place)
            )
            execution = self._execution(work, source, folder / "output.log", left, slot)
            outcome = await self._told(started, execution, folder, emit, on_usage)
        failed = self._meddled(node) or failure_of(outcome, "", cut=False)
        await asyncio.to_thread(_tidy, folder)
        return failed

    async def _told(
        self,
        started: ev.ExecutionStarted,
        execution: Execution,
        folder: Path,
        emit: Callable[[ev.Event], object],
        on_usage: Callable[[Usage], None],
    ) -> Outcome:
        """Run a script that is laid out, and tell of its start and end; `folder` is tidied where it is stopped."""
        emit(started)
        running = (started.node, started.candidate, execution)
        self._running.append(running)
        try:
            outcome = await self._executor.run(execution, on_usage)
        except asyncio.CancelledError:
            asyncio.get_running_loop().run_in_executor(None, _tidy, folder)  # nobody waits for it
            raise
        finally:
            self._running.remove(running)
        self._slots.note_peak(outcome.peak_memory)
        emit(
            ev.ExecutionFinished(
                node=started.node,
                reason=outcome.reason,
                returncode=outcome.returncode,
                seconds=outcome.seconds,
                peak_memory=outcome.peak_memory,
                fold=started.fold,
                candidate=started.candidate,
                cpu_seconds=outcome.cpu_seconds,
                output=outcome.output,
                disk=outcome.disk,
                gpu_memory=outcome.gpu_memory,
            )
        )
        return outcome

    def share_out(self, slots: int, threads: int, memory: int | None) -> None:
        """Run so many scripts at once from now on; each that starts then may use so many threads and bytes."""
        self._slots.resize(slots)
        self._slot_count = slots
        self.limits = msgspec.structs.replace(self.limits, threads=threads, memory=memory)

    def kill(self, node: int, candidate: int | None = None) -> int:
        """Have the scripts of a node, or of one of its candidates, that run now end as killed; return how many."""
        running = [e for owner, number, e in self._running if owner == node and candidate in (None, number)]
        for execution in running:
            self._executor.kill(execution)
        return len(running)

    @property
    def private(self) -> Path:
        """Where what no script may see lies."""
        return self._prepared.private

    async def run_once(self, folder: Path, source: Path, code: str, left: float | None) -> Run:
        """Run a script on other inputs than the search's, in one slot and under the same limits; nothing is scored.

        Args:
            folder: where its work folder and `output.log` go.
            source: the input folder.
            code: the script.
            left: seconds that the execution budget leaves; None is no limit.

        Raises:
            ExecutionError: no process could be started.
        """
        work, output = folder / "work", folder / "output.log"
        async with self.gate.training(), self._slots.take() as slot:
            await asyncio.to_thread(_lay_out, work, source, code)
            outcome = await self._executor.run(self._execution(work, source, output, left, slot), lambda _: None)
        tail = ""
        if outcome.returncode != 0 and output.is_file():
            tail = output.read_text("utf-8", "replace")[-_SPOOL_TAIL:]
        failed = failure_of(outcome, tail, cut=left is not None and left < self.limits.seconds)
        submission = folder / RECEIVED / "submission.csv"
        if failed is None:
            try:
                await self._receive(work, submission)
            except InvalidSubmission as e:
                failed = Result("invalid_submission", str(e))
        return Run(submission, outcome.seconds, f"{failed.verdict}: {failed.message}" if failed else "")

    async def _receive(self, work: Path, goal: Path) -> Path:
        """Copy what a script left as its submission to where no script can write; that copy is scored and kept."""
        view = self._prepared.view
        return await asyncio.to_thread(receive, work, goal, most_bytes(view), view.test_rows)

    def _meddled(self, node: int) -> Result | None:
        """Return a verdict if a script wrote into the files that all share; only a superuser's can by accident.

        What was added is removed again; a changed or missing file ends the search.

        Raises:
            SessionError: no score from here on would be honest.
        """
        changed = changed_inputs(self._fingerprint, input_fingerprint(self._prepared.inputs))
        if not changed:
            return None
        folder = self._prepared.inputs[0].parent if len(self._prepared.inputs) > 1 else self._prepared.inputs[0]
        for name in changed:
            if name in self._fingerprint:
                raise SessionError(
                    f"{folder / name}: the script of #{node}, or one beside it, changed it; this session's scores "
                    "are not to be trusted from here on, so start a new one"
                )
            if (folder / name).is_dir():  # of a link only the link is removed
                remove_tree(folder / name)
            else:
                (folder / name).unlink(missing_ok=True)
        return Result("suspect", f"the script wrote into ./input: {', '.join(changed[:5])}")

    def _execution(self, work: Path, source: Path, output: Path, left: float | None, slot: int) -> Execution:
        seconds = self.limits.seconds if left is None else min(self.limits.seconds, left)
        return Execution(
            folder=work,
            output=output,
            inputs=(source, *linked_places(source)),
            seconds=seconds,
            memory=self.limits.memory,
            threads=self.limits.threads,
            disk=self.limits.disk,
            network=self.limits.network,
            gpus=self._gpus.of_slot(slot, self._slot_count),
            gpu_fraction=self._gpus.fraction,
        )


def _candidate(place: str) -> int:
    """Return the candidate whose folder a place is, or lies below."""
    match = re.match(r"candidates/(\d+)/", place)
    return int(match[1]) if match else 0


def _lay_out(work: Path, source: Path, code: str) -> None:
    """Make a fresh work folder: the script, `input` as a relative link, and AIDE's `working` folder."""
    if os.path.lexists(work):
        remove_tree(work)
    (work / "working").mkdir(parents=True)
    (work / "solution.py").write_text(code, encoding="utf-8")
    (work / "input").symlink_to(os.path.relpath(source, work), target_is_directory=True)


def _say(output: Path, line: str) -> None:
    with output.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def _tidy(folder: Path) -> None:
    """Drop the copy of the submission, and the work folder when it is large; a few small files of a script stay."""
    remove_tree(folder / RECEIVED, ignore_errors=True)
    work = folder / "work"
    size, files = folder_size(work, _KEEP_FILES + 1) if not work.is_symlink() else (0, 0)
    if size > _KEEP_BYTES or files > _KEEP_FILES or work.is_symlink():
        remove_tree(work, ignore_errors=True)
