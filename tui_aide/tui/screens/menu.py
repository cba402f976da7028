"""A small menu: each choice has a letter, and is taken by it, by Enter or by a click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen

from tui_aide.tui.documents import Span
from tui_aide.tui.plain_text import fit
from tui_aide.tui.widgets.lines import ScrollingLines


class Choice(NamedTuple):
    """One choice: its letter, its label, and what is to be known of it."""

    key: str
    label: str
    note: str = ""


class MenuList(ScrollingLines):
    """The choices, one a row, with a cursor."""

    class Taken(Message):
        """A choice was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, choices: Sequence[Choice]) -> None:
        super().__init__(id="choices")
        self.choices = choices
        self.cursor = 0

    def row_count(self) -> int:
        """Return how many choices there are."""
        return len(self.choices)

    def row(self, index: int, width: int) -> Sequence[Span]:
        """Return a choice's row."""
        choice = self.choices[index]
        label = max(len(c.label) for c in self.choices) + 2
        return (
            (f" {choice.key}  ", "key"),
            (fit(choice.label, min(label, width - 4)), ""),
            (fit(choice.note, max(0, width - 4 - label)), "muted"),
        )

    def row_style(self, y: int) -> str:
        """Return the cursor's style for its row."""
        return "cursor" if self.first + y == self.cursor else ""

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self.cursor = max(0, min(len(self.choices) - 1, self.cursor + rows))
        if self.cursor < self.first:
            self.top = self.cursor
        elif self.cursor >= self.first + self.size.height:
            self.top = self.cursor - self.size.height + 1
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Take the clicked choice."""
        row = self.first + event.y
        if row < len(self.choices):
            self.post_message(self.Taken(row))


class MenuDialog(ModalScreen[str | None]):
    """Asks for one of several things; gives back its key, None when it was left."""

    CSS = """
    MenuDialog {
        align: center middle;
        background: $background 60%;
        & > Vertical {
            width: 76; max-width: 96%; height: auto; max-height: 90%; background: $surface;
            border: round $primary; padding: 0 1; border-title-color: $text; border-subtitle-color: $text-muted;
        }
        MenuList { background: $surface; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Cancel"),
        Binding("enter", "take", "Take"),
    ]

    def __init__(self, heading: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._heading, self._choices = heading, choices

    def compose(self) -> ComposeResult:
        """Make the menu."""
        with Vertical() as box:
            box.border_title = Content(self._heading)
            box.border_subtitle = "a letter or enter takes   esc cancels"
            menu = MenuList(self._choices)
            menu.styles.height = len(self._choices)
            yield menu

    def on_mount(self) -> None:
        """Take keys."""
        self.query_one(MenuList).focus()

    def on_key(self, event: events.Key) -> None:
        """Take the choice whose letter was pressed."""
        if any(c.key == event.character for c in self._choices):
            event.stop()
            self.dismiss(event.character)

    def action_take(self) -> None:
        """Take the choice under the cursor."""
        self.dismiss(self._choices[self.query_one(MenuList).cursor].key)

    def on_menu_list_taken(self, event: MenuList.Taken) -> None:
        """Take the clicked choice."""
        self.dismiss(self._choices[event.index].key)
