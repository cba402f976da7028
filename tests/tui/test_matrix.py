"""What cells show in a few letters, and where they stand."""

from __future__ import annotations

from typing import Any

import pytest

from tui_aide.bench.cell import Cell
from tui_aide.bench.progress import CellProgress, HandedIn, Shown
from tui_aide.bench.run_folder import CellState
from tui_aide.tui.glyphs import ASCII, UNICODE, use_glyphs
from tui_aide.tui.matrix import Column, Matrix, Row, cell_span, nodes_of


def cell(shown: Shown, *, task: str = "t", seed: int = 0, strategy: str = "a", **more: Any) -> CellProgress:
    state = CellState(status="running" if shown == "interrupted" else shown, tokens=more.pop("budget", None))
    return CellProgress(cell=Cell("m", strategy, task, seed), state=state, shown=shown, **more)


GRADED = HandedIn(made=True, valid=True, score=0.8123)
GOLD = HandedIn(made=True, valid=True, score=0.8123, medal="gold")


@pytest.mark.parametrize(
    ("shown", "nodes", "text", "style"),
    [
        (cell("waiting"), 20, "·", "faint"),
        (cell("running", nodes=7), 20, "◐ 7/20", "live"),
        (cell("running", nodes=7, best=0.5), 20, "◐ 7/20", "live"),
        (cell("running", nodes=7, budget=1000, tokens=340), None, "◐ 7 · 34%", "live"),
        (cell("running", nodes=7), None, "◐ 7", "live"),
        (cell("stopped", nodes=3), 20, "⊘ 3/20", "muted"),
        (cell("interrupted", nodes=3), 20, "! 3/20", "warn"),
        (cell("failed"), 20, "✗ failed", "bad"),
        (cell("done", best=0.9, grade=GRADED), 20, "✓ 0.8123", "good"),
        (cell("done", best=0.9, grade=GOLD), 20, "✓ 0.8123 G", "best"),
        (cell("done", best=0.9), 20, "✓ 0.9000 ?", "good"),
        (cell("done"), 20, "✓ none ?", "warn"),
        (cell("done", grade=HandedIn()), 20, "✓ none", "warn"),
        (cell("done", best=0.9, grade=HandedIn(made=True, why="a column is missing")), 20, "✓ none", "warn"),
        (cell("done", best=0.9, grade=HandedIn(made=True, valid=True, why="no labels")), 20, "✓ 0.9000", "good"),
    ],
)
def test_a_cell_in_ten_letters(shown: CellProgress, nodes: int | None, text: str, style: str) -> None:
    found = cell_span(shown, nodes, 10)
    assert found == (text.ljust(10), style)


def test_where_there_is_room_there_are_words() -> None:
    assert cell_span(cell("done", grade=GOLD), 20, 17)[0].rstrip() == "✓ 0.8123 gold"
    assert cell_span(cell("running", nodes=7, best=0.5), 20, 17)[0].rstrip() == "◐ 7/20   0.5000"


def test_every_state_has_a_sign_of_its_own_in_ascii_too() -> None:
    states: tuple[Shown, ...] = ("waiting", "running", "interrupted", "stopped", "done", "failed")
    try:
        for table in (UNICODE, ASCII):
            use_glyphs(table)
            signs = [cell_span(cell(s), 20, 10)[0][0] for s in states]
            assert len(set(signs)) == len(states)
            assert table != ASCII or all(s.isascii() for s in signs)
    finally:
        use_glyphs(UNICODE)


def test_only_the_reference_counts_its_nodes_at_equal_tokens() -> None:
    assert nodes_of(cell("running", strategy="aide"), 20, "aide") == 20
    assert nodes_of(cell("running", strategy="b", budget=500), 20, "aide") is None
    assert nodes_of(cell("running", strategy="b"), 20, "aide") == 20, "no tokens were counted: nodes hold"
    assert nodes_of(cell("running", strategy="b"), 20, "") == 20


def test_rows_are_tasks_with_their_seeds_and_a_filter_leaves_what_holds_a_cell() -> None:
    cells = [
        cell("failed" if (task, seed, way) == ("u", 1, "b") else "interrupted" if seed == 2 else "done",
             task=task, seed=seed, strategy=way)
        for seed in (1, 2) for task in ("t", "u") for way in ("a", "b")
    ]  # fmt: skip
    matrix = Matrix(cells)
    assert matrix.rows == (Row("t", 1), Row("t", 2), Row("u", 1), Row("u", 2))
    assert matrix.columns == (Column("m", "a"), Column("m", "b"))
    assert {matrix.index(r, c) for r in range(4) for c in range(2)} == set(range(8))
    assert matrix.index(4, 0) is None
    index = matrix.index(2, 1)
    assert index is not None
    assert cells[index].shown == "failed"
    failed = Matrix(cells, "failed")
    assert (failed.rows, failed.columns, failed.hidden) == ((Row("u", 1),), (Column("m", "b"),), 3)
    assert Matrix(cells, "stopped").rows == (Row("t", 2), Row("u", 2))
    assert failed.row_of(cells[0]) is None
