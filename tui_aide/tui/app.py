"""The viewer's app: themes, the keys that work everywhere, and which screen is shown. Only wiring."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from tui_aide.sessions.folder import SessionFolder
from tui_aide.tui.actions import EVERYWHERE, bindings, key_for
from tui_aide.tui.cell_guard import CellGuard
from tui_aide.tui.drawn_rows import forget_closed
from tui_aide.tui.opening import ResumeSession
from tui_aide.tui.plain_text import one_line
from tui_aide.tui.preferences import WATCH_SECONDS, Preferences
from tui_aide.tui.theme_files import theme_folders

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.events import DescendantFocus
    from textual.notifications import Notify

    from tui_aide.bench.run_folder import RunFolder
    from tui_aide.tui.model_cards import ListModels
    from tui_aide.tui.replay_feed import ReplayFeed

APP_CSS = """
ToastRack { margin-bottom: 2; }  /* the event line and the keys stay in view */
ModalScreen:ansi { background: transparent; }  /* the terminal's own colours do not mix */
.-ascii ModalScreen > Vertical { border: ascii $primary; }
.-ascii ModalScreen Input, .-ascii ModalScreen Input:focus { border: ascii $border; }
.-ascii HomeScreen #sessions, .-ascii HomeScreen #begin, .-ascii HomeScreen #models { border: ascii $border-blurred; }
.-ascii HomeScreen #sessions:focus { border: ascii $border; }
.-ascii BenchScreen #matrix, .-ascii BenchScreen #cell { border: ascii $border-blurred; }
.-ascii BenchScreen #matrix:focus { border: ascii $border; }
.-ascii #about { border-top: ascii $border-blurred; }
"""
TOASTS = 2
"""How many messages may stand over the screen at once."""


class TuiAideApp(App[str]):
    """Shows the home screen, one session, or one run of the bench.

    Attributes:
        opened: the session that was opened last, or None.
        left_as: how it was left: detached, stopped or closed.
    """

    TITLE = "tui_aide"
    ENABLE_COMMAND_PALETTE = True
    NOTIFICATION_TIMEOUT = 3
    CSS = APP_CSS
    BINDINGS: ClassVar[list[BindingType]] = bindings(EVERYWHERE, priority=False)

    def __init__(
        self,
        folder: SessionFolder | None = None,
        *,
        place: Path | None = None,
        resume: ResumeSession | None = None,
        list_models: ListModels | None = None,
        replay: ReplayFeed | None = None,
        new: str | None = None,
        run: RunFolder | None = None,
        theme_folders: Callable[[], list[Path]] = theme_folders,
    ) -> None:
        super().__init__()
        self._replay = replay
        self.opened = folder
        self.left_as = "closed"
        self._folder = folder
        self._place = place
        self._resume = resume
        self._list_models = list_models
        self._new = new
        self._run_folder = run
        self._interrupted = 0.0
        self._filters.append(CellGuard())
        self.preferences = Preferences(self, theme_folders())

    def get_driver_class(self) -> type[Driver]:
        """Return what draws on the terminal: Textual's for a page, ours for terminals that fail."""
        found = super().get_driver_class()
        if found.__name__ != "LinuxDriver":
            return found
        from tui_aide.tui.terminal_driver import TerminalDriver

        return TerminalDriver

    def _leave_the_gone(self) -> None:
        """Leave where the terminal is gone, and did not say so by a signal; the search goes on."""
        if getattr(self._driver, "gone", False):
            self.left_as = getattr(self.screen, "left_as", self.left_as)
            self.exit(self.left_as)

    def get_default_screen(self) -> Screen[Any]:
        """Return the first screen: home, a run of the bench, or nothing below a single session."""
        if self._folder is None and self._place is not None:
            from tui_aide.tui.screens.home import HomeScreen

            return HomeScreen(self._place, self._list_models, new=self._new)
        if self._run_folder is not None:
            from tui_aide.tui.screens.bench import BenchScreen

            return BenchScreen(self._run_folder)
        return super().get_default_screen()

    def on_mount(self) -> None:
        """Open the session that was asked for, tell of bad files of the user's, and watch these."""
        self._tell(self.preferences.problems)
        self.set_interval(WATCH_SECONDS, self._leave_the_gone)
        self.set_interval(WATCH_SECONDS, self._watch)
        if self._replay is not None:
            from tui_aide.tui.screens.replay import ReplayScreen

            self.push_screen(ReplayScreen(self._replay), self._left)
        elif self._folder is not None:
            self.open_session(self._folder)

    def _watch(self) -> None:
        self._tell(self.preferences.poll())
        forget_closed()

    def _left(self, how: str | None) -> None:
        self.left_as = how or "closed"
        if self._folder is not None or self._replay is not None:
            self.exit(self.left_as)

    def open_session(self, folder: SessionFolder, resume: ResumeSession | None = None) -> None:
        """Show a session above what is shown now; `resume` in the place of the app's own."""
        from tui_aide.tui.screens.search import SearchScreen

        self.opened = folder
        self.push_screen(SearchScreen(folder, resume or self._resume), self._left)

    def action_keys(self) -> None:
        """Show all keys."""
        from tui_aide.tui.screens.keys import KeysScreen

        if not isinstance(self.screen, KeysScreen):
            here = self.screen.focused
            pane = here.id or "" if here is not None else ""
            if any(a.group == "New search" for a in getattr(self.screen, "actions", ())):
                pane = "form"
            self.push_screen(KeysScreen(replay=self._replay is not None, pane=pane, problems=self.preferences.problems))

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Keep the cursor of what is typed into still, where motion is reduced."""
        if self.animation_level == "none" and hasattr(event.widget, "cursor_blink"):
            event.widget.cursor_blink = False

    def action_themes(self) -> None:
        """Choose a theme, which the screen shows meanwhile."""
        from tui_aide.tui.screens.themes import ThemePicker

        if not isinstance(self.screen, ThemePicker):
            self.push_screen(ThemePicker(self.preferences))

    def action_settings(self) -> None:
        """Change the settings."""
        from tui_aide.tui.screens.settings import SettingsScreen

        if not isinstance(self.screen, SettingsScreen):
            self.push_screen(SettingsScreen(self.preferences))

    def _tell(self, problems: Sequence[str]) -> None:
        for problem in problems:
            self.notify(one_line(problem), title="Your settings", severity="warning", markup=False, timeout=8)

    def action_interrupt(self) -> None:
        """Copy what is selected; else say how to leave, and leave when it comes again within a second."""
        selected = self.screen.get_selected_text()
        if selected:
            from tui_aide.tui.clipboard import copy

            copy(self.screen, selected, "the selected text")
            return
        if time.monotonic() - self._interrupted < 1.0:
            self.left_as = getattr(self.screen, "left_as", self.left_as)
            self.exit(self.left_as)
            return
        self._interrupted = time.monotonic()
        how = f"{key_for('screen.close')} leaves"
        if any(a.group == "Bench" for a in getattr(self.screen, "actions", ())):
            how += f" and the run goes on, {key_for('bench.stop')} stops it"
        elif self._replay is None:
            how += f" and the search goes on, {key_for('search.stop')} stops it"
        self.notify(f"{how}. Press ctrl+c again to leave.", timeout=3)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Offer every action of the screen in the palette."""
        from tui_aide.tui.actions import HOME

        for action in (*getattr(screen, "actions", HOME), *EVERYWHERE):
            if action.id in ("app.palette", "app.interrupt"):
                continue
            yield SystemCommand(action.label, action.description, self._runner(screen, action.target))
        yield SystemCommand(
            "Screenshot", "Save an SVG picture of the screen in the current folder.", self.action_save_picture
        )

    def action_save_picture(self) -> None:
        """Save a picture of the screen in the current folder and say where."""
        folder = Path.cwd()
        try:
            path = self.save_screenshot(path=str(folder))
        except OSError as e:
            self.notify(f"{folder}: cannot save the picture: {e.strerror}", severity="error", markup=False)
        else:
            self.notify(f"Saved {path}", markup=False)

    def on_notify(self, event: Notify) -> None:
        """Make room for a message: only the newest ones stay, and none stands there twice."""
        shown = list(self._notifications)
        newest = [n for n in shown if n.message != event.notification.message][-(TOASTS - 1) :]
        for old in shown:
            if old not in newest:
                self._unnotify(old, refresh=False)

    def _runner(self, screen: Screen[Any], target: str) -> Callable[[], None]:
        def run() -> None:
            self.run_worker(screen.run_action(target))

        return run


