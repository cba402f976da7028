"""Drawing the form of a new search: the problems at their fields, the pages, the lines below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Button

from tui_aide.sessions.estimate import estimate
from tui_aide.tui.documents import Paragraphs, Span
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.order_fields import BY_KEY, FIELDS, MORE, shown
from tui_aide.tui.plain_text import one_line, wrap
from tui_aide.tui.survey_pages import data_page, estimate_rows, toml_page
from tui_aide.tui.widgets.board import Board
from tui_aide.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from tui_aide.tui.screens.new_search import NewSearchScreen


class OrderDrawing:
    """Draws a form's screen from the form and what its desk knows."""

    def __init__(self, screen: NewSearchScreen) -> None:
        self._screen = screen
        self._shown: object = None
        self._estimated: object = None
        self._hinted = "task"
        self.boards: dict[str, Board] = {}

    def mounted(self) -> None:
        """Remember the widgets: looking for them at each key would cost more than all the rest."""
        screen = self._screen
        self.boards = {
            name: screen.query_one(f"#{name}", Board) for name in ("head", "hint", "line", "state", "estimate")
        }
        self._data, self._toml = screen.query_one("#data", TextPane), screen.query_one("#toml", TextPane)
        self._start, self._write = screen.query_one("#start", Button), screen.query_one("#write", Button)

    def draw(self) -> None:
        """Draw all that changed."""
        screen = self._screen
        problems = screen.form.problems()
        if problems.keys() & {field.key for field in MORE}:
            screen.fold.put(True)
        screen.fold.fill(screen.form.filled())
        for field in FIELDS:
            widget = screen.field_widget(field.key)
            widget.display = shown(field, screen.form.texts)
            widget.show_problem(problems.get(field.key, ""))
            widget.show_usual(screen.form.usual(field))
        self._head()
        self._pages()
        self._line()
        self._state(problems)
        self.hint(self._hinted)
        ready = screen.desk.ready
        self._start.disabled = not ready
        survey = screen.form.survey
        writable = survey is not None and not survey.problem and not screen.form.bundled and not screen.desk.starting
        self._write.disabled = not writable

    def hint(self, key: str) -> None:
        """Say what the field with the focus is for."""
        self._hinted = key
        if key not in BY_KEY:
            self.boards["hint"].show(
                [[("More  ", "strong"), ("What is seldom needed; enter or space opens and folds it.", "muted")]]
            )
            return
        field = BY_KEY[key]
        spans: list[Span] = [(f"{field.label}  ", "strong"), (field.about, "muted")]
        if field.choices:
            spans.append(("  enter: choices", "faint"))
        self.boards["hint"].show([spans])

    def _head(self) -> None:
        task = one_line(self._screen.form.texts["task"].strip())
        spans: list[Span] = [("tui_aide", "best"), ("  new search", "strong")]
        if task:
            spans += [(f"  {GLYPHS.separator}  {task}", "muted")]
        self.boards["head"].show([spans])

    def _pages(self) -> None:
        screen, desk = self._screen, self._screen.desk
        survey = screen.form.survey
        shown = (survey, desk.columns, desk.looking)
        if shown != self._shown:
            before, self._shown = self._shown, shown
            keep = before is not None
            data, toml = self._data, self._toml
            if survey is None:
                data.empty = "Looking ..." if desk.looking else "What the data holds stands here once a task is named."
                toml.empty = "" if desk.looking else "The task.toml that says how the data is understood."
                data.show(Paragraphs())
                toml.show(Paragraphs())
            else:
                data.empty = "There is no table to look at."
                toml.empty = "It stands here once the field in red is mended."
                data.show(data_page(survey, desk.columns), keep=keep)
                toml.show(toml_page(survey, screen.form.changes()) if survey.toml else Paragraphs(), keep=keep)
        self._estimate()

    def _estimate(self) -> None:
        screen, desk = self._screen, self._screen.desk
        board = self.boards["estimate"]
        order, _ = screen.form.read()
        survey, settled = screen.form.survey, desk.settled
        if order is None or settled is None or desk.sessions is None or survey is None:
            self._estimated = None
            board.show([[("What it will take, told from earlier sessions.", "muted")]])
            return
        width = board.content_size.width or 120
        key = (order, settled, survey, len(desk.sessions), tuple(desk.remarks), width)
        if key == self._estimated:
            return
        self._estimated = key
        found = estimate(
            desk.sessions,
            task=survey.keys["name"].value if "name" in survey.keys else "",
            model=settled.model,
            strategy=settled.strategy,
            budget=order.budget,
            workers=settled.workers,
            slots=settled.slots,
            server=settled.server,
            servers=desk.servers,
        )
        board.show(estimate_rows(found, settled, order.timeout, desk.remarks, width))

    def _line(self) -> None:
        board = self.boards["line"]
        line = self._screen.form.line()
        if not line:
            board.show([[("$ ", "faint"), ("the same as a command line stands here", "faint")]])
            return
        rows = wrap(one_line(line), max(20, board.size.width - 2))
        shown = rows[: max(1, board.size.height)]
        if len(rows) > len(shown):
            shown[-1] = shown[-1][:-2] + f" {GLYPHS.ellipsis}"
        board.show(
            [[("$ " if i == 0 else "  ", "faint"), (row, "key" if i == 0 else "")] for i, row in enumerate(shown)]
        )

    def _state(self, problems: dict[str, str]) -> None:
        desk, form = self._screen.desk, self._screen.form
        spans: list[Span]
        if desk.starting:
            spans = [(f"{GLYPHS.live} {one_line(desk.said)}", "live"), ("   esc breaks it off", "muted")]
        elif desk.failed:
            spans = [(f"{GLYPHS.buggy} {one_line(desk.failed)}", "bad")]
        elif problems:
            names = ", ".join(BY_KEY[f.key].label for f in FIELDS if f.key in problems)
            spans = [(f"{GLYPHS.buggy} to mend: {names}", "bad"), ("   the words are at the field", "muted")]
        elif not form.texts["task"].strip():
            spans = [("Name a folder or choose a bundled task.", "muted"), ("   enter shows them", "faint")]
        elif desk.looking:
            spans = [(f"{GLYPHS.live} looking at the data ...", "live")]
        elif desk.checking or desk.settled is None:
            spans = [(f"{GLYPHS.live} checking ...", "live")]
        else:
            spans = [(f"{GLYPHS.valid} ready", "good"), ("   ctrl+g starts", "muted")]
            if form.changes():
                spans.append((f"   {GLYPHS.warning} task.toml is written first; you are asked", "warn"))
        self.boards["state"].show([spans])
