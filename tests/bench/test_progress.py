"""How a run stands, told from its small files: right, and cheap at a thousand cells."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from tests.sessions.made import make_session
from tui_aide.bench.grade import CellGrade, Grade
from tui_aide.bench.progress import HandedIn, ProgressReader
from tui_aide.bench.run_folder import CellState, RunFolder, create_run
from tui_aide.bench.run_lock import RunLock
from tui_aide.bench.suite_toml import parse_suite

LEAST = "[models.builtin]\n[strategies.aide]\n[tasks.digits]\n"


def run_of(place: Path, seeds: int) -> RunFolder:
    return create_run(place, "r", parse_suite(f"[run]\nseeds = {seeds}\n{LEAST}", "s.toml", place))


def test_a_cell_shows_its_state_and_what_its_session_has_found(tmp_path: Path) -> None:
    run = run_of(tmp_path, 4)
    done, running, failed, waiting = run.cells
    make_session(run.sessions, done.id)
    run.write_state(done, CellState(status="done", grading="graded"))
    run.write_state(running, CellState(status="running"))
    run.write_state(failed, CellState(status="failed", why="no"))
    reader = ProgressReader(run)
    lock = RunLock(run)
    found = reader.read()
    assert [c.shown for c in found.cells] == ["done", "running", "failed", "waiting"]
    assert (found.cells[0].nodes, found.cells[0].best, found.cells[0].metric) == (1, 0.9, "accuracy")
    assert found.cells[0].tokens == 200
    assert (found.status, found.ended) == ("running", 2)
    lock.release()
    found = reader.read()
    assert [c.shown for c in found.cells] == ["done", "interrupted", "failed", "waiting"]
    assert found.status == "stopped"
    for cell in (running, waiting):
        run.write_state(cell, CellState(status="done"))
    assert reader.read().status == "failed"


def test_a_graded_cell_shows_what_it_handed_in(tmp_path: Path) -> None:
    run = run_of(tmp_path, 3)
    graded, ungraded, damaged = cells = run.cells
    for cell in cells:
        run.write_state(cell, CellState(status="done", grading="none" if cell is ungraded else "graded"))
        grade = CellGrade(cell=cell.id, events=3, terms=None, handed_in=Grade(made=True, valid=True, score=0.5))
        run.grade_file(cell).write_bytes(msgspec.json.encode(grade))
    run.grade_file(damaged).write_text("{")
    found = ProgressReader(run).read().cells
    assert found[0].grade == HandedIn(made=True, valid=True, score=0.5)
    assert found[1].grade is None
    assert found[2].grade is None
    graded_medal = msgspec.json.encode({"handed_in": {"made": True, "valid": True, "score": 1.0, "medal": "gold"}})
    reader = ProgressReader(run)
    reader.read()
    run.grade_file(graded).unlink()
    run.grade_file(graded).write_bytes(graded_medal)
    shown = reader.read().cells[0].grade
    assert shown is not None
    assert shown.medal == "gold"


def test_a_damaged_file_shows_nothing_and_stops_nothing(tmp_path: Path) -> None:
    run = run_of(tmp_path, 1)
    (cell,) = run.cells
    run.state_file(cell).write_text('{"status": 3}')
    make_session(run.sessions, cell.id).summary_file.write_text('{"best": "none"}')
    (found,) = ProgressReader(run).read().cells
    assert (found.shown, found.nodes, found.best) == ("waiting", 0, None)


def test_a_thousand_cells_are_read_again_in_a_moment(tmp_path: Path) -> None:
    run = run_of(tmp_path, 1000)
    summary = (
        b'{"node_count": 3, "best": {"score": 0.5}, "metric": "auc", "tokens": {"prompt": 5}, "wall_seconds": 1.5}'
    )
    for cell in run.cells:
        run.state_file(cell).write_bytes(b'{"status": "done"}')
        run.session(cell).path.mkdir()
        run.session(cell).summary_file.write_bytes(summary)
    reader = ProgressReader(run)
    assert reader.read().count("done") == 1000
    took = []
    for _ in range(5):
        began = time.process_time()
        assert reader.read().cells[999].nodes == 3
        took.append(time.process_time() - began)
    assert min(took) < 0.05
