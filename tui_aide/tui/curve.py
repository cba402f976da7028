"""The best-so-far curve as rows of line-drawing signs: nodes on x, the metric on y."""

from __future__ import annotations

from collections.abc import Sequence

from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.documents import Span
from tui_aide.tui.figures import number
from tui_aide.tui.glyphs import ASCII, GLYPHS
from tui_aide.tui.plain_text import fit_right

Row = Sequence[Span]


def curve_rows(tree: SolutionTree, width: int, height: int) -> list[Row]:
    """Draw the steps of the best score over the nodes, each valid node as a dot, buggy ones as x on the axis.

    Args:
        tree: the search.
        width: cells to draw in.
        height: rows to draw in, the axis included.
    """
    points = _points(tree)
    if not points:
        return [[("No valid node yet.", "muted")]]
    label = 9
    columns, lines = width - label - 2, height - 2
    if columns < 8 or lines < 2:
        return []
    low, high = _window([v for _, v in points], [v for _, v in _steps(tree, points)])
    last = max(tree.nodes)
    cells: list[list[Span]] = [[(" ", "")] * columns for _ in range(lines)]

    def column(node: int) -> int:
        return round(node / max(1, last) * (columns - 1))

    def line(value: float) -> int:
        return min(lines - 1, max(0, round((high - value) / (high - low) * (lines - 1))))

    for node, value in points:
        if low <= value <= high:
            cells[line(value)][column(node)] = (GLYPHS.dot, "muted")
    _draw_steps(cells, [(column(n), line(v)) for n, v in _steps(tree, points)], columns)
    rows: list[Row] = []
    for y, row in enumerate(cells):
        mark = y in (0, lines - 1) or (lines > 6 and y == lines // 2)
        value = high - (high - low) * y / (lines - 1)
        rows.append([(fit_right(number(value), label - 1) + " " if mark else " " * label, "muted"),
                     ("┤" if mark and GLYPHS is not ASCII else GLYPHS.down, "faint"), *row])  # fmt: skip
    axis = [(GLYPHS.across, "faint")] * columns
    for done in tree.nodes.values():
        if done.buggy:
            axis[column(done.id)] = ("x" if GLYPHS is ASCII else "×", "bad")
    rows.append([(" " * label + ("└" if GLYPHS is not ASCII else "+"), "faint"), *axis])
    ids = [" "] * columns
    for part in range(5):
        node = round(last * part / 4)
        text = f"#{node}"
        at = min(columns - len(text), max(0, column(node) - len(text) // 2))
        if all(c == " " for c in ids[max(0, at - 1) : at + len(text) + 1]):
            ids[at : at + len(text)] = text
    rows.append([(" " * (label + 1), ""), ("".join(ids), "muted")])
    return rows


def _points(tree: SolutionTree) -> list[tuple[int, float]]:
    return [(n.id, n.score.value) for n in tree.nodes.values() if n.valid and n.score]


def _steps(tree: SolutionTree, points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return (node, value) at each change of the incumbent, in the order of nodes."""
    steps: list[tuple[int, float]] = []
    for _, node, value in tree.curve:
        if steps and node < steps[-1][0]:
            node = steps[-1][0]
        steps.append((node, value))
    return steps or points[:1]


def _window(values: list[float], steps: list[float]) -> tuple[float, float]:
    """Return the y range: all steps, and of the other nodes what lies within half the steps' span around them."""
    low, high = min(steps), max(steps)
    ordered = sorted(values)
    reach = max((high - low) * 0.5, (ordered[len(ordered) * 3 // 4] - ordered[len(ordered) // 4]) * 0.5)
    low = min([low, *(v for v in values if low - reach <= v <= high + reach)])
    high = max([high, *(v for v in values if low - reach <= v <= high + reach)])
    if high <= low:
        pad = abs(high) * 0.01 or 0.01
        return low - pad, high + pad
    return low, high


def _draw_steps(cells: list[list[Span]], steps: list[tuple[int, int]], columns: int) -> None:
    plain = GLYPHS is ASCII
    for index, (x, y) in enumerate(steps):
        end = steps[index + 1][0] if index + 1 < len(steps) else columns - 1
        for column in range(x + (index > 0), end):
            cells[y][column] = (GLYPHS.across, "best")
        if index + 1 < len(steps):
            to = steps[index + 1][1]
            if to == y:
                cells[y][end] = (GLYPHS.across, "best")
                continue
            up = to < y
            for between in range(min(y, to) + 1, max(y, to)):
                cells[between][end] = (GLYPHS.down, "best")
            cells[y][end] = ("+" if plain else "╯" if up else "╮", "best")
            cells[to][end] = ("+" if plain else "╭" if up else "╰", "best")
    x, y = steps[-1]
    cells[y][x] = (GLYPHS.best, "best")
