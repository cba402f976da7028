"""The last run of the selected script, with the labels of all rows, and when its submission is handed in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from tui_aide.engine.budget import Ledger
from tui_aide.engine.evaluation import RECEIVED, Evaluator
from tui_aide.engine.final_scorer import FinalScorer
from tui_aide.engine.store import Store
from tui_aide.errors import TuiAideError
from tui_aide.tasks.read_only import remove_tree
from tui_aide.tasks.sealed import REFIT
from tui_aide.tree import events as ev
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree

REFITTED = "refit.csv"
"""The submission of the run with all labels in the store's final folder; its log is in the folder beside it."""

_MORE = 1.5
"""How many times the seconds of the node's own run must be left: there are more rows to learn from."""


class Elsewhere:
    """Tells when the engine has something better to do than to refit: it was stopped, or the search goes on.

    Args:
        wake: set whenever there may be something.
        wanted: why the refit must end, in words, or an empty string.
    """

    def __init__(self, wake: asyncio.Event, wanted: Callable[[], str]) -> None:
        self._wake = wake
        self.wanted = wanted

    async def wait(self) -> str:
        """Wait until the refit must end, and return why."""
        while not (why := self.wanted()):
            self._wake.clear()
            await self._wake.wait()
        return why


class Refit:
    """Runs the selected node's script with all labels, in the same slots and under the same limits as the search.

    Whatever goes wrong changes nothing: the node's own submission stays. The wall clock of the budget is for the
    search; this comes after it, and takes about as long as the node did.
    """

    def __init__(
        self,
        tree: SolutionTree,
        store: Store,
        evaluator: Evaluator,
        scorer: FinalScorer | None,
        emit: Callable[[ev.Event], object],
        ledger: Ledger,
        elsewhere: Elsewhere,
    ) -> None:
        self._tree = tree
        self._store = store
        self._evaluator = evaluator
        self._scorer = scorer
        self._emit = emit
        self._ledger = ledger
        self._elsewhere = elsewhere

    def clear(self) -> None:
        """Remove what a run with all labels works on and in, also of a death in the middle of one.

        What a script keeps of the labels must be out of the reach of scripts that are scored after it.
        """
        for folder in (self._folder() / "work", self._folder() / RECEIVED, self._evaluator.private / REFIT):
            remove_tree(folder, ignore_errors=True)

    async def run(self, node: Node) -> None:
        """Refit a node, and record what came of it; nothing happens where no labels are to be won, or it was done.

        One that was stopped, or for which there was no time, is tried again when the search is resumed.

        Raises:
            SessionError: the place cannot be written.
        """
        before, scorer = self._tree.refit, self._scorer
        if (
            scorer is None
            or self._elsewhere.wanted()
            or (before is not None and before.outcome not in ("stopped", "skipped"))
        ):
            return
        try:
            source = await scorer.refit_input()
            event = None if source is None else await self._interruptibly(node, source, scorer)
        except (TuiAideError, OSError) as e:
            event = _ended(node, "failed", str(e))
        finally:
            await asyncio.to_thread(self.clear)
        if event is not None:
            self._ledger.execution_seconds += event.seconds
            self._emit(event)

    async def _interruptibly(self, node: Node, source: Path, scorer: FinalScorer) -> ev.Refitted:
        left, needed = self._ledger.execution_left(), _MORE * node.execution_seconds
        if left is not None and left < needed:
            why = f"it may take {needed:.0f} s, and {left:.0f} s of the budget of execution are left"
            return _ended(node, "skipped", why)
        self._emit(ev.RefitStarted(node=node.id))
        started = time.monotonic()
        running = asyncio.create_task(self._execute(node, source, scorer, left))
        waiting = asyncio.create_task(self._elsewhere.wait())
        try:
            await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (running, waiting):
                task.cancel()
            await asyncio.gather(running, waiting, return_exceptions=True)
        if running.cancelled():
            return _ended(node, "stopped", f"it was ended: {waiting.result()}", time.monotonic() - started)
        return running.result()

    async def _execute(self, node: Node, source: Path, scorer: FinalScorer, left: float | None) -> ev.Refitted:
        folder = self._folder()
        await asyncio.to_thread(remove_tree, folder, ignore_errors=True)
        folder.mkdir(parents=True)
        run = await self._evaluator.run_once(folder, source, self._store.read(node.id, "solution.py"), left)
        if run.failure:
            return _ended(node, "failed", run.failure, run.seconds)
        goal = self._store.final_folder() / REFITTED
        try:
            report = await scorer.refit(run.submission, self._store.node_folder(node.id), goal)
        except TuiAideError as e:
            return _ended(node, "failed", str(e), run.seconds)
        return ev.Refitted(
            node=node.id,
            kept=report.kept,
            outcome="kept" if report.kept else "disagrees",
            agreement=report.agreement,
            least=report.least,
            seconds=run.seconds,
            reason=report.reason,
        )

    def _folder(self) -> Path:
        return self._store.final_folder() / REFIT


def _ended(node: Node, outcome: ev.RefitOutcome, reason: str, seconds: float = 0.0) -> ev.Refitted:
    """Return the event of a run that brought nothing."""
    return ev.Refitted(
        node=node.id,
        kept=False,
        outcome=outcome,
        agreement=None,
        least=None,
        seconds=seconds,
        reason=reason[:1000],
    )
