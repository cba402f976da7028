"""The workbench of one node: what its candidates share, and what the node costs."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable
from functools import partial
from pathlib import Path

import msgspec

from tui_aide.engine.budget import Ledger
from tui_aide.engine.evaluation import Evaluator
from tui_aide.engine.live import LiveNode
from tui_aide.engine.meter import ExecutionMeter, Run
from tui_aide.engine.sampler import Sampler
from tui_aide.engine.slots import Slots
from tui_aide.engine.store import Store
from tui_aide.engine.strategies.strategy import Result
from tui_aide.engine.told_output import told_output
from tui_aide.errors import SessionError
from tui_aide.execution.executor import Usage
from tui_aide.models.chat import ChatModel, Proposal, Sampling
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens

CANDIDATES = "candidates"
"""The folder below a node's where candidates have theirs."""

_PROBE_LETTERS = 6_000


class Workbench:
    """What the desks of a node's candidates stand on.

    Attributes:
        node: the node's id.
        execution_seconds: what the scripts of all candidates took.
        peak_memory: the most that one of them had, in bytes.
        forked: whether there are several candidates, or one that the journal tells of as such.
    """

    def __init__(
        self,
        *,
        proposal: Proposal,
        seed: int,
        model: ChatModel,
        streams: Slots,
        evaluator: Evaluator,
        store: Store,
        emit: Callable[[ev.Event], object],
        live: LiveNode,
        ledger: Ledger,
        meter: ExecutionMeter,
        sampling: Sampling | None = None,
        session: str = "search",
    ) -> None:
        self.proposal = proposal
        self.node = proposal.number
        self.seed = seed
        self.store = store
        self.emit = emit
        self.sampling = sampling or Sampling()
        self.session = session
        self.execution_seconds = 0.0
        self.peak_memory = 0
        self.forked = False
        self.sampler = Sampler(
            model=model,
            streams=streams,
            gate=evaluator.gate,
            store=store,
            emit=emit,
            live=live,
            ledger=ledger,
        )
        self._evaluator = evaluator
        self._live = live
        self._meter = meter
        self._candidates = 0

    @property
    def tokens(self) -> Tokens:
        """What all samples have cost."""
        return self.sampler.tokens

    @property
    def model_seconds(self) -> float:
        """What all samples took."""
        return self.sampler.seconds

    def next_candidate(self) -> int:
        """Return the number of one more candidate; 0 is there from the beginning."""
        self._candidates += 1
        return self._candidates

    def begin_anew(self) -> None:
        """Tell the journal that the candidates so far are void: the node is made again, from its own place."""
        if self.forked:
            void = [ev.Standing(number, "void: the model was lost") for number in range(1, self._candidates + 1)]
            reason = "made again from the beginning, since the model was lost"
            self.emit(ev.CandidateChosen(node=self.node, chosen=0, by="anew", reason=reason, standings=tuple(void)))

    async def execute(self, code: str, candidate: int, place: str) -> Result:
        """Run and score a candidate's script, in its own place."""
        result = Result("cancelled", "the budget of execution time ended")
        async with self._metered(candidate) as watch:
            usage = partial(self._usage, candidate)
            result = await self._evaluator.evaluate(self.node, code, watch, usage, self._meter.left, place)
        return result

    async def probe(self, code: str, candidate: int, place: str) -> str:
        """Run a script that is not scored, in a place of its own; return the end of its output."""
        async with self._metered(candidate) as watch:
            usage = partial(self._usage, candidate)
            await self._evaluator.probe(self.node, code, watch, usage, self._meter.left, place)
        return told_output(self.store, self.node, f"{place}output.log", _PROBE_LETTERS)

    @contextlib.asynccontextmanager
    async def _metered(self, candidate: int) -> AsyncGenerator[Callable[[ev.Event], None], None]:
        """Count what runs within against the execution budget, which ends it silently; gives who is told the events."""
        run = Run(self._meter)
        try:
            async with run.limit:
                yield self._watch(run, candidate)
        except TimeoutError:
            if not run.limit.expired():
                raise
        finally:
            self._live.script_ended(candidate)
            self._stopped(run, candidate)

    def swap(self, folder: str) -> None:
        """Move the node's own files to candidate 0's folder, and the files of `folder` to the node's own."""
        own = self.store.node_folder(self.node)
        for path in list(own.iterdir()):
            if path.name != CANDIDATES:
                self.store.rename(self.node, path.name, f"{CANDIDATES}/0/{path.name}")
        for path in list(self.store.node_folder(self.node, folder).iterdir()):
            self.store.rename(self.node, f"{folder}{path.name}", path.name)
        for place in (own, own / CANDIDATES / "0"):
            for work in (place / "work", *place.glob("work/fold-*"), place / "probe" / "work"):
                _mend_link(work / "input")

    def _stopped(self, run: Run, candidate: int) -> None:
        """Count what a script took that was stopped: nobody else tells."""
        seconds = run.end()
        if not seconds:
            return
        self.execution_seconds += seconds
        stopped = ev.ExecutionFinished(
            node=self.node,
            reason="cancelled",
            returncode=None,
            seconds=seconds,
            peak_memory=0,
            fold=run.fold,
            candidate=candidate,
        )
        with contextlib.suppress(SessionError):  # a full disk may be why it is stopped
            self.emit(stopped)

    def _watch(self, run: Run, candidate: int) -> Callable[[ev.Event], None]:
        def watch(event: ev.Event) -> None:
            if isinstance(event, ev.ExecutionStarted):
                run.begin(event.fold)
                event = _of(event, candidate)
            elif isinstance(event, ev.ExecutionFinished):
                self.execution_seconds += run.end(event.seconds)
                self.peak_memory = max(self.peak_memory, event.peak_memory)
                self._live.script_ended(candidate)
                event = _of(event, candidate)
            self.emit(event)

        return watch

    def _usage(self, candidate: int, now: Usage) -> None:
        self._live.script_uses(candidate, now, self._evaluator.limits.seconds)


def _of(event: ev.ExecutionStarted | ev.ExecutionFinished, candidate: int) -> ev.Event:
    return msgspec.structs.replace(event, candidate=candidate)


def _mend_link(link: Path) -> None:
    """Let a relative link that was moved up or down by two folders lead where it did."""
    if not link.is_symlink() or link.exists():
        return
    goal = link.readlink()
    for moved in (Path(*goal.parts[2:]), Path("..", "..", goal)):
        if (link.parent / moved).exists():
            link.unlink()
            link.symlink_to(moved, target_is_directory=True)
            return
