"""The worth of nodes: their scores on one scale from 0 to 1, whatever the metric."""

from __future__ import annotations

from tui_aide.tree.solution_tree import SolutionTree

FLOOR = 0.25
"""Worth of the worst valid node: a script that runs is worth more than one that does not."""


class Worth:
    """Worth of each node that is done, by its id; cancelled nodes and those in flight have none.

    A failed node is worth 0. The valid ones lie between `FLOOR` and 1 for the best, evenly in score, in the metric's
    good direction. Scores below Tukey's lower fence (1.5 interquartile ranges below the quartile; Exploratory Data
    Analysis, 1977) count as the fence, so that one bad outlier does not make all others look alike. Where scores were
    measured, nodes whose scripts only reported one are known to run, and no more: they are worth `FLOOR`.

    Attributes:
        of: worth by id, 0..1.
        flat: whether the valid nodes, if any, all have the same score, so that only validity tells nodes apart.
    """

    def __init__(self, tree: SolutionTree) -> None:
        sign = -1.0 if tree.direction == "min" else 1.0
        scored = [(node, node.score) for node in tree.ranked() if node.score]
        measured = [(node, score) for node, score in scored if score.source != "reported"]
        ranked = [(sign * score.value, node.id) for node, score in measured or scored]
        best, low = (ranked[0][0], _lower_end([gain for gain, _ in ranked])) if ranked else (0.0, 0.0)
        span = best - low
        self.flat = span <= 0
        self.of = {node.id: 0.0 for node in tree.nodes.values() if node.buggy}
        self.of.update((node.id, FLOOR) for node, _ in scored)
        for gain, node in ranked:
            share = 1.0 if self.flat else max(0.0, (gain - low) / span)
            self.of[node] = FLOOR + (1.0 - FLOOR) * share


def _lower_end(gains: list[float]) -> float:
    """Return the worst gain, or the lower fence where that is higher; `gains` from best to worst."""
    upper, lower = gains[len(gains) // 4], gains[(3 * len(gains)) // 4]
    fence = lower - 1.5 * (upper - lower)
    return max(gains[-1], fence) if fence < gains[0] else gains[-1]
