"""A place where the docs' commands find what they name: task folders, sessions, a model server, a bench run."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.quick import write
from tests.cli.program import write_task
from tests.docs.pages import ROOT, blocks
from tests.vllm_double.options import Options
from tests.vllm_double.server import Double

FOLDERS = ("house-prices", "houses", "my-data", "photos")
SESSION = "SESSION"
BENCH = """
name = "first"
budget = { nodes = 1 }
run = { seeds = [0], refit = false, ensemble = false }
[models.double]
model = "tiny-r1"
base_url = "URL"
[strategies.single]
[tasks.slope]
folder = "houses"
"""


@contextmanager
def served() -> Iterator[str]:
    """A model server whose every answer is a script that works; yields the address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    double = Double(Options(write=write))
    asyncio.run_coroutine_threadsafe(double.__aenter__(), loop).result(10)
    try:
        yield double.base_url
    finally:
        asyncio.run_coroutine_threadsafe(double.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class Place:
    """A home, a working folder and the program on the path; `url` is a model server's address."""

    def __init__(self, home: Path, url: str = "") -> None:
        self.home, self.url = home, url
        self.work, self.sessions, self.bench = home / "work", home / "kept" / "sessions", home / "kept" / "bench"
        self.work.mkdir(parents=True, exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        """As of a user with an empty home, whose program is this interpreter's."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("TUI_AIDE_", "XDG_"))}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {
            **own,
            "HOME": str(self.home),
            "PATH": path,
            "TUI_AIDE_SESSIONS_DIR": str(self.sessions),
            "TUI_AIDE_BENCH_DIR": str(self.bench),
        }

    def fill(self) -> None:
        """Make the folders that commands name, and one finished session of five nodes with AIDE's journal of it."""
        for name in FOLDERS:
            write_task(self.work / name)
        shutil.copytree(ROOT / "sessions", self.work / "sessions")
        ((_, suite),) = blocks(ROOT / "docs" / "howto" / "mle-bench.md", "toml")
        (self.work / "first-look.toml").write_text(suite)
        options = ("--nodes", "5", "--headless", "--no-refit", "--base-url", "URL", "--model", "tiny-r1")
        self.run("tui-aide", "run", "./house-prices", "--name", SESSION, *options)
        journal = self.work / "logs" / "2-house-prices" / "journal.json"
        journal.parent.mkdir(parents=True)
        self.run("tui-aide", "export", SESSION, "--format", "journal", "-o", str(journal))

    def fill_bench(self) -> None:
        """Make a run of a bench, under the names that commands use."""
        (self.work / "suite.toml").write_text(BENCH.replace("URL", self.url))
        self.run("tui-aide", "bench", "./suite.toml", "--name", "first", "--headless")
        for name in ("mini", "coders"):
            shutil.copytree(self.bench / "first", self.bench / name)

    def copied(self, to: Path) -> Place:
        """The same in another home, to be changed."""
        shutil.copytree(self.home, to, symlinks=True)
        copy = Place(to, self.url)
        for name in ("A", "B", "C", "house-prices-cactus-0707"):
            shutil.copytree(copy.sessions / SESSION, copy.sessions / name)
        return copy

    def command(self, words: Sequence[str]) -> list[str]:
        """The words as they are run: every server is the one here, and so are their models."""
        shown = []
        for word in words:
            if "://" in word or word == "URL":
                role, at, _ = word.rpartition("@")
                shown.append(f"{role.partition('=')[0]}=tiny-r1@{self.url}" if at else self.url)
            else:
                shown.append(word)
        return shown

    def run(self, *words: str, timeout: float = 300.0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end.

        Raises:
            AssertionError: it failed; with what it said.
        """
        done = subprocess.run(
            self.command(words),
            cwd=self.work,
            env=self.environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
        return done

    @contextmanager
    def running(self) -> Iterator[None]:
        """Have the session search on, until the block is left."""
        going = subprocess.Popen(
            ["tui-aide", "resume", SESSION, "--nodes", "500", "--headless", "--json"],
            cwd=self.work,
            env=self.environment,
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        assert going.stdout is not None
        with going.stdout as lines:
            for line in lines:
                if '"session_resumed"' in line:
                    break
            try:
                yield
            finally:
                self.run("tui-aide", "send", SESSION, "stop")
                lines.read()
                going.wait(60)
