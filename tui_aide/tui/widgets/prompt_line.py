"""The line at the bottom that opens with `:` for commands, `/` for a search and `f` for a filter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.message import Message
from textual.widgets import Input

from tui_aide.tui.command_line import USAGE, complete
from tui_aide.tui.node_filter import FILTER_WORDS

_HINT = 'branch NODE "instruction", pause, resume, stop, nodes N, strategy SPEC, goto NODE   (tab completes)'

_REMEMBERED = 200
"""So many commands are kept to be recalled."""
_FIND_HINT = "number, title, operator or verdict"


class PromptLine(Input):
    """Hidden, with the row that it stands in, until opened.

    Enter sends, Esc leaves, Tab completes, Up and Down go through what was typed before.

    Attributes:
        sign: `:`, `/` or `f`, whichever opened it.
        usage: the commands that there are, and how each is used.
        hint: what stands in it before a command is typed.
    """

    DEFAULT_CSS = """
    PromptLine {
        height: 1; width: 1fr; border: none; padding: 0; background: $surface;
        &:focus { border: none; background-tint: $foreground 0%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Cancel", show=False),
        Binding("tab", "complete", "Complete", show=False),
        Binding("up", "history(-1)", "Earlier", show=False),
        Binding("down", "history(1)", "Later", show=False),
    ]

    class Entered(Message):
        """A line was entered; its sign is `:`, `/` or `f`. Only a filter may be empty."""

        def __init__(self, sign: str, text: str) -> None:
            super().__init__()
            self.sign = sign
            self.text = text

    class Closed(Message):
        """It was left by Esc."""

        def __init__(self, sign: str) -> None:
            super().__init__()
            self.sign = sign

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, compact=True, select_on_focus=False)
        self.sign = ":"
        self.usage: Mapping[str, str] = USAGE
        self.hint = _HINT
        self._history: list[str] = []
        self._at = 0

    @property
    def _row(self) -> DOMNode:
        assert self.parent is not None
        return self.parent

    def open(self, sign: str, text: str = "", hint: str = "") -> None:
        """Show the line and give it the focus; `hint` says what a search looks for."""
        self.sign = sign
        self.value = text
        self.placeholder = {"/": hint or _FIND_HINT, "f": FILTER_WORDS}.get(sign, self.hint)
        self._at = len(self._history)
        self._row.add_class("open")
        self.cursor_position = len(text)
        self.focus()

    def action_close(self) -> None:
        """Leave without doing anything."""
        self.value = ""
        self.post_message(self.Closed(self.sign))
        self._leave("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Pass the line on."""
        event.stop()
        text = self.value.strip()
        if text and self.sign == ":":
            self._history.append(text)
            del self._history[:-_REMEMBERED]
        self._leave(text)

    def on_blur(self) -> None:
        """Close when the focus goes elsewhere."""
        self._row.remove_class("open")

    def _leave(self, text: str) -> None:
        self._row.remove_class("open")
        if text or self.sign == "f":
            self.post_message(self.Entered(self.sign, text))
        else:
            self.screen.query_one("#tree").focus()

    def action_complete(self) -> None:
        """Complete the command's name."""
        if self.sign == ":" and (whole := complete(self.value, self.usage)):
            self.value = whole
            self.cursor_position = len(whole)

    def action_history(self, step: int) -> None:
        """Show an earlier or later line."""
        self._at = max(0, min(len(self._history), self._at + step))
        self.value = self._history[self._at] if self._at < len(self._history) else ""
        self.cursor_position = len(self.value)
