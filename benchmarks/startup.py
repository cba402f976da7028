"""Start-up: `tui-aide --help` against a bare interpreter; the home screen's first paint against an empty Textual app.

Run: python -m benchmarks.startup [--rounds N]
Pairs are timed in turn (A B A B ...), so that a drifting machine hits both; the ratio is of the medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.result import Result, compared
from benchmarks.terminal import Terminal

EMPTY_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("EMPTY-APP-READY")
Empty().run()
"""

FRAME = b"New search"
"""What the home screen's first frame has; the sessions are read after it."""


def console_script() -> str:
    """The installed `tui-aide` of this interpreter."""
    return str(Path(sys.executable).with_name("tui-aide"))


def whole(command: list[str]) -> float:
    """Seconds that a command takes from start to end."""
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def first_paint(command: list[str], marker: bytes, environment: dict[str, str]) -> float:
    """Seconds from the start of a terminal program to the arrival of `marker` on its screen."""
    with Terminal(command, environment) as terminal:
        seen = terminal.wait_for(marker, 60)
        if seen is None:
            raise SystemExit(f"{command}: {marker!r} never came; it wrote {terminal.output[-300:]!r}")
        return seen


def compare(name: str, peer: str, limit: float, pairs: list[tuple[float, float]]) -> Result:
    """Print both medians, their ratio and the limit, and return them."""
    ours, base = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    a, b = statistics.median(ours), statistics.median(base)
    print(
        f"{name} against {peer}: {a * 1e3:.1f} ms against {b * 1e3:.1f} ms, ratio {a / b:.2f} (limit {limit}), "
        f"spread {min(ours) * 1e3:.0f}-{max(ours) * 1e3:.0f} / {min(base) * 1e3:.0f}-{max(base) * 1e3:.0f}"
    )
    return compared(name, [s * 1e3 for s in ours], [s * 1e3 for s in base], "ms", peer, limit=limit)


def results(quick: bool) -> list[Result]:
    """Measure with few rounds or with the usual ones."""
    return measure(3 if quick else 15)


def measure(rounds: int) -> list[Result]:
    """Measure and print both figures."""
    bare, help_ = [sys.executable, "-c", "pass"], [console_script(), "--help"]
    whole(bare), whole(help_)
    pairs = [(whole(help_), whole(bare)) for _ in range(2 * rounds)]
    rows = [compare("`tui-aide --help`", "python -c pass", 3.0, pairs)]

    with tempfile.TemporaryDirectory() as place:
        environment = {**os.environ, "TUI_AIDE_SESSIONS_DIR": place}
        empty, home = [sys.executable, "-c", EMPTY_APP], [console_script()]
        first_paint(home, FRAME, environment)
        pairs = [
            (
                first_paint(home, FRAME, environment),
                first_paint(empty, b"EMPTY-APP-READY", environment),
            )
            for _ in range(rounds)
        ]
    return [*rows, compare("first paint of `tui-aide`", "an empty Textual app", 1.6, pairs)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    measure(parser.parse_args().rounds)


if __name__ == "__main__":
    main()
