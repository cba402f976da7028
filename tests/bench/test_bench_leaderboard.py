from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from tui_aide.cli import bench_leaderboard
from tui_aide.cli.parser import Parser
from tui_aide.errors import UsageError


def _run(*words: str) -> int:
    parser = Parser("tui-aide bench leaderboard", "", bench_leaderboard.EPILOG)
    bench_leaderboard.add_arguments(parser)
    return bench_leaderboard.run(parser.parse_args(words))


def test_unknown_tasks_get_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="Did you mean 'tumours'"):
        _run("tumors")


def test_a_folder_that_is_not_there_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--output: .*nowhere is no folder"):
        _run("tumours", "-o", str(tmp_path / "nowhere" / "leaderboard.csv"))


@pytest.mark.slow
def test_the_command_makes_the_leaderboard_that_is_packaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "leaderboard.csv"
    assert _run("small-data", "-o", str(target)) == 0
    packaged = files("tui_aide.tasks.bundled").joinpath("leaderboards", "small-data.csv").read_text(encoding="utf-8")
    made, expected = (dict(_line(line) for line in text.splitlines()[1:]) for text in (target.read_text(), packaged))
    assert made.keys() == expected.keys()
    for team, score in made.items():
        assert score == pytest.approx(expected[team], rel=0.02), team
    assert "100 teams by mae: gold 1." in capsys.readouterr().err


def _line(line: str) -> tuple[str, float]:
    team, score = line.rsplit(",", 1)
    return team, float(score)
