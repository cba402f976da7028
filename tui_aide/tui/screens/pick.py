"""A dialog that offers choices for a field: type to filter, arrows or the mouse to choose."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from tui_aide.sessions.choice import Choice
from tui_aide.tui.plain_text import one_line
from tui_aide.tui.widgets.choice_list import ChoiceList

Open = Callable[[Choice], Sequence[Choice] | None]
"""Returns what lies in a choice, None for one that is taken; called in a thread, disks can be slow."""


class _Offered(ChoiceList):
    @property
    def marks_cursor(self) -> bool:
        """Keys go to the filter, which moves this cursor."""
        return True


class PickScreen(ModalScreen[str | None]):
    """Gives back the name that was chosen, None when it was left."""

    CSS = """
    PickScreen {
        align: center middle;
        background: $background 60%;
        & > Vertical {
            width: 110; max-width: 96%; height: 24; max-height: 90%; background: $surface;
            border: round $primary; padding: 0 1; border-title-color: $text; border-subtitle-color: $text-muted;
        }
        Input { background: $panel; margin-bottom: 1; padding: 0 1; }
        ChoiceList { background: $surface; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", priority=True),
        Binding("down", "go(1)", "Down", priority=True),
        Binding("up", "go(-1)", "Up", priority=True),
        Binding("pagedown", "go(10)", "Page down", priority=True),
        Binding("pageup", "go(-10)", "Page up", priority=True),
    ]

    def __init__(self, title: str, choices: Sequence[Choice], opens: Open | None = None) -> None:
        super().__init__()
        self._title = title
        self._choices = list(choices)
        self._opens = opens

    def compose(self) -> ComposeResult:
        """Make the filter and the list."""
        with Vertical() as box:
            box.border_title = Content(one_line(self._title))
            box.border_subtitle = "type to filter   enter chooses   esc cancels"
            yield Input(placeholder="filter", compact=True, id="filter")
            yield _Offered(self._choices, id="offered")

    def on_mount(self) -> None:
        """Let keys go to the filter."""
        self.query_one(Input).focus()

    @property
    def _list(self) -> ChoiceList:
        return self.query_one(ChoiceList)

    def action_go(self, rows: int) -> None:
        """Move the cursor."""
        self._list.action_move(rows)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        words = event.value.casefold().split()
        kept = [c for c in self._choices if all(w in f"{_name(c)} {c.about}".casefold() for w in words)]
        kept.sort(key=lambda c: _distance(_name(c).casefold(), words))
        self._list.show(kept)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._list.action_take()

    @on(ChoiceList.Taken)
    def _taken(self, event: ChoiceList.Taken) -> None:
        event.stop()
        self._take(event.taken)

    @work(exclusive=True)
    async def _take(self, taken: Choice) -> None:
        inside = await asyncio.to_thread(self._opens, taken) if self._opens is not None else None
        if inside is None:
            self.dismiss(taken.name)
            return
        self._choices = list(inside)
        self.query_one(Vertical).border_title = Content(one_line(taken.name))
        self.query_one(Input).value = ""
        self._list.show(self._choices)


def _name(choice: Choice) -> str:
    return choice.shown or choice.name


def _distance(name: str, words: Sequence[str]) -> int:
    """Return how far a name is from what was typed: it begins so, it holds that, only what it is holds that."""
    if not words or name.startswith(words[0]):
        return 0
    return 1 if all(word in name for word in words) else 2
