"""The home screen: recent sessions from their summaries, and how to begin."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from tui_aide.tui.actions import EVERYWHERE, HOME, bindings
from tui_aide.tui.widgets.board import Board
from tui_aide.tui.widgets.key_footer import KeyFooter
from tui_aide.tui.widgets.session_list import SessionList


class HomeScreen(Screen[None]):
    """Lists the sessions of a place; Enter opens one. Nothing is read before the first paint."""

    DEFAULT_CSS = """
    HomeScreen {
        background: $background;
        #head { height: 2; padding: 0 1; }
        #sessions { border: round $border-blurred; border-title-color: $text-muted; padding: 0 1;
            &:focus { border: round $border; border-title-color: $text; } }
        #begin { height: 6; border: round $border-blurred; border-title-color: $text-muted; padding: 0 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(HOME)

    def __init__(self, place: Path) -> None:
        super().__init__()
        self.place = place

    def compose(self) -> ComposeResult:
        """Make the list and the hints."""
        yield Board(id="head")
        yield SessionList(id="sessions")
        yield Board(id="begin")
        yield KeyFooter((*HOME, *EVERYWHERE))

    def on_mount(self) -> None:
        """Show the frame first, then read."""
        self.query_one("#sessions").border_title = "Sessions"
        self.query_one("#begin").border_title = "Begin"
        self.query_one("#head", Board).show(
            [[("tui_aide", "best"), ("  searches for machine-learning solutions and scores them honestly", "muted")]]
        )
        self.query_one("#begin", Board).show(
            [
                [
                    ("tui-aide run digits --model builtin", "strong"),
                    ("   a bundled task, no model server needed", "muted"),
                ],
                [("tui-aide run DIR", "strong"), ("   your folder with train.csv and test.csv", "muted")],
                [("tui-aide init DIR", "strong"), ("  write its task.toml, to read and to change", "muted")],
                [("tui-aide tasks", "strong"), ("     what is bundled", "muted")],
            ]
        )
        self.query_one(KeyFooter).label()
        self.query_one(SessionList).focus()
        self.call_after_refresh(self.action_reload)

    def on_screen_resume(self) -> None:
        """Read again when a session was left."""
        if self.query_one(SessionList).loaded:
            self.action_reload()

    @work(thread=True, exclusive=True)
    def action_reload(self) -> None:
        """Read the list of sessions, away from the event loop."""
        from tui_aide.tui.session_cards import read_cards

        cards = read_cards(self.place)
        self.app.call_from_thread(self.query_one(SessionList).show, cards, str(self.place))

    def action_open(self) -> None:
        """Open the session under the cursor."""
        from tui_aide.tui.app import TuiAideApp

        card = self.query_one(SessionList).card
        if card is not None and isinstance(self.app, TuiAideApp):
            self.app.open_session(card.folder)

    def on_session_list_opened(self) -> None:
        """Open the session that was clicked twice."""
        self.action_open()
