from __future__ import annotations

from pathlib import Path

import msgspec

from tests.tui.recorded import RecordedSession
from tests.tui.watching import SMALL, watching
from tui_aide.sessions.config import write_config
from tui_aide.tasks.leaderboard import bundled_leaderboard
from tui_aide.tree import events as ev
from tui_aide.tree.node import Score, Tokens
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.curve import curve_rows, in_reach
from tui_aide.tui.curve_axis import Axis, Reference, places, references


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


def _text(
    tree: SolutionTree, width: int = 60, height: int = 12, axis: Axis = "nodes", known: tuple[Reference, ...] = ()
) -> list[str]:
    return ["".join(t for t, _ in row) for row in curve_rows(tree, width, height, axis, known)]


def _timed() -> SolutionTree:
    """Two nodes side by side from 0 s on, done at 10 s and 30 s; nothing for 1,000 s; one more, for 20 s."""
    tree = SolutionTree()
    for node, created, done, value, tokens in ((0, 0, 30, 0.5, 100), (1, 0, 10, 0.6, 900), (2, 1030, 1050, 0.7, 200)):
        tree.apply(
            ev.NodeCreated(node=node, parents=(), operator="draft", strategy="single", reason="", seed=0, time=created)
        )
        tree.apply(
            ev.NodeFinished(
                node=node, verdict="valid", message="", score=Score(value), tokens=Tokens(tokens), seconds=0,
                model_seconds=0, execution_seconds=0, time=done,
            )
        )  # fmt: skip
    return tree


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


def test_nodes_stand_where_they_were_done_in_time_and_in_tokens() -> None:
    tree = _timed()
    assert places(tree, "nodes") == {0: 0, 1: 1, 2: 2}
    assert places(tree, "time") == {0: 30, 1: 10, 2: 50}  # in 1,000 s nothing was under way
    assert places(tree, "tokens") == {0: 1000, 1: 900, 2: 1200}
    assert _text(tree, axis="time")[-1].split() == ["0s", "12s", "25s", "37s", "50s"]
    assert _text(tree, axis="tokens")[-1].split() == ["0", "300", "600", "900", "1.2k"]


def test_known_scores_in_reach_are_drawn_and_named() -> None:
    known = (Reference("dummy", 0.1), Reference("simple", 0.55), Reference("strong", 0.75), Reference("perfect", 1.0))
    rows = _text(_tree([0.5, 0.6, None, 0.7, 0.65]), known=known)
    assert rows[0].startswith("  0.7500")
    assert " strong " in rows[0]
    assert any(" simple " in row for row in rows)
    assert not any("dummy" in row or "perfect" in row for row in rows)
    assert all(len(row) <= 60 for row in rows)


def test_known_scores_on_one_row_share_it() -> None:
    known = (Reference("gold", 0.6501), Reference("silver", 0.6500), Reference("bronze", 0.55))
    rows = _text(_tree([0.5, 0.6, None, 0.7, 0.65]), known=known)
    assert any(" gold, silver " in row for row in rows)
    assert any(" bronze " in row for row in rows)


def test_lines_are_in_reach_or_not() -> None:
    tree = _tree([0.5, 0.6, None, 0.7, 0.65])
    assert in_reach(tree, "nodes", (Reference("gold", 0.75),))
    assert not in_reach(tree, "nodes", (Reference("gold", 0.99), Reference("median", 0.1)))
    assert not in_reach(tree, "nodes", ())
    assert not in_reach(_tree([None]), "nodes", (Reference("gold", 0.75),))


def test_known_scores_of_a_bundled_task_are_the_medals_of_its_leaderboard() -> None:
    board = bundled_leaderboard("tumours")
    assert board is not None
    limits = board.thresholds
    assert references("tumours", "roc_auc", "max") == (
        ("gold", limits.gold), ("silver", limits.silver), ("bronze", limits.bronze), ("median", limits.median),
    )  # fmt: skip
    assert references("tumours", "accuracy", "max") == ()
    assert references("/home/me/tumours", "roc_auc", "max") == ()
    assert references("", "roc_auc", "max") == ()


def test_known_scores_of_a_folder_are_the_medals_of_its_leaderboard(tmp_path: Path) -> None:
    (tmp_path / "leaderboard.csv").write_text("team,score\na,3\nb,1\nc,2\n")
    known = references(str(tmp_path), "rmse", "min")
    assert known == (("gold", 1.0), ("silver", 1.0), ("bronze", 1.0), ("median", 2.0))
    (tmp_path / "leaderboard.csv").write_text("team,score\na,good\n")
    assert references(str(tmp_path), "rmse", "min") == ()


async def test_the_curve_says_that_its_lines_are_scores_on_test_rows(session: RecordedSession, tmp_path: Path) -> None:
    task = tmp_path / "task"
    task.mkdir()
    (task / "leaderboard.csv").write_text("team,score\na,0.82\nb,0.5\n")
    config = session.folder.config()
    source = msgspec.structs.replace(config, task=msgspec.structs.replace(config.task, source=str(task)))
    write_config(session.folder.config_file, source)
    session.valid(0.7, best=True)
    session.valid(0.8, best=True)
    async with watching(session) as w:
        await w.shows("─ lines: scores on test rows   t by time ─")
        await w.shows(" gold, silver, bronze ")
    async with watching(session, SMALL) as w:
        await w.press("tab", "tab", "tab")
        await w.shows("Best so far  lines: test rows")
        await w.press("t", "t")
        await w.shows("by tokens  lines: test rows")


async def test_t_draws_the_curve_over_time_and_tokens(session: RecordedSession) -> None:
    session.valid(0.8, best=True)
    async with watching(session) as w:
        await w.shows("─ Best so far ─")
        await w.press("t")
        await w.shows("Best so far, by time")
        await w.pilot.click("#curve", offset=(4, 0))
        await w.shows("Best so far, by tokens")
        await w.press("colon")
        await w.enter("axis")
        await w.shows("─ Best so far ─")
