"""Listing a thousand sessions: the whole command `tui-aide sessions` against a bare interpreter.

Run: python -m benchmarks.sessions_list [--sessions N] [--rounds N]
The sessions are copies of the recorded ones: config, journal, best solution, and the small summaries that listing them
wrote. Pairs are timed in turn (A B A B ...), so that a drifting machine hits both; the ratio is of the medians.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.result import Result, compared, measured
from benchmarks.startup import console_script

RECORDED = Path(__file__).parents[1] / "sessions"


def copy_sessions(place: Path, count: int) -> None:
    """Make sessions out of the recorded ones in turn, without their nodes' files."""
    recorded = sorted(p.parent for p in RECORDED.glob("*/session.toml"))
    for number in range(count):
        source, goal = recorded[number % len(recorded)], place / f"{recorded[number % len(recorded)].name}-{number:04d}"
        goal.mkdir(parents=True)
        for name in ("session.toml", "journal.jsonl"):
            shutil.copyfile(source / name, goal / name)
        shutil.copytree(source / "best", goal / "best")


def whole(command: list[str], place: Path) -> float:
    """Seconds that a command takes from start to end."""
    environment = {**os.environ, "TUI_AIDE_SESSIONS_DIR": str(place)}
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=environment)
    return time.perf_counter() - start


def results(quick: bool) -> list[Result]:
    """Measure with few rounds or with the usual ones."""
    return measure(1000, 3 if quick else 15)


def measure(sessions: int, rounds: int) -> list[Result]:
    """Measure and print."""
    bare, listing = [sys.executable, "-c", "pass"], [console_script(), "sessions"]
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        copy_sessions(place, sessions)
        first = whole(listing, place)
        lines = subprocess.run(
            listing, env={**os.environ, "TUI_AIDE_SESSIONS_DIR": str(place)}, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        if len(lines) != sessions + 1:
            raise SystemExit(f"{len(lines)} lines for {sessions} sessions")
        pairs = [(whole(listing, place), whole(bare, place)) for _ in range(rounds)]
        sized = whole([*listing, "--size"], place)
    ours, base = ([pair[i] for pair in pairs] for i in (0, 1))
    a, b = statistics.median(ours), statistics.median(base)
    print(
        f"{sessions} sessions: {a * 1e3:.0f} ms against {b * 1e3:.1f} ms of python -c pass, ratio {a / b:.1f} "
        f"(limit 500 ms), spread {min(ours) * 1e3:.0f}-{max(ours) * 1e3:.0f}"
    )
    print(f"the first time, when none has a summary: {first * 1e3:.0f} ms; with --size: {sized * 1e3:.0f} ms")
    taken, what = [s * 1e3 for s in ours], f"`tui-aide sessions`, {sessions} sessions"
    return [
        measured(what, taken, "ms", limit=500),
        compared(f"{what}, beside a bare interpreter", taken, [s * 1e3 for s in base], "ms", "python -c pass"),
        measured(f"{what}, none with a summary yet", [first * 1e3], "ms"),
        measured(f"{what}, with `--size`", [sized * 1e3], "ms"),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    measure(options.sessions, options.rounds)


if __name__ == "__main__":
    main()
