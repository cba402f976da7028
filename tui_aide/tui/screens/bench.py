"""The screen of a bench's run: the matrix of its cells, live, and what is known of the one under the cursor."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen

from tui_aide.bench.progress import RunProgress
from tui_aide.bench.run_folder import RunFolder
from tui_aide.errors import TuiAideError
from tui_aide.sessions.folder import SessionFolder
from tui_aide.tui.actions import BENCH, EVERYWHERE, Action, bindings
from tui_aide.tui.cell_facts import cell_rows
from tui_aide.tui.matrix import FILTERS, Filter
from tui_aide.tui.opening import OpensSessions
from tui_aide.tui.plain_text import one_line
from tui_aide.tui.run_boards import event_row, head_row, totals_row
from tui_aide.tui.run_desk import RunDesk
from tui_aide.tui.run_feed import RunFeed, RunState
from tui_aide.tui.widgets.board import Board
from tui_aide.tui.widgets.key_footer import KeyFooter
from tui_aide.tui.widgets.matrix_view import MatrixView

_AGAIN = 0.5
"""Seconds after which the run is read again."""

_SHARE = 20
"""Reading takes at most this part of the time: of very many cells it is done less often."""


class BenchScreen(Screen[None]):
    """Shows one run, whoever conducts it; leaving it stops nothing."""

    DEFAULT_CSS = """
    BenchScreen {
        background: $background;
        #head { height: 1; background: $panel; }
        #totals, #said { height: 1; }
        #matrix, #cell { border: round $border-blurred; border-title-color: $text-muted; padding: 0 1; }
        #matrix:focus { border: round $border; border-title-color: $text; }
        #body { height: 1fr; }
        #matrix { width: 1fr; height: 1fr; }
        #cell { width: 52; height: 100%; }
        &.-huge #cell { width: 64; }
        &.-narrow #body { layout: vertical; }
        &.-narrow #cell { width: 100%; height: 8; }
        &.-narrow.-low #cell { height: 5; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide"), (170, "-huge")]  # noqa: RUF012  (Textual's own way)
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = bindings(BENCH)
    actions: ClassVar[Sequence[Action]] = BENCH
    """What its keys do, for the help and the palette."""

    def __init__(self, run: RunFolder) -> None:
        super().__init__()
        self.folder = run
        self.progress: RunProgress | None = None
        self.wanted: Filter = "all"
        self.reads = 0
        self._feed = RunFeed(run)
        self._desk = RunDesk(self, run)
        self._said = ""
        self._reading = False
        self._took = 0.0

    def compose(self) -> ComposeResult:
        """Make the lines, the matrix and the panel."""
        yield Board(id="head")
        yield Board(id="totals")
        with Horizontal(id="body"):
            yield MatrixView(id="matrix")
            yield Board(id="cell")
        yield Board(id="said")
        yield KeyFooter((*BENCH, *EVERYWHERE))

    def on_mount(self) -> None:
        """Show the frame first, then read."""
        self.matrix.border_title = "Cells"
        self.query_one("#cell").border_title = "Cell"
        self.query_one(KeyFooter).label()
        self.matrix.focus()
        self.call_after_refresh(self.read)

    @property
    def matrix(self) -> MatrixView:
        """The matrix."""
        return self.query_one(MatrixView)

    # ---- reading

    def read(self) -> None:
        """Read the run, unless that is being done."""
        if not self._reading:
            self._reading = True
            self._read()

    @work(thread=True, group="run")
    def _read(self) -> None:
        start = time.monotonic()
        try:
            state: RunState | str = self._feed.read()
        except TuiAideError as e:
            state = str(e)
        self._took = time.monotonic() - start
        self.app.call_from_thread(self._take, state)

    def _take(self, state: RunState | str) -> None:
        self._reading = False
        self.reads += 1
        if isinstance(state, str):
            self.matrix.empty = one_line(state)
            self.matrix.refresh()
        else:
            self.progress, self._said = state.progress, state.said
            self.matrix.begin(self._feed.nodes, self._feed.tokens_as)
            if not state.progress.conducted:
                self._desk.stopping = False
            self._draw()
        self.set_timer(max(_AGAIN, _SHARE * self._took), self._read_again)

    def _read_again(self) -> None:
        if self.is_current or self.app.screen.is_modal:
            self.read()
        else:
            self.set_timer(_AGAIN, self._read_again)

    def on_screen_resume(self) -> None:
        """Read again when a session was left."""
        if self.progress is not None:
            self.read()

    # ---- drawing

    def _draw(self) -> None:
        if self.progress is None:
            return
        matrix = self.matrix
        matrix.empty = "This run has no cell." if self.wanted == "all" else f"No cell is {self.wanted}; esc shows all."
        matrix.show(self.progress.cells, self.wanted)
        self._draw_boards()

    def _draw_boards(self) -> None:
        """Draw what is made of figures; boards redraw only rows that differ."""
        progress = self.progress
        if progress is None:
            return
        width, names, stopping = self.size.width, self._feed.names, self._desk.stopping
        now = time.time()
        self.query_one("#head", Board).show([head_row(names, progress, width, now, stopping=stopping)])
        hidden = self.matrix.matrix.hidden
        self.query_one("#totals", Board).show([totals_row(names, progress, width, now, self.wanted, hidden)])
        self.query_one("#said", Board).show([event_row(names, progress, self._said, width, stopping=stopping)])
        self._draw_cell()
        self.query_one(KeyFooter).label(dict.fromkeys(self._of_no_use(progress), ""))

    @staticmethod
    def _of_no_use(progress: RunProgress) -> Iterator[str]:
        """Yield the actions that have nothing to do now, which the footer leaves out."""
        if not progress.conducted:
            yield "bench.stop"
        if progress.conducted or not (progress.left or progress.ungraded):
            yield "bench.resume"
        if progress.conducted or not progress.count("failed"):
            yield "bench.retry"

    def _draw_cell(self) -> None:
        cell, panel = self.matrix.cell, self.query_one("#cell", Board)
        session = self.folder.session(cell.cell).path if cell is not None else None
        panel.show(cell_rows(cell, session, panel.size.width, panel.size.height))

    def redraw(self) -> None:
        """Draw all anew: the size, the signs or the keys are others."""
        self.call_after_refresh(self._draw_boards)

    def on_resize(self, event: events.Resize) -> None:
        """Draw anew at the new size."""
        self.redraw()

    @on(MatrixView.Moved)
    def _moved(self) -> None:
        self._draw_cell()

    # ---- what keys do

    @on(MatrixView.Opened)
    def action_open(self) -> None:
        """Show the search of the cell under the cursor."""
        cell = self.matrix.cell
        if cell is None or not isinstance(self.app, OpensSessions):
            return
        folder: SessionFolder = self.folder.session(cell.cell)
        if folder.exists():
            self.app.open_session(folder, self._desk.refuse_resume)
        else:
            self.say("Its search has not begun." if cell.shown != "failed" else "It failed before its search began.")

    def action_filter(self) -> None:
        """Take the next filter that holds for some cell."""
        if self.progress is None:
            return
        at = FILTERS.index(self.wanted)
        shown = {"stopped" if cell.shown == "interrupted" else cell.shown for cell in self.progress.cells}
        self.wanted = next(w for w in (*FILTERS[at + 1 :], "all") if w == "all" or w in shown)
        self._draw()

    def action_back(self) -> None:
        """Show all cells again; where all are shown, leave a run that home opened."""
        if self.wanted != "all":
            self.wanted = "all"
            self._draw()
        elif len(self.app.screen_stack) > 1:
            self.dismiss(None)

    def action_failed(self, step: int) -> None:
        """Go to the next cell, row by row, that failed or was not graded."""
        matrix = self.matrix
        rows, columns = len(matrix.matrix.rows), len(matrix.matrix.columns)
        here = matrix.cursor[0] * columns + matrix.cursor[1]
        for away in range(1, rows * columns + 1):
            at = (here + step * away) % (rows * columns)
            index = matrix.matrix.index(at // columns, at % columns)
            cell = matrix.cells[index] if index is not None else None
            if cell is not None and (cell.shown == "failed" or cell.state.grading == "failed"):
                matrix.go_to(cell)
                return
        self.say("No cell has failed.")

    def action_resume(self) -> None:
        """Go on with the run."""
        self._desk.resume(retry_failed=False)

    def action_retry(self) -> None:
        """Go on with the run, and try its failed cells again."""
        self._desk.resume(retry_failed=True)

    def action_stop(self) -> None:
        """Ask, then stop the run."""
        self._desk.stop()

    def action_report(self) -> None:
        """Ask for a format, then write the report."""
        self._desk.report()

    def action_copy(self) -> None:
        """Copy the path of the cell's session."""
        from tui_aide.tui.clipboard import copy

        if (cell := self.matrix.cell) is not None:
            copy(self, str(self.folder.session(cell.cell).path), "the path of the cell's session")

    def action_leave(self) -> None:
        """Leave; the run goes on."""
        if len(self.app.screen_stack) > 1:
            self.dismiss(None)
        else:
            self.app.exit()

    def say(self, message: str, *, error: bool = False) -> None:
        """Show a message that may hold untrusted text."""
        self.notify(
            one_line(message), severity="error" if error else "information", markup=False, timeout=5 if error else 3
        )
