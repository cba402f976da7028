"""Another theme and another size of the terminal: how long until the search screen of a large session shows them.

python -m benchmarks.appearance [--nodes N] [--rounds N]: opens a finished session of N nodes in a terminal of 200 x 50,
chooses themes in the picker, and makes the terminal smaller and larger. A change is over when nothing was drawn for a
quarter of a second; the time is that of its last byte.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.result import Result, measured
from benchmarks.seeking import write_journal
from benchmarks.startup import console_script
from benchmarks.terminal import Terminal
from tui_aide.sessions.config import SearchSettings, SessionConfig, TaskSource
from tui_aide.sessions.folder import SessionFolder, create_folder, seal
from tui_aide.tree.events import Budget

QUIET = 0.25
LIMIT = 300
SIZES = ((50, 120), (24, 80), (60, 240), (50, 200))


def make_session(place: Path, nodes: int) -> SessionFolder:
    """Write a finished session of so many nodes."""
    config = SessionConfig(
        id="large", name="large", created=time.time(), version="0",
        task=TaskSource(name="toy", source="toy", metric="roc_auc", direction="max"),
        search=SearchSettings(), budget=Budget(nodes=nodes),
    )  # fmt: skip
    folder = seal(create_folder(place, "large"), config)
    write_journal(folder.journal, nodes)
    return folder


def settle(terminal: Terminal, seconds: float = 20.0) -> float:
    """Return the seconds until the last byte that was drawn before the terminal was quiet."""
    begun = last = time.perf_counter()
    while time.perf_counter() - last < QUIET and time.perf_counter() - begun < seconds:
        if terminal.read(QUIET):
            last = time.perf_counter()
    return last - begun


def results(quick: bool) -> list[Result]:
    """Measure with one round or with the usual ones."""
    return measure(10_000, 1 if quick else 5)


def measure(nodes: int, rounds: int) -> list[Result]:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as place:
        make_session(Path(place) / "sessions", nodes)
        environment = {
            **os.environ,
            "TUI_AIDE_SESSIONS_DIR": str(Path(place) / "sessions"),
            "TUI_AIDE_CONFIG_DIR": str(Path(place) / "config"),
        }
        with Terminal([console_script(), "attach", "large"], environment) as terminal:
            if terminal.wait_for(b"script", 60) is None:
                sys.exit(f"the screen never came: {terminal.output[-300:]!r}")
            settle(terminal)
            themes, sizes = [], []
            for _ in range(rounds):
                terminal.send(b"T")
                settle(terminal)
                for key in (b"j", b"j", b"k", b"j"):
                    terminal.send(key)
                    themes.append(settle(terminal))
                terminal.send(b"\r")
                settle(terminal)
                for rows, columns in SIZES:
                    terminal.resize(rows, columns)
                    sizes.append(settle(terminal))
    for name, took in (("theme", themes), ("size", sizes)):
        print(
            f"{name}: median {statistics.median(took) * 1e3:.0f} ms, longest {max(took) * 1e3:.0f} ms of {len(took)} "
            f"(limit {LIMIT} ms, {nodes} nodes)"
        )
    return [
        measured(f"another {name}, {nodes:,} nodes, until its last byte", [s * 1e3 for s in took], "ms", limit=LIMIT)
        for name, took in (("theme", themes), ("size of the terminal", sizes))
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    measure(options.nodes, options.rounds)


if __name__ == "__main__":
    main()