def run_viewer(folder: SessionFolder, *, resume: ResumeSession | None = None) -> str:
    """Show one session until it is left.

    Args:
        folder: the session, running or not.
        resume: starts a runner on the session; called off the event loop when the user asks for it.

    Returns:
        "detached" where the search goes on, "stopped" where it was stopped here, else "closed".
    """
    app = TuiAideApp(folder, resume=resume)
    app.run()
    return app.left_as


def spare_collections() -> None:
    """Let Python look for garbage in cycles less often: a recording has many objects and no cycles.

    Looking through them all takes up to 70 ms at 10,000 nodes, in which no key is answered.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def run_replay(feed: ReplayFeed) -> None:
    """Show a recorded session until it is left; nothing of it is changed."""
    spare_collections()
    TuiAideApp(replay=feed).run()


def run_bench(run: RunFolder) -> None:
    """Show a run of the bench until it is left; its conductor is a process of its own and goes on."""
    TuiAideApp(run=run).run()


def run_home(
    place: Path,
    *,
    resume: ResumeSession | None = None,
    list_models: ListModels | None = None,
    new: str | None = None,
) -> SessionFolder | None:
    """Show the list of sessions.

    Args:
        place: the folder that holds the sessions.
        resume: as for `run_viewer`.
        list_models: asks which models can be used now; called after the first paint, and by the key that reads anew.
        new: the task to open the form of a new search with, "" for an empty form; None shows the list.

    Returns:
        The session that was opened last where its search goes on, else None.
    """
    app = TuiAideApp(place=place, resume=resume, list_models=list_models, new=new)
    app.run()
    return app.opened if app.left_as == "detached" else None
