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

from benchmarks.terminal import Terminal

EMPTY_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("EMPTY-APP-READY")
Empty().run()
"""


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


def compare(name: str, limit: float, ours: list[float], base: list[float]) -> None:
    """Print both medians, their ratio and the limit."""
    a, b = statistics.median(ours), statistics.median(base)
    print(
        f"{name}: {a * 1e3:.1f} ms against {b * 1e3:.1f} ms, ratio {a / b:.2f} (limit {limit}), "
        f"spread {min(ours) * 1e3:.0f}-{max(ours) * 1e3:.0f} / {min(base) * 1e3:.0f}-{max(base) * 1e3:.0f}"
    )


def main() -> None:
    """Measure and print both figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds

    bare, help_ = [sys.executable, "-c", "pass"], [console_script(), "--help"]
    whole(bare), whole(help_)
    pairs = [(whole(help_), whole(bare)) for _ in range(2 * rounds)]
    compare("--help against python -c pass", 3.0, [p[0] for p in pairs], [p[1] for p in pairs])

    with tempfile.TemporaryDirectory() as place:
        environment = {**os.environ, "TUI_AIDE_SESSIONS_DIR": place}
        empty, home = [sys.executable, "-c", EMPTY_APP], [console_script()]
        first_paint(home, b"tui-aide run", environment)
        pairs = [
            (
                first_paint(home, b"tui-aide run", environment),
                first_paint(empty, b"EMPTY-APP-READY", environment),
            )
            for _ in range(rounds)
        ]
    compare("first paint of tui-aide against an empty Textual app", 1.6, [p[0] for p in pairs], [p[1] for p in pairs])


if __name__ == "__main__":
    main()
