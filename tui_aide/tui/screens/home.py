"""The home screen: recent sessions from their summaries, what can be searched, and the models that can be used now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Input

from tui_aide.errors import TuiAideError
from tui_aide.sessions.choice import Choice
from tui_aide.tui.actions import EVERYWHERE, HOME, bindings
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.model_cards import ListModels, ModelCard, model_rows
from tui_aide.tui.opening import OpensSessions
from tui_aide.tui.places_to_search import bundled_choices
from tui_aide.tui.preferences import preferences_of
from tui_aide.tui.session_cards import Card
from tui_aide.tui.session_order import ORDERS, Order, arranged
from tui_aide.tui.shelf import Shelf
from tui_aide.tui.widgets.board import Board
from tui_aide.tui.widgets.choice_list import ChoiceList
from tui_aide.tui.widgets.key_footer import KeyFooter
from tui_aide.tui.widgets.session_list import SessionList

if TYPE_CHECKING:
    from tui_aide.tui.order_form import OrderForm

_OWN = Choice("your own folder ...", "with train.csv and test.csv")
_AGAIN = 2.0
"""Seconds after which the sessions are read again, so that running ones are seen to move."""

_WHAT = ("  searches for machine-learning solutions, scored honestly", "  searches for machine-learning solutions")

_SHARE = 60
"""Reading takes at most this part of the time: with many sessions it is done less often."""


class HomeScreen(Screen[None]):
    """Lists the sessions of a place; Enter opens one. Nothing is read or asked before the first paint."""

    DEFAULT_CSS = """
    HomeScreen {
        background: $background;
        #head { height: 1; padding: 0 1; background: $panel; }
        #sessions, #begin, #models { border: round $border-blurred; border-title-color: $text-muted;
            border-subtitle-color: $text-muted; padding: 0 1;
            &:focus { border: round $border; border-title-color: $text; } }
        #words { display: none; height: 1; border: none; padding: 0 2; background: $surface; }
        &.filtering #words { display: block; }
        #foot { height: 11; }
        #begin, #models { width: 1fr; height: 11; }
        &.-narrow #foot { height: 11; layout: vertical; }
        &.-narrow #models { height: 5; }
        &.-narrow #begin { height: 6; }
        &.-narrow #begin, &.-narrow #models { width: 100%; }
        &.-narrow.-high #foot { height: 16; }
        &.-narrow.-high #begin { height: 9; }
        &.-narrow.-high #models { height: 7; }
        &.-narrow.-low #models { display: none; }
        &.-narrow.-low #foot { height: 6; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-wide")]  # noqa: RUF012  (Textual declares them so)
    VERTICAL_BREAKPOINTS = [(0, "-low"), (22, "-tall"), (34, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = bindings(HOME)

    def __init__(self, place: Path, list_models: ListModels | None = None, *, new: str | None = None) -> None:
        super().__init__()
        self.place = place
        self._list_models = list_models
        self._models: Sequence[ModelCard] | None = None
        self._problem = ""
        self._new = new
        self._cards: list[Card] = []
        self._reading = 0.0
        self._form: OrderForm | None = None

    def compose(self) -> ComposeResult:
        """Make the list and what a search can begin with."""
        yield Board(id="head")
        yield Input(placeholder="words of a name, task, model, metric or state", compact=True, id="words")
        yield SessionList(id="sessions")
        with Horizontal(id="foot"):
            yield ChoiceList([_OWN, *bundled_choices()], id="begin")
            if self._list_models is not None:
                yield Board(id="models")
        yield KeyFooter((*HOME, *EVERYWHERE))

    def on_mount(self) -> None:
        """Show the frame first, then read."""
        self.query_one("#begin").border_title = "New search"
        if self._list_models is not None:
            self.query_one("#models").border_title = "Models"
        self._draw_sessions(loaded=False)
        self.query_one(KeyFooter).label()
        self.sessions.focus()
        self.call_after_refresh(self.action_reload)
        self.set_timer(_AGAIN, self._read_again)
        if self._new is not None:
            self.call_after_refresh(self._fill_in, self._new)

    @property
    def _order(self) -> Order:
        return preferences_of(self.app).settings.layout.sessions

    def on_screen_resume(self) -> None:
        """Read again when a session was left."""
        if self.sessions.loaded:
            self.action_reload()

    def action_reload(self) -> None:
        """Read the list of sessions, and ask again which models can be used."""
        self._read_sessions()
        if self._list_models is not None:
            self._ask_models(self._list_models)

    def _read_again(self) -> None:
        if self.is_current and self.sessions.loaded:
            self._read_sessions()
        self.set_timer(max(_AGAIN, _SHARE * self._reading), self._read_again)

    def on_resize(self) -> None:
        """Draw what depends on the width anew."""
        self.call_after_refresh(self._draw_models)
        self.call_after_refresh(self._draw_sessions, loaded=False)

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

        start = time.monotonic()
        cards = read_cards(self.place)
        self._reading = time.monotonic() - start
        self.app.call_from_thread(self._take, cards)

    def _take(self, cards: list[Card]) -> None:
        self._cards = cards
        self._draw_sessions()

    def _draw_sessions(self, *, loaded: bool = True) -> None:
        """Show the sessions that the filter leaves, in the order that was chosen."""
        words = self.query_one("#words", Input).value
        kept = arranged(self._cards, words, self._order)
        sessions = self.sessions
        if loaded:
            sessions.show(kept, str(self.place), filtered=bool(words.strip()) and bool(self._cards))
        sessions.border_title = f"Sessions {len(kept)} of {len(self._cards)}" if words.strip() else "Sessions"
        sessions.border_subtitle = f"by {self._order}"
        running = sum(card.running for card in self._cards)
        facts = []
        if self._cards:
            facts.append(
                (f"  {GLYPHS.separator}  {len(self._cards):,} session{'' if len(self._cards) == 1 else 's'}", "")
            )
        if running:
            facts.append((f"  {GLYPHS.live} {running} running", "live"))
        room = (self.size.width or 80) - len("tui_aide") - sum(len(text) for text, _ in facts) - 2
        what = next((w for w in _WHAT if len(w) <= room), "")
        self.query_one("#head", Board).show([[("tui_aide", "best"), (what, "muted"), *facts]])

    def action_sort(self) -> None:
        """Take the next order."""
        after = ORDERS[(ORDERS.index(self._order) + 1) % len(ORDERS)]
        preferences_of(self.app).put("layout.sessions", after)
        self._draw_sessions()

    def action_filter(self) -> None:
        """Type words to filter by."""
        self.add_class("filtering")
        self.query_one("#words", Input).focus()

    @on(Input.Changed, "#words")
    def _filtered(self) -> None:
        self._draw_sessions()

    @on(Input.Submitted, "#words")
    def _to_sessions(self) -> None:
        self.sessions.focus()

    def action_back(self) -> None:
        """Show all sessions again, and go to them; leaving is for `q`, as one Escape too many is soon pressed."""
        if self.has_class("filtering"):
            self.query_one("#words", Input).value = ""
            self.remove_class("filtering")
        self.sessions.focus()

    def action_next_pane(self) -> None:
        """Focus the sessions, or what a search can begin with."""
        begin = self.query_one("#begin", ChoiceList)
        (self.sessions if begin.has_focus else begin).focus()

    def action_open(self) -> None:
        """Open the session under the cursor."""
        card = self.sessions.card
        if card is not None and isinstance(self.app, OpensSessions):
            self.app.open_session(card.folder)

    @on(ChoiceList.Taken)
    def _taken(self, event: ChoiceList.Taken) -> None:
        self._fill_in("" if event.taken is _OWN else event.taken.name)

    def action_new(self) -> None:
        """Open the form of a new search, as it was left."""
        self._fill_in(None)

    def _fill_in(self, task: str | None) -> None:
        """Open the form: with a task, or as it was left."""
        from tui_aide.sessions.places import sessions_dir
        from tui_aide.tui.order_form import OrderForm
        from tui_aide.tui.screens.new_search import NewSearchScreen

        if self._form is None or task is not None:
            self._form = OrderForm(str(self.place) if self.place != sessions_dir() else None)
            self._form.texts["task"] = task or ""
        self.app.push_screen(NewSearchScreen(self._form, self.place, self._list_models), self._started)

    def _started(self, session: Path | None) -> None:
        """Show the search that was started."""
        from tui_aide.sessions.folder import SessionFolder

        if session is not None and isinstance(self.app, OpensSessions):
            self._form = None
            self.app.open_session(SessionFolder(session))

    @work(exclusive=True, group="benches")
    async def action_benches(self) -> None:
        """Choose a run of the bench, and show it."""
        from tui_aide.bench.run_folder import RunFolder, bench_dir
        from tui_aide.tui.run_cards import run_choices
        from tui_aide.tui.screens.bench import BenchScreen
        from tui_aide.tui.screens.pick import PickScreen

        place = bench_dir()
        choices = await asyncio.to_thread(run_choices, place)
        if not choices:
            self.notify("No run of a bench yet; start one with: tui-aide bench SUITE", markup=False)
            return
        name = await self.app.push_screen_wait(PickScreen("Runs of the bench", choices))
        if name is not None:
            self.app.push_screen(BenchScreen(RunFolder(place / name)))

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
