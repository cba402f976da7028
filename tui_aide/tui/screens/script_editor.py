"""Editing a script on the screen itself, for where no editor can have the terminal: in a browser, say."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Label

from tui_aide.tui.plain_text import one_line
from tui_aide.tui.widgets.code_area import CodeArea


class ScriptEditor(Screen[str | None]):
    """Dismissed with the script as it was saved; None where it was left."""

    CSS = """
    ScriptEditor {
        background: $background;
        & > #bar { height: 1; background: $surface; padding: 0 1; }
        & #heading { width: 1fr; color: $text; text-style: bold; text-wrap: nowrap; text-overflow: ellipsis; }
        & Button { margin-left: 1; min-width: 8; height: 1; border: none; text-style: none;
            &:focus { text-style: bold reverse; background-tint: $foreground 0%; } }
        & > #code { border: round $border-blurred; border-title-color: $text-muted;
            border-subtitle-color: $text-muted;
            &:focus { border: round $border; } }
        & > #keys { width: 1fr; padding: 0 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        # none has priority: those that have overtake what was typed just before
        Binding("ctrl+s,f2", "save", "Run", id="editor.save"),
        Binding("escape", "leave", "Leave", id="editor.leave"),
    ]

    def __init__(self, heading: str, code: str, *, about: str = "") -> None:
        """Begin with a script.

        Args:
            heading: what is edited.
            code: the script.
            about: what saving does.
        """
        super().__init__()
        self._heading, self._code, self._about = heading, code, about

    def compose(self) -> ComposeResult:
        """Make the bar, the text and the line of keys."""
        with Horizontal(id="bar"):
            yield Label(one_line(self._heading), id="heading", markup=False)
            yield Button("Run it", id="save", variant="success", compact=True)
            yield Button("Leave", id="leave", compact=True)
        yield CodeArea(self._code, id="code")
        yield Label(
            f"ctrl+s or F2 runs it   esc leaves   ctrl+z undo   ctrl+y redo   {one_line(self._about)}",
            id="keys",
            markup=False,
        )

    def on_mount(self) -> None:
        """Begin at the first line."""
        self.area.focus()
        self._say_place()

    @property
    def area(self) -> CodeArea:
        """The text."""
        return self.query_one(CodeArea)

    @property
    def changed(self) -> bool:
        """Whether the script is not as it was at first."""
        return self.area.text != self._code

    @on(CodeArea.SelectionChanged)
    @on(CodeArea.Changed)
    def _say_place(self) -> None:
        row, column = self.area.cursor_location
        changed = "changed   " if self.changed else ""
        self.area.border_subtitle = Content(f"{changed}line {row + 1} of {self.area.document.line_count}, {column + 1}")

    @on(Button.Pressed, "#save")
    def action_save(self) -> None:
        """Give the script back as it is now."""
        self.dismiss(self.area.text)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Leave; ask first where that loses something."""
        from tui_aide.tui.screens.ask import QuestionDialog

        if not self.changed:
            self.dismiss(None)
            return

        def answered(sure: bool | None) -> None:
            if sure:
                self.dismiss(None)

        self.app.push_screen(QuestionDialog("Leave without running it?", "What you changed is lost."), answered)
