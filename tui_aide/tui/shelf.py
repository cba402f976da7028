"""What the home screen does to sessions: rename, fork and delete the one under the cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_aide.errors import TuiAideError
from tui_aide.sessions.folder import SessionFolder
from tui_aide.tui.actions import key_for
from tui_aide.tui.plain_text import one_line

if TYPE_CHECKING:
    from tui_aide.tui.screens.home import HomeScreen


class Shelf:
    """Asks what is needed, then does it in a thread: disks can be slow, and forks and deletions large."""

    def __init__(self, screen: HomeScreen) -> None:
        self._screen = screen

    def rename(self) -> None:
        """Ask for the session's new name."""
        from tui_aide.tui.screens.ask import InstructionDialog

        if (folder := self._here()) is None:
            return

        def answered(name: str | None) -> None:
            if name and name != folder.id:
                self._do(lambda: _renamed(folder, name))

        about = "Its folder gets this name; what is in it stays as it is."
        self._screen.app.push_screen(
            InstructionDialog(f"Rename {one_line(folder.id)}", about, "the new name", folder.id), answered
        )

    def fork(self) -> None:
        """Ask after which node to fork."""
        from tui_aide.tui.screens.ask import InstructionDialog

        if (folder := self._here()) is None:
            return

        def answered(node: str | None) -> None:
            if node:
                self._do(lambda: _forked(folder, node))

        about = (
            "A new session of the tree as it was when a node had ended; this one stays as it is.\n"
            "Type the node's number, or all for everything that was done."
        )
        self._screen.app.push_screen(
            InstructionDialog(f"Fork {one_line(folder.id)}", about, "for example: 4", "all"), answered
        )

    def delete(self) -> None:
        """Ask whether the session is to be gone for good."""
        from tui_aide.sessions.disk_use import disk_use
        from tui_aide.sessions.lock import is_running
        from tui_aide.tui.figures import size
        from tui_aide.tui.screens.ask import QuestionDialog

        if (folder := self._here()) is None:
            return
        if is_running(folder):
            self._say(f"{folder.id} is running; open it and stop it first.", error=True)
            return

        def answered(sure: bool | None) -> None:
            if sure:
                self._do(lambda: _deleted(folder))

        def ask(taken: int) -> None:
            about = f"{size(taken)} in {one_line(str(folder.path))} are gone for good."
            self._screen.app.push_screen(QuestionDialog(f"Delete {one_line(folder.id)}?", about), answered)

        def measure() -> None:
            self._screen.app.call_from_thread(ask, disk_use(folder.path))

        self._screen.run_worker(measure, thread=True, group="shelf", exclusive=True)

    def _here(self) -> SessionFolder | None:
        card = self._screen.sessions.card
        if card is None:
            self._say("There is no session yet.", error=True)
            return None
        return card.folder

    def _do(self, deed: Callable[[], str]) -> None:
        def work() -> None:
            try:
                said, error = deed(), False
            except TuiAideError as e:
                said, error = str(e), True
            self._screen.app.call_from_thread(self._done, said, error)

        self._screen.run_worker(work, thread=True, group="shelf")

    def _done(self, said: str, error: bool) -> None:
        self._say(said, error=error)
        self._screen.action_reload()

    def _say(self, text: str, *, error: bool = False) -> None:
        self._screen.notify(one_line(text), severity="error" if error else "information", markup=False)


def _renamed(folder: SessionFolder, name: str) -> str:
    from tui_aide.sessions.renaming import rename_session

    return f"{folder.id} is now {rename_session(folder, name).id}."


def _deleted(folder: SessionFolder) -> str:
    from tui_aide.sessions.removal import remove_session

    remove_session(folder)
    return f"Deleted {folder.id}."


def _forked(folder: SessionFolder, node: str) -> str:
    from tui_aide.errors import UsageError
    from tui_aide.sessions.folder import new_id
    from tui_aide.sessions.forking import fork_session

    number = node.strip().removeprefix("#")
    if number != "all" and not number.isdecimal():
        raise UsageError(f"{node!r} is no number of a node; type for example 4, or all")
    name = new_id(folder.config().task.name)
    fork = fork_session(folder, folder.path.parent, name, None if number == "all" else int(number))
    return f"{name}: {fork.tree.status_reason}. Open it and press {key_for('search.resume')} to go on."
