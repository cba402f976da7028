"""What the form of a new search has done for it: looking at the data, checking, writing task.toml, starting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from tui_aide.errors import SessionError
from tui_aide.sessions.apart import Check, ListChoices, Look, Request, Settled, Start, Told, Write
from tui_aide.sessions.choice import Choice
from tui_aide.sessions.order import SearchOrder
from tui_aide.tasks.survey import KEYS
from tui_aide.tasks.task import Column
from tui_aide.tui.apart import ask_apart
from tui_aide.tui.order_form import OrderForm

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui_aide.sessions.listing import Listed

_PATIENCE = 0.25
"""Seconds without a key before anything is looked up."""


class OrderDesk:
    """Looks things up for a form, in processes apart; tells the screen whenever it knows more.

    Attributes:
        form: the form.
        columns: what the columns hold, None while that is not known.
        settled: what was chosen where the order leaves it open, None while that is not known.
        remarks: what the last check said beside that.
        looking, checking, starting: whether that is under way.
        said: what the start said last.
        failed: why the start failed, "" where it did not.
        strategies, policies: what can be chosen.
        sessions: earlier ones, for the estimate; None while they are being read.
        servers: the addresses of their model servers, by their folders.
    """

    def __init__(self, screen: Screen[Path | None], form: OrderForm, place: Path, changed: Callable[[], None]) -> None:
        self.form = form
        self.columns: Sequence[Column] | None = None
        self.settled: Settled | None = None
        self.remarks: list[str] = []
        self.looking = self.checking = self.starting = False
        self.said = self.failed = ""
        self.strategies: Sequence[Choice] = ()
        self.policies: Sequence[Choice] = ()
        self.sessions: Sequence[Listed] | None = None
        self.servers: Mapping[Path, str] = {}
        self._screen = screen
        self._place = place
        self._changed = changed

    def begin(self) -> None:
        """Read what does not depend on the form, and look at the task that it names already."""
        self._screen.run_worker(self._list_choices(), group="choices", exclusive=True)
        self._screen.run_worker(self._read_sessions(), group="sessions", exclusive=True)
        self.task_changed()

    @property
    def ready(self) -> bool:
        """Whether the search can be started now."""
        form = self.form
        known = form.survey is not None and self.settled is not None
        return known and not (self.looking or self.checking or self.starting) and not form.problems()

    def task_changed(self) -> None:
        """Look at another folder."""
        form = self.form
        form.survey, form.inferred, form.bundled, self.columns = None, {}, False, None
        form.refused.pop("task", None)
        self.looking = bool(form.texts["task"].strip())
        self._look(describe=True)
        self.order_changed()

    def keys_changed(self) -> None:
        """Look at the same folder with other keys."""
        self.looking = bool(self.form.texts["task"].strip())
        self._look(describe=False)

    def order_changed(self) -> None:
        """Check what is ordered now."""
        self.settled = None
        self.failed = ""
        self.form.refused = {k: v for k, v in self.form.refused.items() if k == "task" and self.looking}
        order, _ = self.form.read()
        self.checking = order is not None
        self._screen.run_worker(self._check(order), group="check", exclusive=True)
        self._changed()

    def start(self, order: SearchOrder, opened: Callable[[Path], None]) -> None:
        """Make and start the session; `opened` gets its folder."""
        self.starting, self.said, self.failed = True, "starting ...", ""
        self._screen.run_worker(self._start(order, opened), group="start", exclusive=True)
        self._changed()

    def cancel(self) -> None:
        """Break the start off; what it has made is removed."""
        self._screen.workers.cancel_group(self._screen, "start")
        self.starting = False
        self.said = ""
        self._changed()

    def write(self, *, replace: bool, written: Callable[[str], None]) -> None:
        """Write task.toml with the user's changes; `written` gets the path."""
        survey = self.form.survey
        if survey is not None:
            request = Write(survey.folder, self.form.changes(), replace)
            self._screen.run_worker(self._write(request, written), group="write", exclusive=True)

    def _look(self, *, describe: bool) -> None:
        self._screen.run_worker(self._survey(describe=describe), group="look", exclusive=True)
        self._changed()

    async def _survey(self, *, describe: bool) -> None:
        form = self.form
        task = form.texts["task"].strip()
        if not task:
            return
        await asyncio.sleep(_PATIENCE)
        changes = {key: text for key in KEYS if (text := form.texts[key].strip())}
        describe = describe or self.columns is None
        if changes and not form.inferred and not await self._infer(task):
            return
        changes = form.changes() if not form.bundled else {}

        def take(told: Told) -> None:
            if told.survey is not None:
                form.survey, form.bundled = told.survey, told.bundled
                if not changes:
                    form.inferred = {key: known.value for key, known in told.survey.keys.items()}
                self.looking = False
            elif told.columns is not None:
                self.columns = told.columns
            elif told.problem:
                form.refused["task"] = told.problem
                self.looking = False

        await self._ask(Look(task, changes, describe), take)

    async def _infer(self, task: str) -> bool:
        """Find out what the keys are without the user's changes; return whether the folder could be looked at."""
        form = self.form

        def take(told: Told) -> None:
            if told.survey is not None:
                form.inferred = {key: known.value for key, known in told.survey.keys.items()}
                form.bundled = told.bundled
            elif told.problem:
                form.refused["task"] = told.problem
                self.looking = False

        await self._ask(Look(task, {}, describe=False), take)
        return self.looking

    async def _check(self, order: SearchOrder | None) -> None:
        if order is None:
            return
        await asyncio.sleep(_PATIENCE)
        remarks: list[str] = []

        def take(told: Told) -> None:
            if told.line:
                remarks.append(told.line)
            elif told.settled is not None:
                self.settled = told.settled
            elif told.problem:
                self.form.refuse(told.field, told.problem)
            if not told.line:
                self.checking, self.remarks = False, remarks

        await self._ask(Check(order), take)

    async def _start(self, order: SearchOrder, opened: Callable[[Path], None]) -> None:
        session = ""

        def take(told: Told) -> None:
            nonlocal session
            if told.problem:
                self.failed = told.problem
            elif told.session:
                session = told.session
            else:
                self.said = told.line

        await self._ask(Start(order), take)
        self.starting = False
        if session:
            opened(Path(session))
        self._changed()

    async def _write(self, request: Write, written: Callable[[str], None]) -> None:
        path = ""

        def take(told: Told) -> None:
            nonlocal path
            if told.problem:
                self.failed = told.problem
            path = told.path or path

        await self._ask(request, take)
        if path:
            written(path)

    async def _list_choices(self) -> None:
        def take(told: Told) -> None:
            self.strategies, self.policies = told.strategies, told.policies

        await self._ask(ListChoices(), take)

    async def _read_sessions(self) -> None:
        from tui_aide.sessions.estimate import servers_of
        from tui_aide.sessions.listing import list_sessions

        sessions = await asyncio.to_thread(list_sessions, self._place)
        self.servers = await asyncio.to_thread(servers_of, sessions)
        self.sessions = sessions
        self._changed()

    async def _ask(self, request: Request, take: Callable[[Told], None]) -> None:
        """Ask, hand each answer on, and have the screen drawn anew."""
        try:
            async with aclosing(ask_apart(request)) as answers:
                async for told in answers:
                    take(told)
                    self._changed()
        except SessionError as e:
            take(Told(problem=str(e), field="task"))
            self._changed()
