from __future__ import annotations

from tui_aide.tree import events as ev
from tui_aide.tree.node import Score, Tokens
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.curve import curve_rows


def _tree(values: list[float | None], direction: str = "max") -> SolutionTree:
    tree = SolutionTree()
    best: float | None = None
    for i, value in enumerate(values):
        tree.apply(ev.NodeCreated(node=i, parents=(), operator="draft", strategy="single", reason="", seed=0))
        score = Score(value) if value is not None else None
        tree.apply(
            ev.NodeFinished(
                node=i, verdict="valid" if score else "crash", message="", score=score, tokens=Tokens(), seconds=0,
                model_seconds=0, execution_seconds=0,
            )
        )  # fmt: skip
        if score and (best is None or (score.value > best if direction == "max" else score.value < best)):
            best = score.value
            tree.apply(ev.IncumbentChanged(node=i, score=score, previous=None, gain=None, gain_se=None, reason=""))
    return tree


def _text(tree: SolutionTree, width: int = 60, height: int = 12) -> list[str]:
    return ["".join(t for t, _ in row) for row in curve_rows(tree, width, height)]


def test_the_curve_climbs_to_the_best_and_marks_it() -> None:
    rows = _text(_tree([0.5, 0.6, None, 0.7, 0.65]))
    assert rows[0].startswith("  0.7000")
    assert "★" in rows[0]
    assert "×" in rows[-2]
    assert "#0" in rows[-1]
    assert "#4" in rows[-1]
    assert len(rows) == 12
    assert all(len(row) <= 60 for row in rows)


def test_a_metric_to_minimise_goes_down() -> None:
    rows = _text(_tree([0.9, 0.5, 0.2], "min"))
    assert rows[0].rstrip().endswith("╮")
    assert any("╰" in row and "╮" in row for row in rows)
    assert "★" in rows[-3]


def test_one_value_many_values_and_none() -> None:
    assert "No valid node yet." in _text(_tree([None]))[0]
    assert any("★" in row for row in _text(_tree([0.5])))
    assert any("★" in row for row in _text(_tree([i / 5000 for i in range(2000)])))


def test_an_outlier_does_not_flatten_the_curve() -> None:
    rows = _text(_tree([0.80, 0.81, 0.82, 0.83, 0.84, -1e6, 0.85]))
    assert rows[0].startswith("  0.8500")
    assert "0.8" in rows[-3]


def test_too_small_a_place_draws_nothing() -> None:
    assert _text(_tree([0.5]), 12, 3) == []
