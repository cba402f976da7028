"""What a screen needs of the app to show a session above itself, so that no screen imports the app that imports it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from tui_aide.sessions.folder import SessionFolder

ResumeSession = Callable[[SessionFolder], None]


@runtime_checkable
class OpensSessions(Protocol):
    """The app, to the screens that list sessions."""

    def open_session(self, folder: SessionFolder, resume: ResumeSession | None = None) -> None:
        """Show a session above what is shown now; `resume` in the place of the app's own."""
