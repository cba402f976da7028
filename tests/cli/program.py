"""The program as its users run it: real processes, a sessions folder of its own, a small task."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Program:
    """Runs `tui-aide` below one folder."""

    def __init__(self, place: Path) -> None:
        self.sessions = place / "sessions"
        self.environment = {
            **os.environ,
            "TUI_AIDE_SESSIONS_DIR": str(self.sessions),
            "TUI_AIDE_CACHE_DIR": str(place / "cache"),
        }

    def command(self, *words: str) -> list[str]:
        """The command line in full."""
        return [sys.executable, "-m", "tui_aide", *words]

    def run(self, *words: str, timeout: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Run to the end."""
        return subprocess.run(
            self.command(*words),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start in the background; standard output is a pipe."""
        return subprocess.Popen(
            self.command(*words),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def summary(self, session: str) -> dict[str, Any]:
        """What `show --json` says."""
        done = self.run("show", session, "--json")
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def runner_pid(self, session: str) -> int:
        """The runner's process id."""
        return int(json.loads((self.sessions / session / "runner.json").read_text())["pid"])

    def wait(self, session: str, until: Callable[[dict[str, Any]], bool], timeout: float = 60.0) -> dict[str, Any]:
        """Ask for the summary until it is as wanted."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            found = self.summary(session)
            if until(found):
                return found
            time.sleep(0.2)
        raise AssertionError(f"never as wanted: {found}")


def write_task(folder: Path, rows: int = 90, seed: int = 0) -> Path:
    """A small regression task: y = 3 a + noise."""
    rng = random.Random(seed)
    folder.mkdir(parents=True)
    train, test = ["id,a,b,y"], ["id,a,b"]
    for i in range(rows):
        a, b = rng.gauss(0, 1), rng.choice("uvw")
        train.append(f"{i},{a:.4f},{b},{3 * a + rng.gauss(0, 0.1):.4f}")
    for i in range(rows, rows + 30):
        test.append(f"{i},{rng.gauss(0, 1):.4f},{rng.choice('uvw')}")
    (folder / "train.csv").write_text("\n".join(train) + "\n")
    (folder / "test.csv").write_text("\n".join(test) + "\n")
    (folder / "task.toml").write_text("folds = 1\nholdout = 0.4\n")
    return folder
