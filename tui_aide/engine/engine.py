"""The engine: decides what to do next, keeps streams and slots busy, and records every decision as an event."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Literal

import msgspec

from tui_aide.engine.best import Best, Ending
from tui_aide.engine.budget import Ledger
from tui_aide.engine.evaluation import Evaluator
from tui_aide.engine.in_flight import InFlight
from tui_aide.engine.making import EDIT, NodeMaker
from tui_aide.engine.policies import Choice, Policy
from tui_aide.engine.policies.steered import choose_steered
from tui_aide.engine.refit import Elsewhere
from tui_aide.engine.store import Store
from tui_aide.engine.strategies import Chain, Result
from tui_aide.errors import SessionError, TuiAideError
from tui_aide.models.chat import ChatModel, Sampling
from tui_aide.tasks.task import TaskView
from tui_aide.tree import commands as cm
from tui_aide.tree import events as ev
from tui_aide.tree.node import Node, Score, Tokens
from tui_aide.tree.solution_tree import SolutionTree


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How much is done side by side. `sequential` makes one node after the other, reproducibly.

    `turns`: thinking and training take turns on one GPU. `sampling` tells how completions are drawn; their seeds come
    from the nodes.
    """

    seed: int = 0
    workers: int = 2
    slots: int = 1
    sequential: bool = False
    turns: bool = False
    sampling: Sampling = Sampling()
    ending: Ending = Ending()

    @property
    def in_flight(self) -> int:
        """Nodes that may be under way at once.

        One a stream and one a slot keeps both busy whichever is the bottleneck, and lets no more nodes be decided
        on an old view of the tree than that needs. In turns one a stream does: the few more would stream alone, and
        make each turn as long as two.
        """
        if self.sequential:
            return 1
        return self.workers if self.turns else self.workers + self.slots


