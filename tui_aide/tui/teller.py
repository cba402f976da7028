"""Tells the user of what happens in the search on the screen: toasts, the bell, the title, the desktop."""

from __future__ import annotations

import asyncio
import shutil
import time
from typing import TYPE_CHECKING

from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.actions import key_for
from tui_aide.tui.notifications import Notifications, clock_now, ways
from tui_aide.tui.preferences import preferences_of
from tui_aide.tui.signals import RESTORE_TITLE, SAVE_TITLE, desktop_sequence, title_sequence
from tui_aide.tui.telling import Telling, Tiding, title

if TYPE_CHECKING:
    from tui_aide.tui.feed import SessionFeed
    from tui_aide.tui.screens.search import SearchScreen

_DISK_SECONDS = 30.0


class Teller:
    """Listens to one live session for one search screen; what the session held before is not told."""

    def __init__(self, screen: SearchScreen, feed: SessionFeed) -> None:
        self._screen = screen
        self._feed = feed
        self._telling = Telling(self._settings)
        self._listening = False
        self._away = False
        self._title = ""
        self._disk_looked = float("-inf")
        feed.listener = self.hear

    def _settings(self) -> Notifications:
        return preferences_of(self._screen.app).settings.notify

    def hear(self, event: ev.AnyEvent, tree: SolutionTree) -> None:
        """Take an event in."""
        if self._screen.stopped_here and isinstance(event, ev.SessionFinished) and event.status == "stopped":
            return  # who stopped it knows
        self._telling.take(event, tree, now=time.time() if self._listening else None)

    def listen(self) -> None:
        """Tell of what comes from now on."""
        self._listening = True
        app = self._screen.app
        app.app_suspend_signal.subscribe(self._screen, lambda _: self._leave(True), immediate=True)
        app.app_resume_signal.subscribe(self._screen, lambda _: self._leave(False), immediate=True)

    def _leave(self, away: bool) -> None:
        """Wait while an editor has the terminal: what is written then goes nowhere, and blocks the app in the end."""
        self._away = away

    def interrupted(self) -> None:
        """Tell that the runner is gone."""
        how = f"{key_for('search.resume')} resumes, or: tui-aide resume {self._feed.folder.id}"
        words = f"The runner ended without a word. {how}"
        self._telling.tell(Tiding("ended", "Search interrupted", words, "error"))

    def beat(self) -> None:
        """Look at budget and title, and tell what is due. Called about once a second."""
        if self._away:
            return
        feed = self._feed
        if feed.live:
            self._telling.look(feed.tree, time.time())
        for tiding in self._telling.due(time.monotonic()):
            self._tell(tiding)
        self._show_title()

    async def look_at_disk(self) -> None:
        """See twice a minute how much room a running session has left; its disk may be slow, so in a thread."""
        if not self._feed.live or time.monotonic() - self._disk_looked < _DISK_SECONDS:
            return
        self._disk_looked = time.monotonic()
        try:
            free = (await asyncio.to_thread(shutil.disk_usage, self._feed.folder.path)).free
        except OSError:
            return
        self._telling.look_at_disk(free)

    def stop(self) -> None:
        """Give the terminal its own title back."""
        self._feed.listener = None
        if self._title:
            self._write(RESTORE_TITLE)
            self._title = ""

    def _tell(self, tiding: Tiding) -> None:
        app = self._screen.app
        how = ways(self._settings(), focused=app.app_focus, clock=clock_now())
        if how.toast:
            seconds = 6 if tiding.severity == "error" else 4
            self._screen.notify(
                tiding.words, title=tiding.heading, severity=tiding.severity, markup=False, timeout=seconds
            )
        if how.bell:
            app.bell()
        if how.desktop:
            tree = self._feed.tree
            task = f" ({tree.started.task})" if tree.started else ""
            self._write(desktop_sequence(tiding.heading + task, tiding.words))

    def _show_title(self) -> None:
        wanted = title(self._feed.tree, self._feed.folder.id, self._feed.status) if self._settings().title else ""
        if wanted == self._title:
            return
        if not self._title:
            self._write(SAVE_TITLE)
        self._write(title_sequence(wanted) if wanted else RESTORE_TITLE)
        self._title = wanted

    def _write(self, sequence: str) -> None:
        driver = self._screen.app._driver
        if driver is not None and not driver.is_web and sequence:  # a page has no title to set and no desktop
            driver.write(sequence)
