"""Records: what a session and its grade come to, and how cells that went wrong count."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.made_run import MadeRun
from tests.searches import created, finished
from tui_aide.bench.grading import grade_cell
from tui_aide.bench.record import Record, read_record, read_records
from tui_aide.bench.run_folder import CellState
from tui_aide.errors import UsageError
from tui_aide.tree import events as ev


@pytest.fixture
def made(tmp_path: Path) -> MadeRun:
    return MadeRun(tmp_path)


def test_a_search_is_told_with_gap_regret_and_what_the_end_added(made: MadeRun) -> None:
    cell = made.run.cells[0]
    made.search(cell, [(None, 9.0), (0.9, 0.6), (0.3, 0.7)], tokens=200, handed_in=0.65)
    record = read_record(made.run, cell, grade_cell)
    assert (record.standing, record.grade.made, record.grade.valid) == ("done", True, True)
    assert record.validation == 0.3
    assert record.utility == -0.3
    assert record.gap == pytest.approx(0.4)  # told 0.3 where it was 0.7: optimistic
    assert record.regret == pytest.approx(0.1)  # node 1 has 0.6
    assert record.final_gain == pytest.approx(0.05)
    process = record.process
    assert (process.nodes, process.valid_nodes, process.first_valid) == (3, 2, 2)
    assert process.verdicts == {"crash": 1, "valid": 2}
    assert process.tokens.total == 600
    assert (process.samples, process.truncated) == (3, 0)
    assert process.gpu_seconds == 0.0


def test_moments_tell_what_the_best_so_far_was_worth_and_what_it_had_cost(made: MadeRun) -> None:
    cell = made.run.cells[0]
    made.search(cell, [(0.9, 1.0), (0.3, 0.4), (0.8, 9.0)], tokens=200, handed_in=0.5)
    record = read_record(made.run, cell, grade_cell)
    assert record.terms is not None
    assert [m.tokens for m in record.process.moments] == [200, 400, 600]
    assert [m.execution_seconds for m in record.process.moments] == [1.0, 2.0, 3.0]
    worth = [record.terms.normalised(off) for off in (1.0, 0.4, 0.5)]
    assert [m.value for m in record.process.moments] == pytest.approx(worth)


def test_nodes_cut_short_by_the_budget_count_neither_way(made: MadeRun) -> None:
    cell = made.run.cells[0]
    cut = [created(2), finished(2, None, "cancelled")]
    made.search(cell, [(0.9, 1.0), (None, 9.0)], more=cut)
    process = read_record(made.run, cell, grade_cell).process
    assert (process.nodes, process.valid_nodes) == (2, 1)
    assert process.verdicts["cancelled"] == 1


def test_a_failed_cell_counts_as_nothing_made_though_it_had_a_solution(made: MadeRun) -> None:
    cell = made.run.cells[0]
    made.search(cell, [(0.3, 0.4)], status="failed")
    record = read_record(made.run, cell, grade_cell)
    assert (record.standing, record.grade.made, record.grade.normalised) == ("failed", False, 0.0)
    assert record.grade.above_median is False
    assert "its runner died" in record.why


def test_a_cell_that_failed_before_it_had_a_session_counts_by_its_tasks_terms(made: MadeRun) -> None:
    first, second, *_ = made.run.cells
    made.search(first, [(0.3, 0.4)])
    made.run.write_state(second, CellState(status="failed", why="no such model"))
    records = {r.cell: r for r in read_records(made.run, grade_cell)}
    failed = records[second]
    assert (failed.standing, failed.grade.made, failed.grade.percentile) == ("failed", False, 0.0)
    assert failed.terms == records[first].terms
    assert failed.why == "the search failed: no such model"
    others = [r for r in records.values() if r.cell not in (first, second)]
    assert {r.standing for r in others} == {"unfinished"}
    assert {r.why for r in others} == {"the search never began"}


def test_a_cell_that_is_not_finished_is_graded_only_where_that_is_asked_for(made: MadeRun) -> None:
    cell = made.run.cells[0]
    made.search(cell, [(0.3, 0.4)], status="running")
    record = read_record(made.run, cell, grade_cell)
    assert (record.standing, record.why, record.grade.made) == ("unfinished", "running", False)
    assert record.process.nodes == 1
    assert not made.run.grade_file(cell).exists()
    record = read_record(made.run, cell, grade_cell, unfinished=True)
    assert (record.standing, record.grade.medal) == ("unfinished", "gold")


def test_a_cell_that_cannot_be_graded_is_told_and_not_counted(made: MadeRun) -> None:
    cell = made.run.cells[0]
    made.search(cell, [(0.3, 0.4)])
    (Path(made.run.suite.tasks["line"].answers or "")).unlink()
    record = read_record(made.run, cell, grade_cell)
    assert record.standing == "ungraded"
    assert "answers" in record.why
    with pytest.raises(UsageError):
        grade_cell(made.run, cell)


def test_a_grade_from_before_the_session_went_on_is_made_anew(made: MadeRun) -> None:
    cell = made.run.cells[0]
    made.search(cell, [(0.3, 0.4)])
    old = grade_cell(made.run, cell)
    made.run.grade_file(cell).write_bytes(
        made.run.grade_file(cell).read_bytes().replace(f'"events": {old.events}'.encode(), b'"events": 1')
    )
    asked = []

    def again(*args: object) -> object:
        asked.append(args)
        return old

    record = read_record(made.run, cell, again)  # type: ignore[arg-type]
    assert len(asked) == 1
    assert record.standing == "done"


@pytest.mark.parametrize(
    ("event", "touched"),
    [
        (ev.HintGiven(hint=1, text="use trees"), "steered"),
        (ev.StrategyChanged(strategy="single"), "steered"),
        (None, ""),
    ],
)
def test_a_users_hand_in_a_search_is_told(made: MadeRun, event: ev.Event | None, touched: str) -> None:
    cell = made.run.cells[0]
    made.search(cell, [(0.3, 0.4)], more=[event] if event is not None else [])
    record: Record = read_record(made.run, cell, grade_cell)
    assert record.touched == touched