class Engine:
    """Runs one search from where its tree stands to the end of its budget, or until it is stopped."""

    def __init__(
        self,
        *,
        tree: SolutionTree,
        store: Store,
        model: ChatModel,
        policy: Policy,
        strategy: Chain,
        evaluator: Evaluator,
        view: TaskView,
        settings: Settings,
        on_event: Callable[[ev.Event], None] | None = None,
    ) -> None:
        """Set up the search.

        Args:
            tree: what was done so far; its first event must have been applied.
            store: where events and files go.
            model: who writes the scripts.
            policy: who chooses what to do next.
            strategy: how one node is made, and `policy` who chooses; both may be replaced while the search runs.
            evaluator: runs and scores scripts.
            view: what of the task may be told to the model.
            settings: streams, slots, seed.
            on_event: is told each event after it was recorded and folded.
        """
        self.tree = tree
        self.store = store
        self.policy = policy
        self.strategy = strategy
        self.evaluator = evaluator
        self.settings = settings
        self._on_event = on_event
        self.ledger = Ledger(tree.budget)
        self.flight = InFlight()
        self._wake = asyncio.Event()
        self.best = Best(tree, store, evaluator, self._emit, settings.ending, self.ledger, self._elsewhere())
        self.stopping = ""
        self._cancel_now = False
        self._failure: TuiAideError | None = None
        self.maker = NodeMaker(
            tree=tree,
            store=store,
            model=model,
            evaluator=evaluator,
            view=view,
            ledger=self.ledger,
            workers=settings.workers,
            sampling=settings.sampling,
            emit=self._emit,
        )
        for node in tree.nodes.values():
            if node.done:
                self.ledger.recall(node.tokens.total, node.execution_seconds)
            else:
                self.flight.waiting.append(node.id)

    async def run(self) -> None:
        """Search until the budget is spent, a stop is asked for, or something fails; then select and finish.

        Whatever happens to a part (model lost, disk full), the session ends with a status and a reason, and can be
        resumed.
        """
        try:
            self.best.recover()
            reason = await self._search()
            while self._failure is None:
                await self.best.select()
                if self.stopping or self.exhausted():
                    break
                reason = await self._search()  # a branch or a larger budget came during the selection
        except TuiAideError as e:
            self._failure = self._failure or e
        except Exception as e:  # noqa: BLE001 - whatever it is, the session must end in words
            self._failure = self._failure or _unexpected(e)
        finally:
            await self.flight.cancel_all()
            await self._close_gate()
        if self._failure is not None:
            self._emit(ev.SessionFinished(status="failed", reason=str(self._failure)))
        else:
            self._emit(ev.SessionFinished(status="stopped" if self.stopping else "finished", reason=reason))

    def stop(self, reason: str, *, now: bool = True) -> None:
        """End the search; with `now`, nodes in flight are cancelled and start again on resume."""
        self.stopping = self.stopping or reason
        self._cancel_now = self._cancel_now or now
        self._wake.set()

    def fail(self, error: TuiAideError) -> None:
        """End the search as failed, for a reason that lies outside the engine, such as a disk that takes no more."""
        self._failure = self._failure or error
        self._wake.set()

    def progress(self) -> cm.Progress:
        """Return a snapshot of what runs now."""
        running = []
        for node, live in self.flight.live.items():
            state = self.tree.nodes[node]
            running.append(live.snapshot(state.phase, state.phase_since))
        return cm.Progress(
            running=tuple(running),
            paused=self.tree.paused,
            wall_seconds=self.tree.wall(time.time()),
            execution_seconds=self.ledger.execution_seconds,
            tokens_per_second=sum(r.tokens_per_second for r in running),
            gpu_for=self.evaluator.gate.held_for,
        )

    # --- the loop ---

    async def _search(self) -> str:
        while True:
            self._wake.clear()
            exhausted = self._fill()
            left = self._wall_left()
            if left is not None and left <= 0:
                exhausted = self.exhausted()
                await self.flight.cancel_all()
            if self._failure is not None or (self.stopping and self._cancel_now):
                await self.flight.cancel_all()
            if not self.flight and (exhausted or self.stopping or self._failure is not None):
                return self.stopping or exhausted
            try:
                async with asyncio.timeout(left):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def exhausted(self) -> str:
        """Return which limit allows no further node, in words, or an empty string."""
        return self.ledger.exhausted(self.tree.wall(time.time()))

    def _fill(self) -> str:
        """Start nodes while there is room; return why the budget allows no further one, or an empty string."""
        while not self.stopping and self._failure is None and not self.tree.paused:
            if len(self.flight) >= self.settings.in_flight:
                return ""
            exhausted = self.exhausted()
            if exhausted:
                return exhausted
            self.ledger.reserve()
            if self.flight.waiting:
                if self.tree.nodes[self.flight.waiting[0]].pruned:  # the runner died before it could say so
                    self.ledger.release()
                    self.finish_idle(self.flight.waiting.popleft(), Result("cancelled", "its branch was pruned"))
                    continue
                self._start_waiting(self.flight.waiting.popleft())
            else:
                rng = random.Random(f"{self.settings.seed}/choice/{len(self.tree.nodes)}")
                choice = choose_steered(self.policy, self.tree, rng)
                self._start(self.create(choice, choice.instruction))
        return "" if self.tree.paused else self.stopping

    def create(self, choice: Choice, instruction: str = "", by: Literal["policy", "user"] = "policy") -> Node:
        """Record a new node that is to be made."""
        number = len(self.tree.nodes)
        self._emit(
            ev.NodeCreated(
                node=number,
                parents=choice.parents,
                operator=choice.operator,
                strategy=self.strategy.spec,
                reason=choice.reason,
                seed=random.Random(f"{self.settings.seed}/node/{number}").getrandbits(31),
                by=by,
                instruction=instruction,
            )
        )
        return self.tree.nodes[number]

    def _start_waiting(self, node: int) -> None:
        """Start a node that the user asked for, or again one that was in flight before."""
        if node in self.flight.fresh:
            self.flight.fresh.discard(node)
        else:
            self.store.clear_node(node, keep=(EDIT,))
            self._emit(ev.NodeRestarted(node=node))
        self._start(self.tree.nodes[node])

    def _start(self, node: Node) -> None:
        self.flight.start(node.id, lambda: self._make(node), lambda task: self._ended(node, task))

    def _ended(self, node: Node, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if not node.done:
            self.ledger.release()
            if end := self.flight.take_end(node.id):  # before it took its first step
                self.finish_idle(node.id, end)
            else:
                self.flight.waiting.append(node.id)
        if error is not None:
            self._failure = self._failure or (error if isinstance(error, TuiAideError) else _unexpected(error))
        self._wake.set()

    async def _make(self, node: Node) -> None:
        """Bring one node to its verdict and record it."""
        started = time.monotonic()
        bench = self.maker.bench(node, self.flight.live[node.id])
        self.flight.work_at(bench)
        try:
            result = await self.maker.make(node, self.strategy, bench)
        except asyncio.CancelledError:
            end = self.flight.take_end(node.id)
            if end is None:
                raise
            result = end
        report = result.report
        self._emit(
            ev.NodeFinished(
                node=node.id,
                verdict=result.verdict,
                message=result.message[:1000],
                score=Score(report.value, report.se, report.source) if report else None,
                tokens=bench.tokens,
                seconds=time.monotonic() - started,
                model_seconds=bench.model_seconds,
                execution_seconds=bench.execution_seconds,
                peak_memory=bench.peak_memory,
            )
        )
        self.ledger.commit(bench.tokens.total, bench.execution_seconds)
        if report is not None and result.verdict == "valid":
            self.best.judge(node.id, report)

    def finish_idle(self, node: int, result: Result) -> None:
        """Record the verdict of a node that was not under way."""
        self._emit(
            ev.NodeFinished(
                node=node,
                verdict=result.verdict,
                message=result.message,
                score=None,
                tokens=Tokens(),
                seconds=0.0,
                model_seconds=0.0,
                execution_seconds=0.0,
            )
        )
        self.ledger.recall(0, 0.0)

    async def _close_gate(self) -> None:
        """End the turns on the GPU, so that no server is left asleep."""
        try:
            await self.evaluator.gate.aclose()
        except TuiAideError as e:
            self._failure = self._failure or e

    def _elsewhere(self) -> Elsewhere:
        return Elsewhere(self._wake, lambda: self.stopping or ("" if self.exhausted() else "the search goes on"))

    def _wall_left(self) -> float | None:
        limit = self.tree.budget.wall_seconds
        return None if limit is None else limit - self.tree.wall(time.time())

    # --- what changes need ---

    def wake(self) -> None:
        """Let the loop look again."""
        self._wake.set()

    def record(self, event: ev.Event) -> None:
        """Record an event that came from outside the loop, and let the loop look again."""
        self._emit(event)
        self._wake.set()

    def _emit(self, event: ev.Event) -> ev.Event:
        stamped = self.store.append(event)
        self.tree.apply(stamped)
        if self._on_event is not None:
            self._on_event(stamped)
        return stamped


def _unexpected(error: BaseException) -> TuiAideError:
    """Wrap an error that no floor below foresaw: the journal says what it was, the session stays resumable."""
    if isinstance(error, OSError):
        wrapped: TuiAideError = SessionError(f"{error.filename or 'a file'}: {error.strerror}; mend that, then resume")
    else:
        wrapped = TuiAideError(f"unexpected {type(error).__name__}: {error}; please report it")
    wrapped.__cause__ = error
    return wrapped
