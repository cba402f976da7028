"""What the branches of the tree come to: how their best score rose, and what is hidden in a folded one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from heapq import merge

import msgspec

from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree

_SLICE_SECONDS = 0.01
_STEPS = 32
"""So many steps of a branch are kept at most; beyond them every second one is forgotten, but the first and the last."""
_MANY = 500
"""From so many nodes on that are done at once, branches are merged from their ends up, not climbed node by node."""
_CHUNK = 64

Step = tuple[float, int, float]
"""When a node was done, its number, and its score."""


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
        self._begin(None)
        self.low = self.high = 0.0

    def _begin(self, tree: SolutionTree | None) -> None:
        self._tree = tree
        self._courses: dict[int, list[float]] = {}
        self._open: set[int] = set()
        self._due: list[Node] = []
        self._merging: Iterator[None] | None = None
        self._seen = 0
        self._finished = -1

    @property
    def behind(self) -> bool:
        """Whether nodes that are done were left for the next call."""
        return bool(self._due) or self._merging is not None

    def take(self, tree: SolutionTree, seconds: float = _SLICE_SECONDS) -> bool:
        """Take over the nodes that were done since the last call, for about so many seconds.

        Of a tree that is long known the first calls leave most for those after them.

        Returns:
            Whether courses are others than before.
        """
        if tree is not self._tree:
            self._begin(tree)
        until = time.perf_counter() + seconds
        if self._merging is not None:
            for _ in self._merging:
                if time.perf_counter() > until:
                    return False
            self._merging = None
            return True
        if tree.finished_count == self._finished and len(tree.nodes) == self._seen and not self._due:
            return False
        if tree.finished_count != self._finished or len(tree.nodes) != self._seen:
            self._notice(tree)
        if not self._courses and len(self._due) >= _MANY:
            self._merging, self._due = self._merge(tree, [n.id for n in self._due]), []
            return self.take(tree, seconds)
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

    def _merge(self, tree: SolutionTree, due: list[int]) -> Iterator[None]:
        """Make the courses of all branches, each from those below it; it stops now and then, for others.

        In a tree whose every node is the best so far, climbing from each takes its depth, this its 32 steps.
        """
        smaller, known = tree.direction == "min", set(due)
        below: dict[int, list[list[Step]]] = {}
        courses: dict[int, list[float]] = {}
        for count, number in enumerate(range(max(due), -1, -1)):  # children come after their parents
            node = tree.nodes[number]
            parts = below.pop(number, [])
            if number in known and node.valid and node.score is not None:
                parts.append([(node.phase_since, number, node.score.value)])
            if parts:
                steps = _rising(parts, smaller=smaller)
                courses[number] = [value for _, _, value in steps]
                if node.parents:
                    below.setdefault(node.parents[0], []).append(steps)
            if count % _CHUNK == 0:
                yield
        self._courses = courses

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


def _rising(parts: list[list[Step]], *, smaller: bool) -> list[Step]:
    """Return the steps by which the best of several courses rose."""
    steps: list[Step] = []
    for step in merge(*parts) if len(parts) > 1 else parts[0]:
        if not steps or (step[2] < steps[-1][2] if smaller else step[2] > steps[-1][2]):
            steps.append(step)
            if len(steps) > _STEPS:
                del steps[1:-1:2]
    return steps
