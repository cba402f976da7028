"""The best of a search: who holds the place, what is published, and the choice at the end."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec

from tui_aide.engine.evaluation import Scorer
from tui_aide.engine.incumbent import challenge, choose
from tui_aide.engine.store import Store
from tui_aide.tasks.task import ScoreReport
from tui_aide.tree import events as ev
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree

CANDIDATES = 5
"""How many of the best nodes stand for the final selection."""


class Best:
    """Keeps the incumbent's report for paired comparisons, and the published solution in step with the journal.

    The event comes first, the published files after: what a death leaves undone between the two, `recover` does.
    """

    def __init__(self, tree: SolutionTree, store: Store, scorer: Scorer, emit: Callable[[ev.Event], object]) -> None:
        self._tree = tree
        self._store = store
        self._scorer = scorer
        self._emit = emit
        self._report: ScoreReport | None = None

    def recover(self) -> None:
        """Take up from a journal that may have ended anywhere: judge whom it left unjudged, publish what it says."""
        tree = self._tree
        if tree.incumbent is not None:
            self._report = self._read(tree.nodes[tree.incumbent])
        for node in sorted(tree.nodes.values(), key=lambda n: n.phase_since):
            if node.valid and node.id != tree.incumbent and node.phase_since >= tree.incumbent_since:
                self.judge(node.id, self._read(node), again=True)
        if tree.selected is not None:
            self._store.publish(tree.selected)

    def judge(self, node: int, report: ScoreReport, again: bool = False) -> None:
        """Let a valid node challenge the incumbent; a rejection is not told `again`."""
        event = challenge(self._tree.direction, node, report, self._tree.incumbent, self._report)
        if event is None or (again and isinstance(event, ev.ChallengerRejected)):
            return
        self._emit(event)
        if isinstance(event, ev.IncumbentChanged):
            self._report = report
            self._store.publish(node)

    async def select(self) -> None:
        """Look at the selection part of the hidden rows, and choose among the best nodes."""
        tree = self._tree
        top = [n for n in tree.ranked(CANDIDATES) if n.score is not None and n.score.source == "holdout"]
        if not top:
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
        self._store.publish(event.node)

    def _read(self, node: Node) -> ScoreReport:
        """Return a node's report; without its file, what the journal has of it, which cannot be paired."""
        assert node.score is not None
        try:
            return msgspec.json.decode(self._store.read(node.id, "score.json"), type=ScoreReport)
        except msgspec.DecodeError:
            return ScoreReport(node.score.value, node.score.se, (), 0, node.score.source)
