"""The best of a search: who holds the place, what is published, and the choice at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec

from tui_aide.engine.budget import Ledger
from tui_aide.engine.ensemble import BLEND, as_json, make_ensemble
from tui_aide.engine.evaluation import Evaluator
from tui_aide.engine.final_scorer import FinalScorer
from tui_aide.engine.incumbent import challenge, choose
from tui_aide.engine.refit import REFITTED, Elsewhere, Refit
from tui_aide.engine.store import HandedIn, Store
from tui_aide.tasks.task import ScoreReport
from tui_aide.tree import events as ev
from tui_aide.tree.node import Node, Score
from tui_aide.tree.solution_tree import SolutionTree

CANDIDATES = 5
"""How many of the best nodes stand for the final selection."""


class Ending(msgspec.Struct, frozen=True):
    """What is tried when the search has ended: a blend of the best nodes, and a run with the labels of all rows."""

    ensemble: bool = True
    refit: bool = True


class Best:
    """Keeps the incumbent's report for paired comparisons, and the published solution in step with the journal.

    The event comes first, the published files after: what a death leaves undone between the two, `recover` does.
    """

    def __init__(
        self,
        tree: SolutionTree,
        store: Store,
        evaluator: Evaluator,
        emit: Callable[[ev.Event], object],
        ending: Ending,
        ledger: Ledger,
        elsewhere: Elsewhere,
    ) -> None:
        self._tree = tree
        self._store = store
        self._scorer = evaluator.scorer
        self._emit = emit
        self._ending = ending
        self._ledger = ledger
        self._final = evaluator.scorer if isinstance(evaluator.scorer, FinalScorer) else None
        self._refit = Refit(tree, store, evaluator, self._final, emit, ledger, elsewhere)
        self._report: ScoreReport | None = None

    def recover(self) -> None:
        """Take up from a journal that may have ended anywhere: judge whom it left unjudged, publish what it says."""
        tree = self._tree
        self._refit.clear()
        self._ledger.execution_seconds += tree.refit_seconds
        if tree.incumbent is not None:
            self._report = self._read(tree.nodes[tree.incumbent])
        for node in self._in_order():
            if node.id != tree.incumbent and node.phase_since >= tree.incumbent_since:
                self.judge(node.id, self._read(node), again=True)
        if tree.unsettled:
            self.settle("what the search stood at when it ended")
        self._publish()

    def settle(self, reason: str) -> None:
        """Judge all valid nodes anew, in the order in which they were done: some came or went by the user's word.

        The report of a node that is no better by its score alone is not read: of thousands of nodes, few are.
        """
        tree = self._tree
        best: ev.IncumbentChanged | None = None
        report: ScoreReport | None = None
        for node in self._in_order():
            if best is not None and not self._may_replace(node, best.score):
                continue
            own = self._read(node)
            event = challenge(tree.direction, node.id, own, best.node if best else None, report)
            if isinstance(event, ev.IncumbentChanged):
                best, report = event, own
        self._report = report
        if best is not None and best.node != tree.incumbent:
            previous = tree.incumbent
            self._emit(
                msgspec.structs.replace(
                    best, previous=previous, gain=None, gain_se=None, reason=f"the best now: {reason}"
                )
            )
        if best is None:
            self._store.withdraw()
        else:
            self._publish()

    def _may_replace(self, node: Node, best: Score) -> bool:
        """Whether a valid node's score is better than the best one, or cannot be compared with it."""
        assert node.score is not None
        apart = (node.score.source == "reported") != (best.source == "reported")
        return apart or self._tree.better(node.score.value, best.value)

    def _in_order(self) -> list[Node]:
        """Return the valid nodes that count, in the order in which they were done."""
        counting = (n for n in self._tree.nodes.values() if n.valid and not n.pruned)
        return sorted(counting, key=lambda n: n.phase_since)

    def judge(self, node: int, report: ScoreReport, again: bool = False) -> None:
        """Let a valid node challenge the incumbent; a rejection is not told `again`."""
        if self._tree.nodes[node].pruned:
            return
        event = challenge(self._tree.direction, node, report, self._tree.incumbent, self._report)
        if event is None or (again and isinstance(event, ev.ChallengerRejected)):
            return
        self._emit(event)
        if isinstance(event, ev.IncumbentChanged):
            self._report = report
            self._publish()

    async def select(self) -> None:
        """Choose among the best nodes on the selection part of the hidden rows; then blend, or refit the chosen one.

        What was done before of the same nodes is not done again. A blend that is kept is handed in as it is: a refit
        of all its members would take as long as they all did.
        """
        await self._choose()
        tree = self._tree
        if tree.selection is None:
            return
        if self._ending.ensemble and self._final is not None:
            await make_ensemble(tree, self._store, self._final, self._emit, tree.selection.node)
            self._publish()
        if self._ending.refit and not (tree.ensemble and tree.ensemble.kept):
            await self._refit.run(tree.nodes[tree.selection.node])
            self._publish()

    async def _choose(self) -> None:
        tree = self._tree
        top = [n for n in tree.ranked(CANDIDATES) if n.score is not None and n.score.source == "holdout"]
        if not top or self._chosen_among([n.id for n in top]):
            return
        selection = await self._scorer.select([self._store.node_folder(n.id) for n in top])
        rows = [(n.id, n.score.value, s) for n, s in zip(top, selection, strict=True) if n.score and math.isfinite(s)]
        if not rows:
            message = "the metric is not defined on the selection part, so the incumbent stays the best"
            self._emit(ev.Notice(level="warning", message=message))
            return
        nodes, search, values = zip(*rows, strict=True)
        event = choose(tree.direction, nodes, search, values, tree.selections)
        self._emit(event)
        self._publish()

    def _chosen_among(self, nodes: Sequence[int]) -> bool:
        """Whether the selection part was looked at for these very nodes, and nothing has become of that look since."""
        before = self._tree.selection
        return before is not None and [c.node for c in before.candidates] == list(nodes)

    def _publish(self) -> None:
        """Publish what the journal says is the best now."""
        tree = self._tree
        if tree.selected is None:
            return
        handed_in = HandedIn()
        if tree.ensemble is not None and tree.ensemble.kept:
            handed_in = HandedIn(BLEND, as_json(tree.ensemble), tuple(m.node for m in tree.ensemble.members))
        elif tree.refit is not None and tree.refit.kept:
            handed_in = HandedIn(REFITTED)
        self._store.publish(tree.selected, handed_in)

    def _read(self, node: Node) -> ScoreReport:
        """Return a node's report; without its file, what the journal has of it, which cannot be paired."""
        assert node.score is not None
        try:
            return msgspec.json.decode(self._store.read(node.id, "score.json"), type=ScoreReport)
        except msgspec.DecodeError:
            return ScoreReport(node.score.value, node.score.se, (), 0, node.score.source)
