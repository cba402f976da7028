"""The ensemble at the end of a search: a blend of the best nodes, kept where it is better than the selected one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from tui_aide.engine.final_scorer import FinalScorer
from tui_aide.engine.store import Store
from tui_aide.errors import TuiAideError
from tui_aide.tasks.final_reports import EnsembleReport
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree

CANDIDATES = 10
"""How many of the best nodes may be blended."""

BLEND = "ensemble.csv"
"""The blend's submission in the store's final folder."""


async def make_ensemble(
    tree: SolutionTree, store: Store, scorer: FinalScorer, emit: Callable[[ev.Event], object], selected: int
) -> None:
    """Have a blend of the best nodes tried, and record what came of it.

    Labels are with the scorer only, so it chooses the weights, on the search part, and judges on the selection part.
    Nothing happens where there is nothing to blend, or where this was done before of the same nodes.

    Args:
        tree: the search, with its selection.
        store: where the nodes lie, and the blend goes.
        scorer: what scores.
        emit: takes the event.
        selected: the selected node.

    Raises:
        SessionError: the place cannot be written.
    """
    nodes = [n.id for n in tree.ranked(CANDIDATES) if n.score is not None and n.score.source == "holdout"]
    before = tree.ensemble
    if len(nodes) < 2 or selected not in nodes:
        return
    if before is not None and (before.candidates, before.selected) == (tuple(nodes), selected):
        return
    folders = [store.node_folder(n) for n in nodes]
    try:
        report = await scorer.ensemble(folders, nodes.index(selected), store.final_folder() / BLEND)
    except TuiAideError as e:  # no node's fault, and the selected one is there to be handed in
        report = EnsembleReport((0.0,) * len(nodes), False, str(e))
    emit(_event(nodes, selected, report))


def _event(nodes: Sequence[int], selected: int, report: EnsembleReport) -> ev.EnsembleMade:
    members = [ev.Member(node, weight) for node, weight in zip(nodes, report.weights, strict=True) if weight > 0]
    members.sort(key=lambda m: (-m.weight, nodes.index(m.node)))
    reason = report.reason
    if members:
        end = "handed in" if report.kept else f"#{selected} is handed in alone"
        reason = f"{in_words(members)}, compared with #{selected}: {report.reason}; {end}"
    return ev.EnsembleMade(
        candidates=tuple(nodes),
        selected=selected,
        members=tuple(members),
        search=report.search,
        selection=report.selection,
        gain=report.gain,
        se=report.se,
        kept=report.kept,
        reason=reason,
        seconds=report.seconds,
    )


def in_words(members: Sequence[ev.Member]) -> str:
    """Return the members of a blend with their shares: `#4 60 %, #7 40 %`."""
    return ", ".join(f"#{m.node} {100 * m.weight:.0f} %" for m in members)


def as_json(event: ev.EnsembleMade) -> str:
    """Return what `best/ensemble.json` holds: members with weights, how they are joined, and the figures."""
    found = {
        "members": [{"node": m.node, "weight": m.weight, "script": f"members/{m.node:04d}.py"} for m in event.members],
        "selected": event.selected,
        "search": event.search,
        "selection": event.selection,
        "gain": event.gain,
        "se": event.se,
        "reason": event.reason,
    }
    return msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"
