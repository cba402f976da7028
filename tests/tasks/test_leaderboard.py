from __future__ import annotations

from pathlib import Path

import pytest

from tests.tasks.folders import prepared, simple_folder
from tui_aide.errors import TaskError
from tui_aide.tasks.leaderboard import Team, leaderboard_of, leaderboard_text, read_leaderboard
from tui_aide.tree.node import Direction


def _file(folder: Path, text: str) -> Path:
    path = folder / "leaderboard.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("direction", "scores"), [("max", (0.9, 0.5, 0.1)), ("min", (0.1, 0.5, 0.9))])
def test_scores_come_best_first_whatever_their_order(
    tmp_path: Path, direction: Direction, scores: tuple[float, ...]
) -> None:
    path = _file(tmp_path, "\ufeffrank,Score,team\n2,0.5,b\n\n1,0.9,a\n3,1e-1,c\n")
    found = read_leaderboard(path, direction)
    assert found.scores == scores
    assert found.source == str(path)
    assert found.thresholds.gold == scores[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column `score`"),
        ("team,points\na,1\n", "no column `score`"),
        ("team,score\n", "no team"),
        ("team,score\na,0.5\nb,good\n", "line 3: `score` is 'good'"),
        ("team,score\na\n", "line 2: `score` is ''"),
        ("team,score\na,nan\n", "line 2: `score` is 'nan'"),
    ],
)
def test_bad_leaderboards_are_told_in_one_line_with_the_file(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TaskError, match=r"leaderboard\.csv: ") as caught:
        read_leaderboard(_file(tmp_path, text), "max")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_missing_or_no_text_are_told(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"none\.csv: cannot be read"):
        read_leaderboard(tmp_path / "none.csv", "max")
    path = tmp_path / "latin.csv"
    path.write_bytes("team,score\nMüller,1\n".encode("latin-1"))
    with pytest.raises(TaskError, match=r"latin\.csv: is not UTF-8"):
        read_leaderboard(path, "max")


def test_a_task_folder_has_the_leaderboard_that_lies_in_it(tmp_path: Path) -> None:
    assert leaderboard_of(str(tmp_path), "min") is None
    assert leaderboard_of("", "min") is None
    assert leaderboard_of("no-such-task", "min") is None
    _file(tmp_path, "score\n0.2\n0.1\n")
    found = leaderboard_of(str(tmp_path), "min")
    assert found is not None
    assert found.scores == (0.1, 0.2)


def test_scripts_are_not_shown_the_leaderboard(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task")
    _file(folder, "score\n0.2\n")
    (folder / "stores.csv").write_text("store,city\n1,Bonn\n")
    _, result = prepared(folder, tmp_path / "session")
    names = {path.name for path in result.inputs[0].iterdir()}
    assert "stores.csv" in names
    assert "leaderboard.csv" not in names


def test_written_leaderboards_are_read_again(tmp_path: Path) -> None:
    teams = [Team("b, the second", 0.5), Team("a", 0.5), Team("best", 0.25)]
    text = leaderboard_text(teams, "min", 5)
    assert text == 'team,score\nbest,0.25000\na,0.50000\n"b, the second",0.50000\n'
    assert read_leaderboard(_file(tmp_path, text), "min").scores == (0.25, 0.5, 0.5)
