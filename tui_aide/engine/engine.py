"""The engine: decides what to do next, keeps streams and slots busy, and records every decision as an event."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from tui_aide.engine.budget import Ledger
from tui_aide.engine.evaluation import Evaluator
from tui_aide.engine.incumbent import challenge, choose
from tui_aide.engine.live import LiveNode, Rate
from tui_aide.engine.policies import Choice, Policy
from tui_aide.engine.recall import propose
from tui_aide.engine.store import Store
from tui_aide.engine.strategies import Result, Strategy
from tui_aide.engine.workbench import NodeWorkbench
from tui_aide.errors import ModelError, SessionError, TuiAideError
from tui_aide.models.chat import ChatModel
from tui_aide.tasks.task import ScoreReport, TaskView
from tui_aide.tree import commands as cm
from tui_aide.tree import events as ev
from tui_aide.tree.node import Node, Score
from tui_aide.tree.solution_tree import SolutionTree

CANDIDATES = 5
"""How many of the best nodes stand for the final selection."""

_MODEL_PAUSES = (2.0, 8.0, 30.0)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How much is done side by side. `sequential` makes one node after the other, reproducibly."""

    seed: int = 0
    workers: int = 2
    slots: int = 1
    sequential: bool = False

    @property
    def in_flight(self) -> int:
        """Nodes that may be under way at once.

        One a stream and one a slot keeps both busy whichever is the bottleneck, and lets no more nodes be decided
        on an old view of the tree than that needs.
        """
        return 1 if self.sequential else self.workers + self.slots


