"""The home screen: recent sessions from their summaries, the models that can be used now, and how to begin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen

from tui_aide.errors import TuiAideError
from tui_aide.tui.actions import EVERYWHERE, HOME, bindings
from tui_aide.tui.model_cards import ListModels, ModelCard, model_rows
from tui_aide.tui.shelf import Shelf
from tui_aide.tui.widgets.board import Board
from tui_aide.tui.widgets.key_footer import KeyFooter
from tui_aide.tui.widgets.session_list import SessionList


class HomeScreen(Screen[None]):
    """Lists the sessions of a place; Enter opens one. Nothing is read or asked before the first paint."""

    DEFAULT_CSS = """
    HomeScreen {
        background: $background;
        #head { height: 2; padding: 0 1; }
        #sessions { border: round $border-blurred; border-title-color: $text-muted; padding: 0 1;
            &:focus { border: round $border; border-title-color: $text; } }
        #foot { height: 6; }
        #begin, #models { height: 6; border: round $border-blurred; border-title-color: $text-muted; padding: 0 1; }
        #begin, #models { width: 1fr; }
        &.-narrow #foot { height: 11; layout: vertical; }
        &.-narrow #models { height: 5; }
        &.-narrow #begin, &.-narrow #models { width: 100%; }
        &.-narrow.-low #models { display: none; }
        &.-narrow.-low #foot { height: 6; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-wide")]  # noqa: RUF012  (Textual declares them so)
    VERTICAL_BREAKPOINTS = [(0, "-low"), (22, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = bindings(HOME)

    def __init__(self, place: Path, list_models: ListModels | None = None) -> None:
        super().__init__()
        self.place = place
        self._list_models = list_models
        self._models: Sequence[ModelCard] | None = None
        self._problem = ""

    def compose(self) -> ComposeResult:
        """Make the list and the hints."""
        yield Board(id="head")
        yield SessionList(id="sessions")
        with Horizontal(id="foot"):
            yield Board(id="begin")
            if self._list_models is not None:
                yield Board(id="models")
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
        if self._list_models is not None:
            self.query_one("#models").border_title = "Models"
        self.query_one(KeyFooter).label()
        self.query_one(SessionList).focus()
        self.call_after_refresh(self.action_reload)

    def on_screen_resume(self) -> None:
        """Read again when a session was left."""
        if self.query_one(SessionList).loaded:
            self.action_reload()

    def action_reload(self) -> None:
        """Read the list of sessions, and ask again which models can be used."""
        self._read_sessions()
        if self._list_models is not None:
            self._ask_models(self._list_models)

    def on_resize(self) -> None:
        """Draw what depends on the width anew."""
        self.call_after_refresh(self._draw_models)

    @work(exclusive=True, group="models")
    async def _ask_models(self, list_models: ListModels) -> None:
        self._draw_models()
        try:
            self._models, self._problem = await list_models(), ""
        except TuiAideError as e:
            self._problem = str(e)
        self._draw_models()

    def _draw_models(self) -> None:
        if self._list_models is not None:
            board = self.query_one("#models", Board)
            board.show(model_rows(self._models, self._problem, board.size.width, board.size.height))

    @work(thread=True, exclusive=True, group="sessions")
    def _read_sessions(self) -> None:
        from tui_aide.tui.session_cards import read_cards

        cards = read_cards(self.place)
        self.app.call_from_thread(self.query_one(SessionList).show, cards, str(self.place))

    def action_open(self) -> None:
        """Open the session under the cursor."""
        from tui_aide.tui.app import TuiAideApp

        card = self.query_one(SessionList).card
        if card is not None and isinstance(self.app, TuiAideApp):
            self.app.open_session(card.folder)

    @property
    def sessions(self) -> SessionList:
        """The list."""
        return self.query_one(SessionList)

    def action_fork(self) -> None:
        """Fork the session under the cursor."""
        Shelf(self).fork()

    def action_rename(self) -> None:
        """Rename the session under the cursor."""
        Shelf(self).rename()

    def action_delete(self) -> None:
        """Delete the session under the cursor, when the user is sure."""
        Shelf(self).delete()

    def on_session_list_opened(self) -> None:
        """Open the session that was clicked twice."""
        self.action_open()
