"""A list of names with what they are: a cursor over rows, of which only the visible ones are drawn."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.binding import Binding
from textual.message import Message

from tui_aide.sessions.choice import Choice
from tui_aide.tui.documents import Span
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import fit, one_line
from tui_aide.tui.widgets.lines import ScrollingLines


class ChoiceList(ScrollingLines):
    """Shows `Choice`s. Enter or a click takes one."""

    BINDINGS = [Binding("enter", "take", "Choose", show=False)]  # noqa: RUF012  (Textual declares them so)

    class Taken(Message):
        """A choice was taken."""

        def __init__(self, taken: Choice) -> None:
            super().__init__()
            self.taken = taken

    def __init__(self, choices: Sequence[Choice] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.cursor = 0
        self.empty = "Nothing fits."
        self._take_over(choices)

    def _take_over(self, choices: Sequence[Choice]) -> None:
        self.choices = list(choices)
        self._longest = max((len(_shown(c)) for c in self.choices), default=0)

    @property
    def choice(self) -> Choice | None:
        """What is under the cursor."""
        return self.choices[self.cursor] if self.cursor < len(self.choices) else None

    def show(self, choices: Sequence[Choice]) -> None:
        """Show other choices, from the first one."""
        self._take_over(choices)
        self.cursor = self.top = 0
        self.refresh()

    def row_count(self) -> int:
        """Return how many there are."""
        return len(self.choices)

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        if not self.choices:
            return
        self.cursor = max(0, min(len(self.choices) - 1, self.cursor + rows))
        height = max(1, self.size.height)
        if self.cursor < self.first:
            self.top = self.cursor
        elif self.cursor >= self.first + height:
            self.top = self.cursor - height + 1
        self.refresh()

    def action_take(self) -> None:
        """Take what is under the cursor."""
        if self.choice is not None:
            self.post_message(self.Taken(self.choice))

    def on_click(self, event: events.Click) -> None:
        """Take what was clicked."""
        index = self.first + event.y - (self.content_region.y - self.region.y)
        if 0 <= index < len(self.choices):
            self.cursor = index
            self.refresh()
            self.action_take()

    def row_style(self, y: int) -> str:
        """Return the cursor's style for its row."""
        if self.choices and self.first + y == self.cursor:
            return "cursor" if self.marks_cursor else "weak-cursor"
        return ""

    @property
    def marks_cursor(self) -> bool:
        """Whether the cursor is where keys go."""
        return self.has_focus

    def line(self, y: int) -> Sequence[Span]:
        """Return a choice, or that there is none."""
        if not self.choices:
            return ((self.empty, "muted"),) if y == 0 else ()
        return super().line(y)

    def row(self, index: int, width: int) -> Sequence[Span]:
        """Return a name and what it is."""
        choice = self.choices[index]
        room = max(8, min(self._longest, width * 3 // 5))
        sign = f"{GLYPHS.closed} " if index == self.cursor else "  "
        about = fit(one_line(choice.about), max(0, width - room - 5)).rstrip()
        return ((sign, "accent"), (fit(_shown(choice), room), "strong"), (f"  {about}", "muted"))


def _shown(choice: Choice) -> str:
    return one_line(choice.shown or choice.name)