class Engine:
    """Runs one search from where its tree stands to the end of its budget, or until it is stopped."""

    def __init__(
        self,
        *,
        tree: SolutionTree,
        store: Store,
        model: ChatModel,
        policy: Policy,
        strategy: Strategy,
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
            strategy: how one node is made.
            evaluator: runs and scores scripts.
            view: what of the task may be told to the model.
            settings: streams, slots, seed.
            on_event: is told each event after it was recorded and folded.
        """
        self.tree = tree
        self._store = store
        self._model = model
        self._policy = policy
        self._strategy = strategy
        self._evaluator = evaluator
        self._view = view
        self._settings = settings
        self._on_event = on_event
        self._ledger = Ledger(tree.budget)
        self._streams = asyncio.Semaphore(settings.workers)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._live: dict[int, LiveNode] = {}
        self._rate = Rate()
        self._wake = asyncio.Event()
        self._asked: deque[tuple[Choice, str, str]] = deque()
        self._restart: deque[int] = deque()
        self._stopping = ""
        self._cancel_now = False
        self._failure: TuiAideError | None = None
        self._incumbent_report: ScoreReport | None = None
        self._written: dict[int, str] = {}
        for node in tree.nodes.values():
            if node.done:
                self._ledger.reserve()
                self._ledger.commit(node.tokens.total, node.execution_seconds)
            else:
                self._restart.append(node.id)

    async def run(self) -> None:
        """Search until the budget is spent, a stop is asked for, or something fails; then select and finish.

        Whatever happens to a part (model lost, disk full), the session ends with a status and a reason, and can be
        resumed.
        """
        await self._load_incumbent()
        try:
            reason = await self._search()
            status = "stopped" if self._stopping else "finished"
            if self._failure is not None:
                status, reason = "failed", str(self._failure)
            await self._select()
        except TuiAideError as e:
            status, reason = "failed", str(e)
        finally:
            await self._cancel_all()
        if status == "stopped":
            self._emit(ev.SessionFinished(status="stopped", reason=reason))
        else:
            self._emit(ev.SessionFinished(status="failed" if status == "failed" else "finished", reason=reason))

    def stop(self, reason: str, *, now: bool = True) -> None:
        """End the search; with `now`, nodes in flight are cancelled and start again on resume."""
        self._stopping = self._stopping or reason
        self._cancel_now = self._cancel_now or now
        self._wake.set()

    def progress(self) -> cm.Progress:
        """Return a snapshot of what runs now."""
        running = []
        for node, live in self._live.items():
            state = self.tree.nodes[node]
            running.append(live.snapshot(state.phase, state.phase_since))
        return cm.Progress(
            running=tuple(running),
            paused=self.tree.paused,
            wall_seconds=self.tree.wall(time.time()),
            execution_seconds=self._ledger.execution_seconds,
            tokens_per_second=sum(r.tokens_per_second for r in running),
        )

    # --- the loop ---

    async def _search(self) -> str:
        while True:
            self._wake.clear()
            exhausted = self._fill()
            left = self._wall_left()
            if left is not None and left <= 0:
                exhausted = self._ledger.exhausted(self.tree.wall(time.time()))
                self._refuse_asked(exhausted)
                await self._cancel_all()
            if self._failure is not None or (self._stopping and self._cancel_now):
                await self._cancel_all()
            if not self._tasks and (exhausted or self._stopping or self._failure is not None):
                return self._stopping or exhausted
            try:
                async with asyncio.timeout(left):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _fill(self) -> str:
        """Start nodes while there is room; return why the budget allows no further one, or an empty string."""
        while not self._stopping and self._failure is None and not self.tree.paused:
            if len(self._tasks) >= self._settings.in_flight:
                return ""
            exhausted = self._ledger.exhausted(self.tree.wall(time.time()))
            if exhausted:
                self._refuse_asked(exhausted)
                return exhausted
            self._ledger.reserve()
            if self._restart:
                self._start_again(self._restart.popleft())
            elif self._asked:
                choice, instruction, code = self._asked.popleft()
                self._start(self._create(choice, instruction, by="user"), code)
            else:
                rng = random.Random(f"{self._settings.seed}/choice/{len(self.tree.nodes)}")
                self._start(self._create(self._policy.choose(self.tree, rng), "", by="policy"))
        return "" if self.tree.paused else self._stopping

    def _create(self, choice: Choice, instruction: str, *, by: str) -> Node:
        number = len(self.tree.nodes)
        self._emit(
            ev.NodeCreated(
                node=number,
                parents=choice.parents,
                operator=choice.operator,
                strategy=self._strategy.spec,
                reason=choice.reason,
                seed=random.Random(f"{self._settings.seed}/node/{number}").getrandbits(31),
                by="user" if by == "user" else "policy",
                instruction=instruction,
            )
        )
        return self.tree.nodes[number]

    def _start_again(self, node: int) -> None:
        if self.tree.nodes[node].operator == "edit":
            self._written[node] = self._store.read(node, "edit.py")
        self._store.clear_node(node)
        self._emit(ev.NodeRestarted(node=node))
        self._start(self.tree.nodes[node], self._written.get(node, ""))

    def _start(self, node: Node, code: str = "") -> None:
        self._live[node.id] = LiveNode(node.id)
        if code:
            self._written[node.id] = code
            self._store.write(node.id, "edit.py", code)
        task = asyncio.create_task(self._make(node), name=f"node {node.id}")
        self._tasks[node.id] = task
        task.add_done_callback(lambda t: self._ended(node.id, t))

    def _ended(self, node: int, task: asyncio.Task[None]) -> None:
        self._tasks.pop(node, None)
        self._live.pop(node, None)
        self._written.pop(node, None)
        if task.cancelled():
            self._ledger.release()
            self._restart.append(node)
        elif error := task.exception():
            self._ledger.release()
            self._restart.append(node)
            if not isinstance(error, TuiAideError):
                error = _unexpected(error)
            self._failure = self._failure or error
        self._wake.set()

    async def _make(self, node: Node) -> None:
        """Bring one node to its verdict and record it."""
        started = time.monotonic()
        proposal = propose(self.tree, self._store, node, self._view, self._evaluator.limits)
        for pause in (*_MODEL_PAUSES, None):
            bench = NodeWorkbench(
                proposal=proposal,
                seed=node.seed,
                model=self._model,
                streams=self._streams,
                evaluator=self._evaluator,
                store=self._store,
                emit=self._emit,
                live=self._live[node.id],
                seconds_left=self._ledger.execution_left,
            )
            try:
                result = await self._result(node, bench)
                break
            except ModelError as e:
                if pause is None:
                    raise
                self._emit(ev.Notice(level="warning", message=f"#{node.id}: {e}; tried again in {pause:.0f} s"))
                await asyncio.sleep(pause)
        report = result.report
        self._ledger.commit(bench.tokens.total, bench.execution_seconds)
        try:
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
        except TuiAideError:
            self._ledger.reserve()  # given back by `_ended`: without its event the node is not done
            raise
        if report is not None and result.verdict == "valid":
            self._challenge(node.id, report)

    async def _result(self, node: Node, bench: NodeWorkbench) -> Result:
        if node.operator == "edit":
            script = bench.accept_written(self._written[node.id], node.parents[0])
            return script if isinstance(script, Result) else await bench.execute(script)
        return await self._strategy.run(bench)

    async def _cancel_all(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _wall_left(self) -> float | None:
        limit = self.tree.budget.wall_seconds
        return None if limit is None else limit - self.tree.wall(time.time())

    # --- the best ---

    def _challenge(self, node: int, report: ScoreReport) -> None:
        event = challenge(self.tree.direction, node, report, self.tree.incumbent, self._incumbent_report)
        if event is None:
            return
        if isinstance(event, ev.IncumbentChanged):
            self._incumbent_report = report
            self._store.publish(node)
        self._emit(event)

    async def _load_incumbent(self) -> None:
        """Read the incumbent's report back, and let nodes challenge that finished just before a death."""
        if self.tree.incumbent is not None:
            self._incumbent_report = self._report(self.tree.incumbent)
        judged = {self.tree.incumbent}
        for node in sorted(self.tree.nodes.values(), key=lambda n: n.id):
            if node.valid and node.id not in judged and self.tree.incumbent is None:
                report = self._report(node.id)
                if report is not None:
                    self._challenge(node.id, report)

    def _report(self, node: int) -> ScoreReport | None:
        try:
            return msgspec.json.decode(self._store.read(node, "score.json"), type=ScoreReport)
        except msgspec.DecodeError:
            return None

    async def _select(self) -> None:
        """Look at the selection part once, and choose among the best nodes."""
        top: Sequence[Node] = self.tree.ranked()[:CANDIDATES]
        top = [n for n in top if n.score is not None and n.score.source == "holdout"]
        if not top:
            return
        folders: list[Path] = [self._store.node_folder(n.id) for n in top]
        selection = await self._evaluator.scorer.select(folders)
        rows = [(n.id, n.score.value, s) for n, s in zip(top, selection, strict=True) if n.score and math.isfinite(s)]
        if not rows:
            message = f"{self._view.metric} is not defined on the selection part, so the incumbent stays the best"
            self._emit(ev.Notice(level="warning", message=message))
            return
        nodes, search, values = zip(*rows, strict=True)
        event = choose(self.tree.direction, nodes, search, values)
        self._store.publish(event.node)
        self._emit(event)

    # --- what steering needs ---

    def ask(self, choice: Choice, instruction: str, code: str) -> str:
        """Queue a node that the user wants; return why it cannot be, or an empty string."""
        refusal = self._stopping or self._ledger.exhausted(self.tree.wall(time.time()))
        if not refusal:
            self._asked.append((choice, instruction, code))
            self._wake.set()
        return refusal

    def set_budget(self, budget: ev.Budget, reason: str) -> None:
        """Replace the limits from now on."""
        self._ledger.budget = budget
        self.record(ev.BudgetChanged(budget=budget, reason=reason))

    def record(self, event: ev.Event) -> None:
        """Record an event that came from outside the loop, and let the loop look again."""
        self._emit(event)
        self._wake.set()

    def _refuse_asked(self, reason: str) -> None:
        while self._asked:
            choice, _, _ = self._asked.popleft()
            what = f"the {choice.operator} of #{choice.parents[0]}"
            self._emit(ev.Notice(level="warning", message=f"{what} was dropped: {reason}"))

    def _emit(self, event: ev.Event) -> ev.Event:
        stamped = self._store.append(event)
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
