"""What the bench's screen does to a run: go on, retry, stop, report. Each in a thread, and told when it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_aide.bench.run_folder import RunFolder
from tui_aide.errors import SessionError, TuiAideError
from tui_aide.tui.actions import key_for
from tui_aide.tui.plain_text import one_line

if TYPE_CHECKING:
    from tui_aide.sessions.folder import SessionFolder
    from tui_aide.tui.screens.bench import BenchScreen


class RunDesk:
    """Asks what is needed, then does it.

    Attributes:
        stopping: whether the conductor was asked to stop from here.
    """

    def __init__(self, screen: BenchScreen, run: RunFolder) -> None:
        self._screen, self._run = screen, run
        self._busy = ""
        self.stopping = False

    def resume(self, *, retry_failed: bool) -> None:
        """Start a conductor, where there is something to do."""
        progress = self._screen.progress
        if progress is None:
            return
        if progress.conducted:
            stop = key_for("bench.stop")
            self._say(f"The run goes on already{f'; {stop} stops it first' if retry_failed else ''}.", error=True)
            return
        failed = progress.count("failed")
        if retry_failed and not failed:
            self._say("No cell has failed.", error=True)
            return
        if not retry_failed and not (progress.left or progress.ungraded):
            hint = f" {key_for('bench.retry')} tries failed ones again." if failed else ""
            self._say(f"No cell is left to go on with.{hint}", error=True)
            return

        def deed() -> str:
            from tui_aide.bench.launch import launch

            launch(self._run, retry_failed=retry_failed)
            return "The run goes on."

        self.stopping = False
        self._do("starting the conductor", deed)

    def stop(self) -> None:
        """Ask whether to stop the run; while it stops, whether to end its searches at once."""
        from tui_aide.tui.screens.ask import QuestionDialog

        progress = self._screen.progress
        if progress is None or not progress.conducted:
            self._say("The run is not going on.", error=True)
            return
        about = f"What is done is kept. {key_for('bench.resume')} goes on with it later, at the node."
        heading = f"Stop {one_line(self._run.name)}?"
        if self.stopping:
            heading = f"End the searches of {one_line(self._run.name)} at once?"
            about = f"Nodes in flight start again. {about}"

        def deed() -> str:
            from tui_aide.bench.launch import stop

            stop(self._run)
            return ""

        def answered(sure: bool | None) -> None:
            if sure:
                self.stopping = True
                self._do("stopping", deed)

        self._screen.app.push_screen(QuestionDialog(heading, about), answered)

    def report(self) -> None:
        """Ask for a format, and write the report into the run's folder."""
        from tui_aide.tui.screens.menu import Choice, MenuDialog

        choices = (
            Choice("h", "HTML", "one file for a browser, with plots"),
            Choice("m", "Markdown", "tables and plain words"),
            Choice("c", "CSV", "one row a cell"),
            Choice("j", "JSON", "every estimate, contrast, curve and cell"),
        )
        formats = {"h": "html", "m": "md", "c": "csv", "j": "json"}

        def answered(key: str | None) -> None:
            if key is None:
                return

            def deed() -> str:
                from tui_aide.bench.launch import write_report

                return f"Wrote {write_report(self._run, formats[key])}"

            self._say("Writing the report ...")
            self._do("writing a report", deed)

        self._screen.app.push_screen(MenuDialog("Report", choices), answered)

    def refuse_resume(self, folder: SessionFolder) -> None:
        """Stand for what resumes a cell's search: its budget is the suite's, and only its run goes on with it.

        Raises:
            SessionError: always.
        """
        raise SessionError(
            f"{folder.id} is a cell of a bench; its run goes on with it: q, then {key_for('bench.resume')}"
        )

    def _do(self, what: str, deed: Callable[[], str]) -> None:
        if self._busy:
            self._say(f"Still {self._busy} ...", error=True)
            return
        self._busy = what

        def work() -> None:
            try:
                said, error = deed(), False
            except TuiAideError as e:
                said, error = str(e), True
            self._screen.app.call_from_thread(self._done, said, error)

        self._screen.run_worker(work, thread=True, group="desk")

    def _done(self, said: str, error: bool) -> None:
        self._busy = ""
        if said:
            self._say(said, error=error)
        self._screen.read()

    def _say(self, text: str, *, error: bool = False) -> None:
        self._screen.say(text, error=error)
