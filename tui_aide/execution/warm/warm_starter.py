"""Whether, and by which zygote, a script is started warm: zygotes begun, grown, replaced and, in the end, given up."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tui_aide.errors import ExecutionError
from tui_aide.execution.executor import Execution
from tui_aide.execution.pump import OutputPump
from tui_aide.execution.warm.client import Zygote
from tui_aide.execution.warm.modules import Wanted, usable
from tui_aide.execution.warm.suited import why_cold
from tui_aide.execution.warm.warm_script import WarmScript

_MOST_FAILURES = 4
_MOST_RENEWALS = 6
_LARGEST_CODE = 1_000_000


class WarmStarter:
    """Starts scripts warm where that works, one zygote at a time; whatever goes wrong, the script starts cold.

    Attributes:
        given_up: why no script is started warm any more; empty while they are.
        begun: scripts that were started warm.
    """

    def __init__(self, python: Path) -> None:
        """Say which interpreter scripts have; nothing is started yet."""
        self.given_up = ""
        self.begun = 0
        self._python = python
        self._zygote: Zygote | None = None
        self._wanted = Wanted()
        self._failures = self._renewals = 0
        self._running: dict[WarmScript, bytes] = {}
        self._lost: set[bytes] = set()
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def zygote(self) -> Zygote | None:
        """The zygote that is loading or serves."""
        return self._zygote

    def prepare(self, threads: int) -> None:
        """Have a zygote load, if there is none; returns at once.

        Args:
            threads: CPU threads that the numeric libraries of scripts may start.
        """
        if self._zygote is None and not self.given_up:
            try:
                self._zygote = Zygote(self._python, self._wanted.modules(), threads)
            except ExecutionError as error:
                self.given_up = str(error)
            else:
                self._zygote.ended.add_done_callback(self._on_end(self._zygote))

    async def begin(
        self,
        execution: Execution,
        environment: Callable[[str], dict[str, str]],
        confinement: Mapping[str, Any],
        pump: OutputPump,
    ) -> WarmScript | None:
        """Start a script warm; return None where it must be started cold. The arguments are those of `WarmScript`."""
        code = _read(execution.folder / execution.script)
        if code is None:
            return None
        self._wanted.note(code)
        key = hashlib.sha256(code.encode()).digest()
        zygote = self._serving(execution.threads)
        if zygote is None or key in self._lost or why_cold(code) or _shadows(execution, zygote):
            return None
        script = await WarmScript.start(zygote, execution, self._python, environment, confinement, pump)
        if script.failure:
            self._fail(script.failure)
            return None
        self.begun += 1
        self._running[script] = key
        script.ended.add_done_callback(lambda _: self._on_script_end(script))
        return script

    async def aclose(self) -> None:
        """End the zygote, and what still runs below it."""
        self.given_up = self.given_up or "it was closed"
        if self._zygote is not None:
            await self._zygote.close()
            self._zygote = None
        if self._closing:
            await asyncio.wait(self._closing)

    def _serving(self, threads: int) -> Zygote | None:
        """Return the zygote if it can serve now; begin or renew one where that is due."""
        self.prepare(threads)
        zygote = self._zygote
        if zygote is None or zygote.loaded is None:
            return None
        told = zygote.loaded
        self._wanted.refused.update(told.failed)
        if told.threaded is not None or told.threads != 1:
            self._wanted.refused.add(told.threaded or "")
            self._renew(threads)
        elif not usable(told.loaded):
            self._give_up("its interpreter has none of the packages that are loaded beforehand")
        elif zygote.threads != threads:
            self._renew(threads)
        elif not self._wanted.lacking(told.loaded) or not self._renew(threads):
            return zygote if zygote.fit else None
        return None

    def _renew(self, threads: int) -> bool:
        """Replace the zygote where nothing runs below it, some times at most; return whether it was."""
        if self._running or self._renewals >= _MOST_RENEWALS or self._zygote is None:
            return False
        self._renewals += 1
        self._close(self._zygote)
        self._zygote = None
        self.prepare(threads)
        return True

    def _fail(self, why: str) -> None:
        self._failures += 1
        if self._failures >= _MOST_FAILURES:
            self._give_up(why)

    def _give_up(self, why: str) -> None:
        """Start no script warm any more; those that run go on."""
        self.given_up = self.given_up or why
        if self._zygote is not None and not self._running:
            self._close(self._zygote)
            self._zygote = None

    def _close(self, zygote: Zygote) -> None:
        task = asyncio.get_running_loop().create_task(zygote.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _on_end(self, zygote: Zygote) -> Callable[[object], None]:
        def ended(_: object) -> None:
            if self._zygote is zygote:
                self._zygote = None
            if not zygote.closing:
                lines = zygote.said.decode(errors="replace").strip().splitlines()
                self._fail(lines[-1] if lines else "the process that scripts are forked from was killed")
                self.prepare(zygote.threads)

        return ended

    def _on_script_end(self, script: WarmScript) -> None:
        key = self._running.pop(script)
        if not script.reported:
            self._lost.add(key)  # it may be what killed them: it starts cold next time
        if self.given_up and not self._running:
            self._give_up(self.given_up)


def _read(path: Path) -> str | None:
    """Return a script's text; None where it is none that is worth a look."""
    try:
        if path.stat().st_size > _LARGEST_CODE:
            return None
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return None


def _shadows(execution: Execution, zygote: Zygote) -> bool:
    """Return whether the script's folder has modules of its own by the names of those that are loaded."""
    loaded = {name.partition(".")[0] for name in zygote.loaded.loaded} if zygote.loaded else set()
    try:
        names = {path.stem for path in execution.folder.iterdir() if path.suffix in ("", ".py", ".so")}
    except OSError:
        return True
    return bool(names & loaded)
