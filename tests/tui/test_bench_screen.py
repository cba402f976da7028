"""The bench's screen: on made-up runs what it shows and how little it draws, on real ones what its keys do."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from textual.widgets import Label

from tests.bench.filled import fill, grade, put, run_with
from tests.bench.quick import make_run, write
from tests.tui.watching import SMALL, WIDE, Watcher, watching
from tests.vllm_double.options import Options
from tests.vllm_double.server import Double
from tui_aide.bench.run_folder import RunFolder
from tui_aide.bench.run_lock import RunLock
from tui_aide.tui.app import TuiAideApp
from tui_aide.tui.glyphs import UNICODE, use_glyphs
from tui_aide.tui.screens.bench import BenchScreen
from tui_aide.tui.screens.home import HomeScreen
from tui_aide.tui.screens.search import SearchScreen
from tui_aide.tui.widgets.matrix_view import HEADS, MatrixView

NOWHERE = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_AIDE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("TUI_AIDE_SESSIONS_DIR", str(tmp_path / "sessions"))


async def loaded(w: Watcher) -> BenchScreen:
    screen = w.app.screen
    assert isinstance(screen, BenchScreen)
    await w.until(lambda: screen.progress is not None and screen.matrix.cells)
    await w.pilot.pause()
    return screen


async def read_anew(w: Watcher, screen: BenchScreen) -> None:
    before = screen.reads
    screen.read()
    await w.until(lambda: screen.reads > before)
    await w.pilot.pause()


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_a_run_is_shown_whole_at_both_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    run = run_with(tmp_path, models=1)
    fill(run)
    async with watching(run=run, size=size) as w:
        await loaded(w)
        text = w.screen_text()
        for part in ("bench big", "stopped", "r1-1b", "way-3", "digits-0", "0.7000 gold", "✗ failed", "private", "took",
                     "session", "R goes on, or: tui-aide bench resume", "? Help", "q Quit"):  # fmt: skip
            assert part in text, f"{part}\n{text}"
        assert all(len(row) <= size[0] for row in text.split("\n"))


async def test_what_changes_is_seen_and_the_conductors_last_word(tmp_path: Path) -> None:
    run = run_with(tmp_path, models=1, strategies=1, tasks=1, seeds=2)
    first, second = run.cells
    lock = RunLock(run)
    run.conductor_log.write_text("12:00:00 one\n12:00:01 [b]begins[/b]\n")
    async with watching(run=run) as w:
        await loaded(w)
        await w.shows("12:00:01 [b]begins[/b]")
        await w.shows("2 waiting")
        put(run, first, "running", nodes=3, ended=None)
        await w.shows("◐ 3/20")
        put(run, first, "done", nodes=20, best=0.9, grading="graded")
        grade(run, first, 0.85, medal="silver", above_median=True)
        put(run, second, "failed", why="no space left on /data [x]")
        await w.shows("✓ 0.8500 silver")
        await w.shows("2 of 2 cells")
        await w.press("j")
        await w.shows("no space left on /data [x]")
        assert "s Stop" in w.screen_text()
        assert "r Retry" not in w.screen_text(), "while it is conducted"
        lock.release()
        await w.shows("1 failed. r tries them again; E writes a report.")
        await w.shows("r Retry")
        assert "s Stop" not in w.screen_text()


async def test_cells_that_are_added_to_the_suite_come_and_the_cursor_stays(tmp_path: Path) -> None:
    run = run_with(tmp_path, models=1, strategies=1, tasks=2, seeds=1)
    async with watching(run=run) as w:
        screen = await loaded(w)
        await w.press("j")
        text = run.suite_file.read_text()
        assert "[\n    0,\n]" in text or "[0]" in text
        run.suite_file.write_text(text.replace("[\n    0,\n]", "[3, 0]").replace("[0]", "[3, 0]"))
        await w.shows("4 waiting")
        cell = screen.matrix.cell
        assert cell is not None
        assert (cell.cell.task, cell.cell.seed) == ("friedman-1", 0)


async def test_the_smallest_screens_show_the_matrix(tmp_path: Path) -> None:
    run = run_with(tmp_path)
    fill(run)
    for size in ((60, 16), (30, 10), (12, 5)):
        async with watching(run=run, size=size) as w:
            screen = await loaded(w)
            await w.press("j", "l", "G", "$", "f", "escape")
            assert size[0] < 30 or "way-3" in w.screen_text()
            assert screen.matrix.cell is not None
            assert screen.matrix.cell.shown == "failed", "where the filter put the cursor"


async def test_in_ascii_all_is_ascii(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_with(tmp_path)
    fill(run)
    lock = RunLock(run)
    run.conductor_log.write_text("12:00:00 a · b: begins\n")
    monkeypatch.setenv("TUI_AIDE_ASCII", "1")
    try:
        async with watching(run=run, size=SMALL) as w:
            await loaded(w)
            await w.shows("12:00:00 a - b: begins")
            assert w.screen_text().isascii(), w.screen_text()
    finally:
        use_glyphs(UNICODE)
        lock.release()


async def test_ctrl_c_says_that_the_run_goes_on(tmp_path: Path) -> None:
    async with watching(run=run_with(tmp_path)) as w:
        await loaded(w)
        await w.press("ctrl+c")
        await w.shows("the run goes on, s stops it")


async def test_the_cursor_moves_in_two_directions_and_heads_stay(tmp_path: Path) -> None:
    run = run_with(tmp_path, models=3, strategies=5, tasks=8, seeds=9)
    async with watching(run=run, size=SMALL) as w:
        screen = await loaded(w)
        await w.press("G", "$")
        assert screen.matrix.cursor == (71, 14)
        text = w.screen_text()
        assert "r1-3b" in text
        assert "way-5" in text
        assert "small-data-7" in text
        assert "◂ 11" in text
        await w.press("h", "k", "0", "g")
        assert screen.matrix.cursor == (0, 0)
        await w.press("right", "down")
        assert screen.matrix.cursor == (1, 1)
        assert "11 ▸" in w.screen_text()


async def test_a_click_takes_a_cell_and_a_second_opens_it(tmp_path: Path) -> None:
    run = run_with(tmp_path)
    async with watching(run=run) as w:
        screen = await loaded(w)
        rows = w.screen_text().split("\n")
        y = next(i for i, row in enumerate(rows) if "friedman-1" in row)
        x = rows[y].index("·") + screen.matrix.column_width
        await w.pilot.click(offset=(x, y))
        assert screen.matrix.cursor == (3, 1)
        await w.pilot.click(offset=(x, y), times=2)
        await w.shows("Its search has not begun.")
        await w.pilot.click(offset=(3, y))
        assert screen.matrix.cursor == (3, 1), "a head is no cell"


async def test_the_filter_goes_through_the_states_that_there_are(tmp_path: Path) -> None:
    run = run_with(tmp_path, models=1, strategies=2, tasks=2, seeds=2)
    put(run, run.cells[3], "failed", why="no")
    put(run, run.cells[0], "done", best=0.5, grading="failed", grading_why="no labels")
    async with watching(run=run) as w:
        screen = await loaded(w)
        await w.press("f")
        await w.shows("only failed, 3 rows hidden")
        assert (len(screen.matrix.matrix.rows), len(screen.matrix.matrix.columns)) == (1, 1)
        assert screen.matrix.cell == screen.matrix.cells[3]
        await w.press("f", "f")
        await w.shows("only done")
        await w.press("escape")
        await w.until(lambda: screen.matrix.row_count() == 4)
        await w.press("g", "0", "n")
        assert screen.matrix.cell == screen.matrix.cells[3]
        await w.press("n")
        await w.shows("not graded: no labels")
        await w.press("N")
        assert screen.matrix.cell == screen.matrix.cells[3]


async def test_a_thousand_cells_are_drawn_row_by_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    line = MatrixView.line

    def counted(self: MatrixView, y: int) -> object:
        drawn.append(y)
        return line(self, y)

    run = run_with(tmp_path, models=2, strategies=5, tasks=10, seeds=10)
    assert len(run.cells) == 1000
    fill(run)
    monkeypatch.setattr(MatrixView, "line", counted)
    async with watching(run=run, size=WIDE) as w:
        screen = await loaded(w)
        height = screen.matrix.size.height
        monkeypatch.setattr(screen, "_read_again", lambda: None)  # read when this test says so
        await read_anew(w, screen)
        drawn.clear()
        await read_anew(w, screen)
        assert drawn == [], "nothing has changed"
        put(run, run.cells[0], "failed", why="no")
        put(run, run.cells[999], "failed", why="no")
        await read_anew(w, screen)
        assert drawn == [HEADS], "only the row of the one cell that is in view"
        drawn.clear()
        await w.press("j")
        assert sorted(drawn) == [HEADS, HEADS + 1]
        drawn.clear()
        await w.press("l")
        assert sorted(drawn) == [0, 1, HEADS + 1]
        drawn.clear()
        await w.press("G")
        assert len(drawn) <= height
        assert screen.matrix.cursor == (99, 1)
        drawn.clear()
        began = time.process_time()
        for _ in range(20):
            await w.press("k")
        assert (time.process_time() - began) / 20 < 0.1
        assert len(drawn) <= 20 * 2


async def test_a_folder_that_is_no_run_says_so(tmp_path: Path) -> None:
    async with watching(run=RunFolder(tmp_path)) as w:
        await w.shows("or damaged")
        await w.press("enter", "f", "n", "s", "R", "j", "l", "E", "escape")
        assert isinstance(w.app.screen, BenchScreen)


async def test_a_session_is_opened_and_left_and_not_resumed_beyond_its_budget(tmp_path: Path) -> None:
    from tests.sessions.made import make_session

    run = run_with(tmp_path, models=1, strategies=1, tasks=1, seeds=1)
    (cell,) = run.cells
    make_session(run.sessions, cell.id)
    run.write_state(cell, run.state(cell))
    async with watching(run=run) as w:
        screen = await loaded(w)
        await w.press("enter")
        await w.until(lambda: isinstance(w.app.screen, SearchScreen))
        await w.press("R")
        await w.shows("is a cell of a bench")
        await w.press("q")
        await w.until(lambda: w.app.screen is screen)


async def test_home_lists_the_runs_and_comes_back(tmp_path: Path) -> None:
    run = run_with(tmp_path / "bench", models=1, strategies=1, tasks=1, seeds=2)
    put(run, run.cells[0], "failed", why="no")
    async with watching(place=tmp_path / "sessions") as w:
        await w.press("b")
        await w.shows("Runs of the bench")
        await w.shows("stopped, 1 of 2 cells, 1 failed")
        await w.press("enter")
        await w.until(lambda: isinstance(w.app.screen, BenchScreen))
        await w.shows("✗ failed")
        await w.press("q")
        await w.until(lambda: isinstance(w.app.screen, HomeScreen))


async def test_home_says_how_to_begin_where_there_is_no_run(tmp_path: Path) -> None:
    async with watching(place=tmp_path / "sessions") as w:
        await w.press("b")
        await w.shows("No run of a bench yet")


async def test_help_begins_with_the_matrix_and_the_palette_offers_its_actions(tmp_path: Path) -> None:
    run = run_with(tmp_path)
    async with watching(run=run, size=WIDE) as w:
        screen = await loaded(w)
        labels = [command.title for command in w.app.get_system_commands(screen)]
        assert {"Retry", "Report", "Next failed"} <= set(labels)
        assert "Rename" not in labels
        await w.press("question_mark")
        await w.shows("in the matrix, where you are")


async def test_retry_asks_a_real_conductor_which_tries_failed_cells_again(tmp_path: Path) -> None:
    run = make_run(tmp_path, NOWHERE, "seeds = [0]\nretries = 0")
    put(run, run.cells[0], "failed", why="it was not there")
    async with watching(run=run) as w:
        await loaded(w)
        await w.press("R")
        await w.shows("No cell is left to go on with. r tries failed ones again.")
        await w.press("r")
        await w.until(lambda: run.state(run.cells[0]).attempts == 2, 60)
        await w.until(lambda: "no model server answers" in w.screen_text(), 60)


async def test_a_real_run_goes_on_is_stopped_by_a_question_and_its_search_opened(tmp_path: Path) -> None:
    async with Double(Options(write=write, tokens_per_second=40)) as server:
        run = make_run(tmp_path, server.url, nodes=50)
        async with watching(run=run) as w:
            screen = await loaded(w)
            await w.press("s")
            await w.shows("The run is not going on.")
            await w.press("R")
            await w.until(lambda: run.session(run.cells[0]).exists(), 60)
            await w.shows("running")
            await w.press("enter")
            await w.until(lambda: isinstance(w.app.screen, SearchScreen))
            await w.press("q")
            await w.until(lambda: w.app.screen is screen)
            await w.until(lambda: screen.progress is not None and screen.progress.conducted, 30)
            await w.press("s")
            await w.until(lambda: w.app.screen.query(Label))
            await w.press("y")
            await w.until(lambda: run.state(run.cells[0]).status == "stopped", 60)
            await w.until(lambda: "R goes on, or:" in w.screen_text(), 30)


async def test_leaving_ends_the_app_and_nothing_else(tmp_path: Path) -> None:
    run = run_with(tmp_path)
    lock = RunLock(run)
    app = TuiAideApp(run=run)
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("q")
    assert app.return_code == 0
    lock.release()
