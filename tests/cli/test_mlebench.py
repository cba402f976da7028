"""`tui-aide run mlebench:ID`: a search over a prepared competition, from the command line to a submission."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from tests.cli.program import Program
from tests.tasks.mlebench.layouts import may_2022


def test_a_prepared_competition_is_searched_and_its_flag_is_told(program: Program, tmp_path: Path) -> None:
    may_2022(tmp_path / "data", rows=1500)
    program.environment["TUI_AIDE_MLEBENCH_DIR"] = str(tmp_path / "data")
    id_ = "tabular-playground-series-may-2022"
    done = program.run(
        "run", f"mlebench:{id_}", "--model", "builtin", "--nodes", "1", "--no-refit", "--headless", "--json"
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert f"warning: {id_} is crowded" in done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    made = pd.read_csv(summary["best"]["submission"])
    wanted = pd.read_csv(tmp_path / "data" / id_ / "prepared" / "public" / "sample_submission.csv")
    assert made["id"].tolist() == wanted["id"].tolist()
    assert list(made) == list(wanted)
    assert next(path.name for path in program.sessions.iterdir()).startswith("tabular-playground")


def test_a_competition_that_is_not_prepared_is_told_in_one_line(program: Program, tmp_path: Path) -> None:
    program.environment["TUI_AIDE_MLEBENCH_DIR"] = str(tmp_path)
    done = program.run("run", "mlebench:leaf-classification", "--headless")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "mlebench prepare -c leaf-classification" in done.stderr


def test_a_run_without_competitions_has_nothing_to_export(program: Program, tmp_path: Path) -> None:
    program.environment["TUI_AIDE_BENCH_DIR"] = str(tmp_path / "bench")
    done = program.run("bench", "export", "--mlebench", str(tmp_path / "submission.jsonl"))
    assert done.returncode == 2
    assert done.stderr.startswith("tui-aide: no run in")
    assert not (tmp_path / "submission.jsonl").exists()
