"""What the branches of the tree come to: how their best score rose, and what is hidden in a folded one."""

from __future__ import annotations

import msgspec

from tui_aide.tree.solution_tree import SolutionTree


class Sum(msgspec.Struct):
    """The nodes below one: how many, with a score, without, and live; `best` is the best score, of itself too."""

    nodes: int = 0
    good: int = 0
    buggy: int = 0
    live: int = 0
    best: float | None = None


def branch_sums(tree: SolutionTree) -> dict[int, Sum]:
    """Return the sum of each node's branch, in one pass; a merge belongs to its first parent."""
    sums: dict[int, Sum] = {}
    smaller = tree.direction == "min"
    for number in reversed(tree.nodes):  # children come after their parents
        node = tree.nodes[number]
        own = sums.get(number)
        if own is None:
            own = sums[number] = Sum()
        if node.valid and node.score is not None:
            value = node.score.value
            if own.best is None or (value < own.best if smaller else value > own.best):
                own.best = value
        if not node.parents:
            continue
        parent = node.parents[0]
        above = sums.get(parent)
        if above is None:
            above = sums[parent] = Sum()
        above.nodes += own.nodes + 1
        above.good += own.good + node.valid
        above.buggy += own.buggy + node.buggy
        above.live += own.live + (node.verdict is None)
        if own.best is not None and (
            above.best is None or (own.best < above.best if smaller else own.best > above.best)
        ):
            above.best = own.best
    return sums


class BranchCourses:
    """How the best score of each node's branch, itself included, rose as nodes were done; kept up to date.

    Attributes:
        low: the worst value that sparklines tell apart, and `high` the best one.
    """

    def __init__(self) -> None:
        self._tree: SolutionTree | None = None
        self._courses: dict[int, list[float]] = {}
        self._open: set[int] = set()
        self._seen = 0
        self._finished = -1
        self.low = self.high = 0.0

    def take(self, tree: SolutionTree) -> bool:
        """Take over the nodes that were done since the last call; return whether there were any."""
        if tree is not self._tree:
            self._tree, self._courses, self._open, self._seen, self._finished = tree, {}, set(), 0, -1
        if tree.finished_count == self._finished and len(tree.nodes) == self._seen:
            return False
        self._open.update(range(self._seen, len(tree.nodes)))
        self._seen, self._finished = len(tree.nodes), tree.finished_count
        done = sorted((n for i in self._open if (n := tree.nodes[i]).done), key=lambda n: n.phase_since)
        for node in done:
            self._open.discard(node.id)
            if node.valid and node.score is not None:
                self._rise(tree, node.id, node.score.value)
        ranked = tree.ranked()
        scores = [n.score.value for n in ranked if n.score is not None]
        if scores:
            self.high, self.low = scores[0], scores[min(len(scores) - 1, len(scores) * 3 // 5)]
        return bool(done)

    def _rise(self, tree: SolutionTree, number: int, value: float) -> None:
        while True:
            course = self._courses.setdefault(number, [])
            if course and not tree.better(value, course[-1]):
                return  # nor is it the best of any branch above
            course.append(value)
            parents = tree.nodes[number].parents
            if not parents:
                return
            number = parents[0]

    @property
    def differ(self) -> bool:
        """Whether there is anything to tell apart."""
        return self.low != self.high

    def shares(self, node: int, count: int) -> list[float]:
        """Return at most `count` steps of a branch's best, each as a share 0..1 between `low` and `high`."""
        course = self._courses.get(node, [])
        if len(course) > count:
            course = [course[round(i * (len(course) - 1) / (count - 1))] for i in range(count)]
        span = self.high - self.low
        return [min(1.0, max(0.0, (v - self.low) / span)) if span else 0.5 for v in course]
