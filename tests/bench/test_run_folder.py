"""A run's folder: made once, found by name, and its small files read even when they are damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_aide.bench.run_folder import CellState, RunFolder, all_runs, bench_dir, create_run, find_run, free_name
from tui_aide.bench.suite_toml import find_suite
from tui_aide.errors import SessionError, UsageError


def test_a_run_keeps_what_was_asked_and_where(tmp_path: Path) -> None:
    suite = find_suite("smoke")
    run = RunFolder(create_run(tmp_path, "first", suite).path)
    assert run.suite == suite
    assert len(run.cells) == 8
    assert (run.facts().name, run.facts().cores >= 1, "numpy" in run.facts().packages) == ("first", True, True)
    assert run.session(run.cells[0]).path == tmp_path / "first" / "sessions" / run.cells[0].id


def test_a_cells_state_is_kept_and_a_damaged_one_is_taken_for_none(tmp_path: Path) -> None:
    run = create_run(tmp_path, "r", find_suite("smoke"))
    cell = run.cells[0]
    assert run.state(cell) == CellState()
    state = CellState(status="failed", why="the disk is full", attempts=2, tokens=9)
    run.write_state(cell, state)
    assert run.state(cell) == state
    run.state_file(cell).write_text("{")
    assert run.state(cell) == CellState()


def test_a_name_is_taken_once_and_the_next_is_numbered(tmp_path: Path) -> None:
    create_run(tmp_path, "smoke", find_suite("smoke"))
    with pytest.raises(UsageError, match="bench resume smoke"):
        create_run(tmp_path, "smoke", find_suite("smoke"))
    assert free_name(tmp_path, "smoke") == "smoke-2"


def test_a_run_is_found_by_path_name_start_or_as_the_latest(tmp_path: Path) -> None:
    made = [create_run(tmp_path, name, find_suite("smoke")) for name in ("alpha", "beta", "bela")]
    (tmp_path / "no-run").mkdir()
    assert {r.name for r in all_runs(tmp_path)} == {"alpha", "beta", "bela"}
    assert find_run("al", tmp_path).path == made[0].path
    assert find_run(str(made[1].path), Path("/nowhere")).path == made[1].path
    with pytest.raises(UsageError, match="several runs"):
        find_run("be", tmp_path)
    with pytest.raises(UsageError, match="Did you mean 'alpha'"):
        find_run("alhpa", tmp_path)


def test_what_is_no_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match=r"suite\.toml: cannot be read"):
        _ = RunFolder(tmp_path).suite
    with pytest.raises(UsageError, match="no run in"):
        find_run(None, tmp_path)


def test_runs_lie_beside_the_sessions_unless_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_AIDE_SESSIONS_DIR", str(tmp_path / "sessions"))
    monkeypatch.delenv("TUI_AIDE_BENCH_DIR", raising=False)
    assert bench_dir() == tmp_path / "bench"
    monkeypatch.setenv("TUI_AIDE_BENCH_DIR", str(tmp_path / "other"))
    assert bench_dir() == tmp_path / "other"
    assert bench_dir("/a") == Path("/a")


def test_a_run_is_read_where_the_tasks_are_gone(tmp_path: Path) -> None:
    folder = tmp_path / "houses"
    folder.mkdir()
    text = '[models.builtin]\n[strategies.aide]\n[tasks.houses]\nfolder = "houses"\n'
    (tmp_path / "my.toml").write_text(text)
    run = create_run(tmp_path, "r", find_suite(str(tmp_path / "my.toml")))
    folder.rmdir()
    assert RunFolder(run.path).suite.tasks["houses"].folder == str(folder)
