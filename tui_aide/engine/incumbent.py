"""When a node becomes the best, and which of the best is handed in at the end."""

from __future__ import annotations

from collections.abc import Sequence

from tui_aide.tasks.jackknife import paired_gain
from tui_aide.tasks.task import ScoreReport
from tui_aide.tree import events as ev
from tui_aide.tree.node import Direction, Score


def challenge(
    direction: Direction,
    node: int,
    report: ScoreReport,
    incumbent: int | None,
    incumbent_report: ScoreReport | None,
) -> ev.IncumbentChanged | ev.ChallengerRejected | None:
    """Decide whether a valid node replaces the incumbent: only if better by more than one standard error.

    A score that a script reported of itself, as imported ones are, is not compared with one that was measured: the
    measured one is the best, whatever the other says.

    Returns:
        The event to record; None where the node is no better at all.
    """
    score = Score(report.value, report.se, report.source)
    if incumbent is None:
        return ev.IncumbentChanged(
            node=node, score=score, previous=None, gain=None, gain_se=None, reason="the first valid node"
        )
    assert incumbent_report is not None
    if (report.source == "reported") != (incumbent_report.source == "reported"):
        if report.source == "reported":
            return None
        reason = f"the first whose score was measured; that of #{incumbent} is its script's own word"
        return ev.IncumbentChanged(node=node, score=score, previous=incumbent, gain=None, gain_se=None, reason=reason)
    gain, se = paired_gain(direction, report, incumbent_report)
    if gain <= 0:
        return None
    if se is not None and gain <= se:
        return ev.ChallengerRejected(
            node=node,
            incumbent=incumbent,
            gain=gain,
            gain_se=se,
            reason=f"better than #{incumbent} by {gain:.5g}, which is within one standard error ({se:.5g})",
        )
    error = f"one standard error of {se:.5g}" if se is not None else "nothing (no standard error)"
    return ev.IncumbentChanged(
        node=node,
        score=score,
        previous=incumbent,
        gain=gain,
        gain_se=se,
        reason=f"better than #{incumbent} by {gain:.5g}, more than {error}",
    )


def choose(
    direction: Direction, nodes: Sequence[int], search: Sequence[float], selection: Sequence[float], looks: int = 0
) -> ev.SelectionMade:
    """Choose among the top nodes by the selection part of the hidden rows.

    Args:
        direction: of the metric.
        nodes: the candidates, best search score first; at least one.
        search: their scores on the search part.
        selection: their scores on the selection part.
        looks: how often the selection part was looked at before, by earlier ends of this search.
    """
    sign = 1.0 if direction == "max" else -1.0
    best = min(range(len(nodes)), key=lambda i: (-sign * selection[i], i))
    gap = sign * (search[best] - selection[best])
    reason = (
        f"#{nodes[best]} has the best score of {len(nodes)} on the selection part, {selection[best]:.5g}; "
        f"on the search part it had {search[best]:.5g}, {abs(gap):.3g} {'better' if gap > 0 else 'worse'}"
    )
    if looks:
        reason += f" (these rows were looked at {looks} time{'s' if looks > 1 else ''} before)"
    candidates = tuple(
        ev.Candidate(node=n, search=a, selection=b) for n, a, b in zip(nodes, search, selection, strict=True)
    )
    return ev.SelectionMade(candidates=candidates, node=nodes[best], gap=gap, reason=reason)
