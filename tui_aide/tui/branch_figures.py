"""What the branches of the tree come to: how their best score rose, and what is hidden in a folded one."""

from __future__ import annotations

import time

import msgspec

from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree

_SLICE_SECONDS = 0.01
_STEPS = 32
"""So many steps of a branch are kept at most; beyond them every second one is forgotten, but the first and the last."""


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
        self._due: list[Node] = []
        self._seen = 0
        self._finished = -1
        self.low = self.high = 0.0

    @property
    def behind(self) -> bool:
        """Whether nodes that are done were left for the next call."""
        return bool(self._due)

    def take(self, tree: SolutionTree, seconds: float = _SLICE_SECONDS) -> bool:
        """Take over the nodes that were done since the last call, for about so many seconds; return whether any were.

        Of a tree that is long known the first call leaves most for the calls after it.
        """
        if tree is not self._tree:
            self._tree, self._courses, self._open, self._due, self._seen, self._finished = tree, {}, set(), [], 0, -1
        if tree.finished_count == self._finished and len(tree.nodes) == self._seen and not self._due:
            return False
        if tree.finished_count != self._finished or len(tree.nodes) != self._seen:
            self._notice(tree)
        until = time.perf_counter() + seconds
        taken = len(self._due)
        while self._due and time.perf_counter() < until:
            node = self._due.pop()
            if node.valid and node.score is not None:
                self._rise(tree, node.id, node.score.value)
        return taken > 0

    def _notice(self, tree: SolutionTree) -> None:
        """Note which nodes were done, and between which values scores are told apart."""
        self._open.update(range(self._seen, len(tree.nodes)))
        self._seen, self._finished = len(tree.nodes), tree.finished_count
        done = [n for i in self._open if (n := tree.nodes[i]).done]
        self._open.difference_update(n.id for n in done)
        done.sort(key=lambda n: n.phase_since)
        self._due = done[::-1] + self._due  # the earliest last: it is taken first
        if count := tree.ranked_count:
            self.high, self.low = tree.ranked_value(0), tree.ranked_value(min(count - 1, count * 3 // 5))

    def _rise(self, tree: SolutionTree, number: int, value: float) -> None:
        nodes, courses, smaller = tree.nodes, self._courses, tree.direction == "min"
        while True:
            course = courses.get(number)
            if course is None:
                courses[number] = [value]
            elif value < course[-1] if smaller else value > course[-1]:
                course.append(value)
                if len(course) > _STEPS:
                    del course[1:-1:2]
            else:
                return  # nor is it the best of any branch above
            parents = nodes[number].parents
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
