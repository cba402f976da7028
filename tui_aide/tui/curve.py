"""The best-so-far curve as rows of line-drawing signs: nodes, time or tokens on x, the metric on y."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.curve_axis import Axis, Reference, place_text, places
from tui_aide.tui.documents import Span
from tui_aide.tui.figures import number
from tui_aide.tui.glyphs import ASCII, GLYPHS
from tui_aide.tui.plain_text import fit_right

Row = Sequence[Span]


def curve_rows(
    tree: SolutionTree,
    width: int,
    height: int,
    axis: Axis = "nodes",
    known: Sequence[Reference] = (),
) -> list[Row]:
    """Draw the steps of the best score, each valid node as a dot, buggy ones as x on the axis.

    Args:
        tree: the search.
        width: cells to draw in.
        height: rows to draw in, the axis included.
        axis: what it is drawn over.
        known: scores of the task that are drawn as faint lines, those in reach of the search's own.
    """
    at = places(tree, axis)
    points = [(at[n.id], n.score.value) for n in tree.nodes.values() if n.valid and n.score and n.id in at]
    if not points:
        return [[("No valid node yet.", "muted")]]
    label = 9
    columns, lines = width - label - 2, height - 2
    if columns < 8 or lines < 2:
        return []
    steps = _steps(tree, at) or points[:1]
    low, high = _scale(points, steps, known, upwards=tree.direction == "max")
    last = float(max(tree.nodes)) if axis == "nodes" else max(at.values())
    cells: list[list[Span]] = [[(" ", "")] * columns for _ in range(lines)]

    def column(place: float) -> int:
        return round(place / max(1e-9, last) * (columns - 1))

    def line(value: float) -> int:
        return min(lines - 1, max(0, round((high - value) / (high - low) * (lines - 1))))

    shown = [r for r in known if low <= r.value <= high]
    for reference in shown:
        cells[line(reference.value)] = [(GLYPHS.dashes, "faint")] * columns
    for place, value in points:
        if low <= value <= high:
            cells[line(value)][column(place)] = (GLYPHS.dot, "muted")
    _draw_steps(cells, [(column(p), line(v)) for p, v in steps], columns)
    for row_of in {line(r.value) for r in shown}:
        _name(cells[row_of], ", ".join(r.name for r in shown if line(r.value) == row_of))
    rows: list[Row] = []
    for y, row in enumerate(cells):
        mark = y in (0, lines - 1) or (lines > 6 and y == lines // 2)
        value = high - (high - low) * y / (lines - 1)
        rows.append([(fit_right(number(value), label - 1) + " " if mark else " " * label, "muted"),
                     ("┤" if mark and GLYPHS != ASCII else GLYPHS.down, "faint"), *row])  # fmt: skip
    floor = [(GLYPHS.across, "faint")] * columns
    for done in tree.nodes.values():
        if done.buggy and done.id in at:
            floor[column(at[done.id])] = ("x" if GLYPHS == ASCII else "×", "bad")
    rows.append([(" " * label + ("└" if GLYPHS != ASCII else "+"), "faint"), *floor])
    marks = [" "] * columns
    for part in range(5):
        place = round(last * part / 4) if axis != "time" else last * part / 4
        text = place_text(axis, place)
        start = min(columns - len(text), max(0, column(place) - len(text) // 2))
        if all(c == " " for c in marks[max(0, start - 1) : start + len(text) + 1]):
            marks[start : start + len(text)] = text
    rows.append([(" " * (label + 1), ""), ("".join(marks), "muted")])
    return rows


def in_reach(tree: SolutionTree, axis: Axis, known: Sequence[Reference]) -> bool:
    """Return whether any of the known scores is drawn as a line."""
    at = places(tree, axis)
    points = [(at[n.id], n.score.value) for n in tree.nodes.values() if n.valid and n.score and n.id in at]
    if not points:
        return False
    low, high = _scale(points, _steps(tree, at) or points[:1], known, upwards=tree.direction == "max")
    return any(low <= r.value <= high for r in known)


def _scale(
    points: Sequence[tuple[float, float]],
    steps: Sequence[tuple[float, float]],
    known: Sequence[Reference],
    *,
    upwards: bool,
) -> tuple[float, float]:
    """Return the least and the greatest value that are drawn."""
    low, high = _window([v for _, v in points], [v for _, v in steps])
    return _reach(low, high, [r.value for r in known], upwards=upwards)


def _steps(tree: SolutionTree, at: Mapping[int, float]) -> list[tuple[float, float]]:
    """Return (place, value) at each change of the incumbent, from left to right."""
    steps: list[tuple[float, float]] = []
    for _, node, value in tree.curve:
        place = at.get(node, 0.0)
        if steps and place < steps[-1][0]:
            place = steps[-1][0]
        steps.append((place, value))
    return steps


def _reach(low: float, high: float, known: Sequence[float], *, upwards: bool) -> tuple[float, float]:
    """Return a window with the better ones of the known scores, those no further away than half of it."""
    reach = (high - low) / 2
    if upwards:
        return low, max([high, *(v for v in known if high <= v <= high + reach)])
    return min([low, *(v for v in known if low - reach <= v <= low)]), high


def _name(row: list[Span], name: str) -> None:
    """Write a reference's name at the right of its line, or at the left where the curve runs there."""
    text = f" {name} "
    for start in (len(row) - len(text) - 1, 1):
        if start > 0 and all(style == "faint" for _, style in row[start : start + len(text)]):
            row[start : start + len(text)] = [(letter, "muted") for letter in text]
            return


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
    plain = GLYPHS == ASCII
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
