"""How long a run will still take, from the cells that have ended."""

from __future__ import annotations

from tui_aide.bench.cell import Cell
from tui_aide.bench.progress import CellProgress, RunProgress, Shown
from tui_aide.bench.run_folder import CellState
from tui_aide.bench.time_left import elapsed, seconds_left

NOW = 10_000.0


def cell(
    shown: Shown, seconds: float = 0.0, *, strategy: str = "a", model: str = "m", since: float = 0
) -> CellProgress:
    started = NOW - since if since else None
    ended = started + seconds if started and seconds else None
    state = CellState(status="waiting", attempts=int(since > 0), started=started, ended=ended)
    return CellProgress(cell=Cell(model, strategy, "t", 0), state=state, shown=shown, seconds=seconds)


def run(*cells: CellProgress, conducted: bool = True) -> RunProgress:
    return RunProgress(conducted=conducted, cells=cells)


def test_nothing_is_said_before_a_cell_was_searched_to_its_end() -> None:
    assert seconds_left(run(cell("running", 5, since=5), cell("waiting")), 1, NOW) is None
    assert seconds_left(run(cell("failed", 5), cell("waiting")), 1, NOW) is None
    assert elapsed(run(cell("waiting")), NOW) is None


def test_each_cell_takes_what_its_model_and_strategy_took_else_its_model_else_all() -> None:
    done = (cell("done", 100), cell("done", 300), cell("done", 40, model="n"))
    assert seconds_left(run(*done, cell("waiting")), 1, NOW) == 200
    assert seconds_left(run(*done, cell("waiting", strategy="b")), 1, NOW) == 200
    assert seconds_left(run(*done, cell("waiting", strategy="b", model="n")), 1, NOW) == 40
    assert seconds_left(run(*done, cell("waiting", model="o")), 1, NOW) == (100 + 300 + 40) / 3


def test_cells_at_once_share_the_time_and_what_is_spent_counts() -> None:
    done = cell("done", 100)
    assert seconds_left(run(done, *[cell("waiting")] * 4), 2, NOW) == 200
    assert seconds_left(run(done, cell("waiting")), 8, NOW) == 100, "no cell is shared out"
    assert seconds_left(run(done, cell("running", since=30)), 1, NOW) == 70
    assert seconds_left(run(done, cell("running", since=500)), 1, NOW) == 0
    assert seconds_left(run(done, cell("stopped", 60)), 1, NOW) == 40
    assert seconds_left(run(done, cell("done", 100)), 1, NOW) == 0


def test_the_time_taken_ends_with_the_run() -> None:
    cells = (cell("done", 100, since=900), cell("done", 50, since=400))
    assert elapsed(run(*cells), NOW) == 900
    assert elapsed(run(*cells, conducted=False), NOW) == 550
