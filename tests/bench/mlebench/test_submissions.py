"""submission.jsonl: a line for each cell over a competition that has begun."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tui_aide.bench.mlebench.submissions import write_submissions
from tui_aide.bench.run_folder import RunFolder, create_run
from tui_aide.bench.suite_toml import parse_suite
from tui_aide.errors import SessionError, UsageError

SUITE = """
[run]
seeds = [0, 1]
[models.builtin]
[strategies.aide]
[tasks.digits]
[tasks.ship]
mlebench = "spaceship-titanic"
"""


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    run = create_run(tmp_path, "run", parse_suite(SUITE, "my.toml", tmp_path))
    for cell in run.cells:
        if cell.seed == 0:
            run.session(cell).path.mkdir()
            run.session(cell).journal.touch()
    return run


def test_begun_cells_of_competitions_have_a_line(run: RunFolder, tmp_path: Path) -> None:
    assert write_submissions(run, tmp_path / "submission.jsonl") == 1
    (line,) = (tmp_path / "submission.jsonl").read_text().splitlines()
    place = run.sessions / "builtin_aide_ship_s0" / "best" / "submission.csv"
    assert json.loads(line) == {
        "competition_id": "spaceship-titanic",
        "submission_path": str(place),
        "cell": "builtin_aide_ship_s0",
    }


def test_a_run_without_competitions_and_a_bad_place_are_told(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="cannot be written"):
        write_submissions(run, tmp_path / "missing" / "s.jsonl")
    text = SUITE.replace('mlebench = "spaceship-titanic"', 'bundled = "digits"')
    other = create_run(tmp_path, "other", parse_suite(text, "my.toml", tmp_path))
    with pytest.raises(UsageError, match="nothing to export"):
        write_submissions(other, tmp_path / "s.jsonl")
