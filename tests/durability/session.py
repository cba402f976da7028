"""A session whose runner is started, killed and resumed, in a place of its own; and what must hold of it afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cli.program import write_task
from tui_aide.sessions.config import SearchSettings
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.starting import create_session
from tui_aide.tree.events import Budget

ROOT = Path(__file__).parents[2]


class Place:
    """A short path with everything below it: sessions, home and temporary files; so that nothing escapes a look."""

    def __init__(self, below: Path = Path("/tmp")) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="dur", dir=below))
        for name in ("t", "h", "s"):
            (self.path / name).mkdir()
        self.temporary = self.path / "t"
        self.environment = {
            **os.environ,
            "TMPDIR": str(self.temporary),
            "HOME": str(self.path / "h"),
            "TUI_AIDE_SESSIONS_DIR": str(self.path / "s"),
            "TUI_AIDE_CACHE_DIR": str(self.path / "c"),
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """Run `tui-aide` to its end."""
        command = [sys.executable, "-m", "tui_aide", *words]
        return subprocess.run(
            command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False
        )

    def processes(self) -> dict[int, str]:
        """Return the live processes that have to do with this place, with their command lines."""
        word, found = os.fsencode(self.path) + b"/", {}
        for here in Path("/proc").iterdir():
            if not here.name.isdigit() or int(here.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                if b") Z " in (here / "stat").read_bytes():
                    continue
                command = (here / "cmdline").read_bytes()
                where = os.fsencode((here / "cwd").readlink()) + b"/"
                if word in command or word in (here / "environ").read_bytes() or word in where:
                    found[int(here.name)] = command.replace(b"\0", b" ").decode(errors="replace")
        return found

    def no_process_left(self, seconds: float = 5.0) -> None:
        """Wait until no process is left; they are told where some stay."""
        end = time.monotonic() + seconds
        while (left := self.processes()) and time.monotonic() < end:
            time.sleep(0.02)
        assert not left, f"orphans: {left}"

    def no_mount_left(self) -> None:
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        assert not [m for m in mounts if m.startswith(f"{self.path}/")]

    def close(self) -> None:
        for pid in self.processes():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        self.no_process_left()
        shutil.rmtree(self.path)


def make_session(
    place: Place, url: str, nodes: int = 8, name: str = "one", *, warm: bool = False, **search: Any
) -> SessionFolder:
    """Make a sealed session over the tests' small task, whose scripts a server at `url` writes.

    Without `warm` their Python has no package to load beforehand, which saves a second of each runner.
    """
    task = place.path / "tiny"
    if not task.exists():
        write_task(task)
    settings: dict[str, Any] = {"workers": 2, "slots": 2, **search}
    if not warm:
        venv.create(place.path / "bare", symlinks=True)
        settings["python"] = str(place.path / "bare" / "bin" / "python")
    folder, _ = create_session(
        task,
        "tiny",
        place.path / "s",
        SearchSettings(model="tiny-r1", base_url=url, strategy="single", policy="greedy", **settings),
        Budget(nodes=nodes),
        name,
    )
    return folder


class Runner:
    """One runner of a session, as `launch` starts it; or another program in its place."""

    def __init__(
        self, place: Place, folder: SessionFolder, *words: str, program: str = "tui_aide.sessions.runner"
    ) -> None:
        self.place = place
        self.folder = folder
        self.began = time.monotonic()
        with folder.runner_log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", program, str(folder.path), *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=folder.path,
                env=place.environment | {"PYTHONPATH": str(ROOT)},
            )

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def until(self, wanted: Callable[[bytes], bool], seconds: float = 60.0) -> None:
        """Wait until the journal is as wanted, or this runner has ended."""
        end = time.monotonic() + seconds
        while self.alive and time.monotonic() < end:
            with contextlib.suppress(FileNotFoundError):
                if wanted(self.folder.journal.read_bytes()):
                    return
            time.sleep(0.002)
        assert not self.alive, "it never came"

    def kill(self, group: bool = False) -> bytes:
        """Kill it, wait until nothing is left of it, and return the journal's whole lines."""
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.place.no_process_left()
        return whole_lines(self.folder)

    def finish(self, seconds: float = 120.0) -> int:
        """Wait for its end and return the exit code."""
        return self.process.wait(seconds)


def whole_lines(folder: SessionFolder) -> bytes:
    data = folder.journal.read_bytes() if folder.journal.exists() else b""
    return data[: data.rfind(b"\n") + 1]


def finish_what_began(place: Place, folder: SessionFolder) -> int:
    """Resume a session with no budget beyond the nodes that it has, to its end; return how many these are."""
    nodes = whole_lines(folder).count(b'"type":"node_created"')
    assert Runner(place, folder, "--budget", f'{{"nodes": {nodes}}}').finish() == 0, folder.runner_log.read_text()
    return nodes
