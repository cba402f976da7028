"""Executing each script once: outcomes, outputs and submissions are kept, by what a script finds and what it is.

The bank's scripts are deterministic, so a second run would tell nothing; so thousands of searches can be made. A script
that failed in a statement of its own fails alike whatever comes after that statement, so such a beginning is kept, too.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from benchmarks.imperfect.bugs import waits
from tui_aide.execution.executor import Execution, Outcome, Place, Usage
from tui_aide.execution.local import LocalExecutor

_VERSION = "1"
_FRAME = re.compile(rb'Traceback \(most recent call last\):\n  File "[^"\n]*solution\.py", line (\d+), in <module>')
_WAITED = 3.0
"""Seconds that a script gets that would wait beyond any limit."""


class Kept(msgspec.Struct, frozen=True):
    """What a run left: how it ended, what it printed, and its submission where it wrote one."""

    outcome: Outcome
    output: bytes
    submission: bytes | None


class CachingExecutor:
    """Runs a script for real the first time, and repeats from then on what came of it.

    Args:
        cache: folder for what is kept.
        inputs: the task's input folder; what it holds is part of the key.

    Attributes:
        runs: scripts asked for; `real` those of them that were run.
    """

    def __init__(self, cache: Path, inputs: Path) -> None:
        self._folder = cache / "runs"
        self._folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(_VERSION.encode())
        for path in sorted(inputs.iterdir()):
            digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
        self._task = digest.hexdigest()
        self._local = LocalExecutor()
        self._memory: dict[str, Kept] = {}
        self.runs = self.real = 0

    @property
    def place(self) -> Place:
        """Where the scripts that are not repeated run."""
        return self._local.place

    async def start(self) -> None:
        """Get ready."""
        await self._local.start()

    def kill(self, execution: Execution) -> None:
        """Have a run end as killed."""
        self._local.kill(execution)

    async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
        """Run a script, or repeat its run; see `Executor`."""
        self.runs += 1
        code = (execution.folder / execution.script).read_text(encoding="utf-8")
        key = hashlib.sha256(f"{self._task}/{execution.seconds:g}/{code}".encode()).hexdigest()
        kept = self._memory.get(key) or self._read(key) or self._begun(code, execution.seconds)
        if kept is None:
            return await self._first(execution, code, key, on_usage)
        self._memory[key] = kept
        with execution.output.open("ab") as file:
            file.write(kept.output)
        if kept.submission is not None:
            (execution.folder / "submission.csv").write_bytes(kept.submission)
        return kept.outcome

    async def _first(
        self, execution: Execution, code: str, key: str, on_usage: Callable[[Usage], None] | None
    ) -> Outcome:
        self.real += 1
        start = execution.output.stat().st_size if execution.output.exists() else 0
        waiting = waits(code)
        shorter = msgspec.structs.replace(execution, seconds=min(_WAITED, execution.seconds)) if waiting else execution
        outcome = await self._local.run(shorter, on_usage)
        if waiting and outcome.reason == "timeout":
            message = f"killed after {execution.seconds:.0f} s"
            outcome = msgspec.structs.replace(outcome, seconds=execution.seconds, message=message)
        with execution.output.open("r+b") as file:
            file.seek(start)
            output = file.read().replace(str(execution.folder).encode(), b".")
            file.seek(start)  # what is random in a path must not reach a prompt, and through it what is drawn
            file.truncate()
            file.write(output)
        written = execution.folder / "submission.csv"
        kept = Kept(outcome, output, written.read_bytes() if written.is_file() else None)
        self._keep(key, kept)
        if (last := _failed_line(kept)) is not None:
            beginning = next((text for line, text in _beginnings(code) if line >= last), None)
            if beginning is not None:
                self._keep(self._begins(beginning, execution.seconds), kept)
        return outcome

    def _begins(self, beginning: str, seconds: float) -> str:
        return hashlib.sha256(f"{self._task}/{seconds:g}/begins/{beginning}".encode()).hexdigest()

    def _begun(self, code: str, seconds: float) -> Kept | None:
        """Return the failure of another script that begins alike, up to the statement that failed."""
        for _, beginning in _beginnings(code):
            key = self._begins(beginning, seconds)
            if kept := self._memory.get(key) or self._read(key):
                return kept
        return None

    def _keep(self, key: str, kept: Kept) -> None:
        self._memory[key] = kept
        path = self._folder / f"{key}.bin"
        scratch = path.with_suffix(f".{os.getpid()}")
        scratch.write_bytes(msgspec.msgpack.encode(kept))
        scratch.replace(path)

    def _read(self, key: str) -> Kept | None:
        try:
            return msgspec.msgpack.decode((self._folder / f"{key}.bin").read_bytes(), type=Kept)
        except (OSError, msgspec.DecodeError):
            return None

    async def aclose(self) -> None:
        """Kill whatever still runs."""
        await self._local.aclose()


def default_cache() -> Path:
    """Return the folder where runs are kept by default."""
    from tui_aide.sessions.places import cache_dir

    return cache_dir() / "imperfect"


def _failed_line(kept: Kept) -> int | None:
    """Return the line of the script's own statement that raised, None where the run did not end so."""
    if kept.outcome.reason != "exited" or kept.outcome.returncode != 1 or kept.submission is not None:
        return None
    found = _FRAME.search(kept.output)
    return int(found[1]) if found else None


def _beginnings(code: str) -> Iterator[tuple[int, str]]:
    """Yield the last line of each statement of a script, and the text up to its end; nothing for broken syntax."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return
    lines = code.splitlines(keepends=True)
    for statement in tree.body:
        end = statement.end_lineno or statement.lineno
        yield end, "".join(lines[:end])
