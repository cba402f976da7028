"""Whether, and by which zygote, a script is started warm: zygotes begun, grown, replaced and, in the end, given up."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tui_aide.errors import ExecutionError
from tui_aide.execution.cgroups.group import RunGroup
from tui_aide.execution.executor import Execution
from tui_aide.execution.pump import OutputPump
from tui_aide.execution.warm.client import Zygote
from tui_aide.execution.warm.modules import Wanted, usable
from tui_aide.execution.warm.suited import why_cold
from tui_aide.execution.warm.warm_script import WarmScript

_MOST_FAILURES = 4
_MOST_RENEWALS = 6
_LARGEST_CODE = 1_000_000
_REPORT = re.compile(r"-?\d+(?: [\d.]+){4}")
"""The launcher's last line, which is no reason."""


class WarmStarter:
    """Starts scripts warm where that works; whatever goes wrong, the script starts cold.

    One zygote serves. Another may load meanwhile, with other modules or for other threads, and serves from then on; the
    one before ends when its scripts have ended.

    Attributes:
        given_up: why no script is started warm any more; empty while they are.
        begun: scripts that were started warm.
        zygote: what serves, if anything does.
    """

    def __init__(self, python: Path) -> None:
        """Say which interpreter scripts have; nothing is started yet."""
        self.given_up = ""
        self.begun = 0
        self.zygote: Zygote | None = None
        self._python = python
        self._loading: Zygote | None = None
        self._wanted = Wanted()
        self._failures = self._renewals = 0
        self._running: dict[WarmScript, Zygote] = {}
        self._starting: list[Zygote] = []
        self._lost: set[bytes] = set()
        self._closing: set[asyncio.Task[None]] = set()

    def prepare(self, threads: int) -> None:
        """Have a zygote load, if there is none; returns at once.

        Args:
            threads: CPU threads that the numeric libraries of scripts may start.
        """
        if self.zygote is None and self._loading is None and not self.given_up:
            self._load(threads)

    async def ready(self) -> bool:
        """Wait until what loads has loaded; return whether scripts can start warm."""
        while self._loading is not None:
            await asyncio.wait({self._loading.ready})
            await asyncio.sleep(0)
        return self.zygote is not None and not self.given_up

    async def begin(
        self,
        execution: Execution,
        environment: Callable[[str], dict[str, str]],
        confinement: Mapping[str, Any],
        pump: OutputPump,
        group: RunGroup | None = None,
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
        self._starting.append(zygote)  # it is not to end meanwhile, though another may come to serve
        try:
            script = await WarmScript.start(zygote, execution, self._python, environment, confinement, pump, group)
            if not script.failure:
                self._running[script] = zygote
        finally:
            self._starting.remove(zygote)
            self._retire_if_done(zygote)
        if script.failure:
            self._fail(script.failure)
            return None
        self.begun += 1
        script.ended.add_done_callback(lambda _: self._on_script_end(script, key))
        return script

    async def aclose(self) -> None:
        """End the zygotes, and what still runs below them."""
        self.given_up = self.given_up or "it was closed"
        for zygote in {self.zygote, self._loading, *self._running.values(), *self._starting}:
            if zygote is not None:
                await zygote.close()
        self.zygote = self._loading = None
        if self._closing:
            await asyncio.wait(self._closing)

    def _serving(self, threads: int) -> Zygote | None:
        """Return the zygote if one can serve now; have another load where that is due."""
        self.prepare(threads)
        if (zygote := self.zygote) is None or zygote.loaded is None:
            return None
        renew = zygote.threads != threads or self._wanted.lacking(zygote.loaded.loaded)
        if renew and self._loading is None and self._renewals < _MOST_RENEWALS:
            self._renewals += 1
            self._load(threads)
        return zygote if zygote.threads == threads and zygote.fit and not self.given_up else None

    def _load(self, threads: int) -> None:
        try:
            zygote = Zygote(self._python, self._wanted.modules(), threads)
        except ExecutionError as error:
            self._give_up(str(error))
            return
        self._loading = zygote
        zygote.ready.add_done_callback(lambda _: self._on_ready(zygote))
        zygote.ended.add_done_callback(lambda _: self._on_end(zygote))

    def _on_ready(self, zygote: Zygote) -> None:
        """Have a zygote serve that has loaded; load again without what did it harm."""
        told = zygote.loaded
        if told is None or zygote is not self._loading:
            return
        self._loading = None
        self._wanted.refused.update(told.failed)
        if told.threads != 1:
            self._close(zygote)
            if told.threaded is not None:
                self._wanted.refused.add(told.threaded)
            self._fail(f"{told.threaded} starts threads")
            self.prepare(zygote.threads)
        elif not usable(told.loaded):
            self._close(zygote)
            self._give_up("its interpreter has none of the packages that are loaded beforehand")
        else:
            before, self.zygote = self.zygote, zygote
            self._retire(before)

    def _on_end(self, zygote: Zygote) -> None:
        self.zygote = None if self.zygote is zygote else self.zygote
        self._loading = None if self._loading is zygote else self._loading
        if not zygote.closing:
            lines = [line for line in zygote.said.decode(errors="replace").splitlines() if line.strip()]
            lines = [line for line in lines if not _REPORT.fullmatch(line)]
            self._fail(lines[-1] if lines else "the process that scripts are forked from was killed")
            self.prepare(zygote.threads)

    def _on_script_end(self, script: WarmScript, key: bytes) -> None:
        zygote = self._running.pop(script)
        if not script.reported:
            self._lost.add(key)  # it may be what killed them: it starts cold next time
        self._retire_if_done(zygote)

    def _retire_if_done(self, zygote: Zygote) -> None:
        if zygote is not self.zygote or self.given_up:
            self._retire(zygote)

    def _fail(self, why: str) -> None:
        self._failures += 1
        if self._failures >= _MOST_FAILURES:
            self._give_up(why)

    def _give_up(self, why: str) -> None:
        """Start no script warm any more; those that run go on."""
        self.given_up = self.given_up or why
        for zygote in (self.zygote, self._loading):
            self._retire(zygote)

    def _retire(self, zygote: Zygote | None) -> None:
        """End a zygote that is to start no more, unless scripts still run below it."""
        if zygote is not None and zygote not in self._running.values() and zygote not in self._starting:
            self._close(zygote)

    def _close(self, zygote: Zygote) -> None:
        if not zygote.closing:
            zygote.kill()
            task = asyncio.get_running_loop().create_task(zygote.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)


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
