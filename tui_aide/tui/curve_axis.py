"""What the curve may be drawn over: nodes, the time at work, or tokens; and the scores that are known of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from tui_aide.errors import TuiAideError
from tui_aide.tree.node import Direction, Node
from tui_aide.tui.figures import count, duration

if TYPE_CHECKING:
    from tui_aide.tree.solution_tree import SolutionTree

Axis = Literal["nodes", "time", "tokens"]
AXES: tuple[Axis, ...] = get_args(Axis)


class Reference(NamedTuple):
    """A score that is known of the task, and what reached it."""

    name: str
    value: float


def places(tree: SolutionTree, axis: Axis) -> dict[int, float]:
    """Return where each node that is done stands: its number, the search's seconds or its tokens when it was done."""
    if axis == "nodes":
        return {n.id: float(n.id) for n in tree.nodes.values() if n.done}
    done = sorted((n for n in tree.nodes.values() if n.done), key=lambda n: n.phase_since)
    if axis == "time":
        return _times(done)
    found: dict[int, float] = {}
    tokens = 0
    for node in done:
        tokens += node.tokens.total
        found[node.id] = float(tokens)
    return found


def _times(done: list[Node]) -> dict[int, float]:
    """Return when each was done, in seconds; time in which nothing was under way does not count."""
    steps = sorted([(n.created, 0, n.id) for n in done] + [(n.phase_since, 1, n.id) for n in done])
    found: dict[int, float] = {}
    now, before, under_way = 0.0, 0.0, 0
    for at, ends, node in steps:
        if under_way:
            now += at - before
        before = at
        under_way += -1 if ends else 1
        if ends:
            found[node] = now
    return found


def place_text(axis: Axis, value: float) -> str:
    """Return a place on the axis in words."""
    if axis == "time":
        return duration(value)
    return count(value) if axis == "tokens" else f"#{value:.0f}"


def references(source: str, metric: str, direction: Direction) -> tuple[Reference, ...]:
    """Return the scores that are known of a task, all of them on the rows of test.csv, whose labels nobody sees.

    With a leaderboard these are what its medals ask for, and its median; else what reference solutions of a bundled
    task score.

    Args:
        source: the name of a bundled task or the path of a task folder, as the search was asked for it.
        metric: the search's metric.
        direction: the metric's.
    """
    from tui_aide.tasks.bundled.catalogue import BUNDLED
    from tui_aide.tasks.leaderboard import leaderboard_of

    bundled = BUNDLED.get(source)
    if bundled is not None and bundled.metric != metric:
        return ()
    try:
        board = leaderboard_of(source, direction)
    except TuiAideError:
        board = None  # whoever grades tells what is wrong with it
    if board is not None:
        limits = board.thresholds
        return tuple(Reference(name, getattr(limits, name)) for name in ("gold", "silver", "bronze", "median"))
    if bundled is None:
        return ()
    return tuple(Reference(name, getattr(bundled.references, name)) for name in bundled.references.__struct_fields__)
