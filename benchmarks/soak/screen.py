"""What eight hours bring, in minutes: whether the viewer and the runner grow by more than their nodes.

python -m benchmarks.soak.screen [--minutes M --nodes N --tokens N --runner-nodes N]: a synthetic runner makes N nodes,
streams so many tokens and prints in M minutes, while the real `tui-aide attach` is typed into, resized and given other
themes, other viewers come and go, and the runner is killed and resumed. What the viewer holds is sampled at rest,
between the rounds. What a node costs it is measured before, by nodes alone. Then a search of the real engine, with a
model and scripts that sleep for moments, is sampled in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import psutil

from benchmarks.attach import PAINTED, generate
from benchmarks.load.__main__ import Feeder, told
from benchmarks.load.viewer import Viewer
from benchmarks.result import Result, compared, measured
from benchmarks.soak.usage import Usage, per_node, usage
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.view import SessionView

ROUNDS = 12
ALONE = 2000
"""So many nodes are made alone, to know what they cost."""
REST = 3.0
GROWTH = 10_000_000
OUTPUT = 5_000_000


class Extent(msgspec.Struct, frozen=True):
    """How much is measured; see the command line."""

    minutes: float = 10.0
    nodes: int = 10_000
    tokens: int = 20_000_000
    runner_nodes: int = 10_000


class Soak:
    """One session, its runner and its first viewer."""

    def __init__(self, place: Path, options: Extent) -> None:
        self.folder: SessionFolder = generate(place / "sessions", "large", 200, 0)
        self.temporary = place / "temporary"
        self.temporary.mkdir()
        self._environment = {
            "TUI_AIDE_SESSIONS_DIR": str(place / "sessions"),
            "TUI_AIDE_CONFIG_DIR": str(place / "config"),
            "TMPDIR": str(self.temporary),
        }
        self._options = options
        self._view = SessionView(self.folder)
        self.feeder = Feeder(self.folder.path)
        self.viewer = self._attach()

    def _attach(self) -> Viewer:
        viewer = Viewer("large", self._environment)
        if viewer.terminal.wait_for(PAINTED, 60) is None:
            sys.exit(f"the screen never came: {viewer.terminal.output[-300:]!r}")
        return viewer

    def close(self) -> None:
        """End both."""
        self.feeder.close()
        with self.viewer:
            pass

    def rest(self) -> Usage:
        """Stop the runner's streams; return what the viewer holds a while later."""
        self.feeder.tell("idle")
        self.viewer.watch(REST)
        self._view.refresh()
        return usage(psutil.Process(self.viewer.terminal.process.pid), len(self._view.tree.nodes))

    def nodes_alone(self) -> list[Usage]:
        """Return what the viewer holds as nodes are made, and nothing else happens."""
        samples = [self.rest()]
        for _ in range(4):
            self.feeder.ask(f"nodes {ALONE // 4}")
            self.viewer.watch(ALONE / 4 / 80)
            self.feeder.listen()
            samples.append(self.rest())
        return samples

    def round(self, number: int, seconds: float) -> Usage:
        """Do all that happens, for so many seconds; each third time the runner is lost."""
        options = self._options
        whole = options.minutes * 60
        self.feeder.tell(f"load {options.nodes / whole} {options.tokens / whole} {OUTPUT}")
        end = time.monotonic() + seconds
        self.viewer.sizes()
        self.viewer.themes()
        with self._attach() as second:
            second.keys(5)
            if number % 3 == 2:
                self.feeder.kill()
                self.viewer.watch(3.0)
                second.watch(1.0)
                self.feeder = Feeder(self.folder.path)
                self.feeder.tell("load")
        while time.monotonic() < end:
            self.viewer.keys(5)
        return self.rest()


def viewer_side(options: Extent) -> list[Result]:
    """Soak the viewer, and print its table."""
    with tempfile.TemporaryDirectory() as name:
        soak = Soak(Path(name), options)
        try:
            soak.viewer.keys(20)
            cost = per_node(soak.nodes_alone()[1:])
            warm = soak.round(0, options.minutes * 60 / ROUNDS)
            samples = [warm]
            for number in range(1, ROUNDS):
                samples.append(soak.round(number, options.minutes * 60 / ROUNDS))
                now = samples[-1]
                print(f"    {now.nodes:,} nodes: {now.memory / 1e6:.1f} MB, {now.descriptors} descriptors, "
                      f"{now.threads} threads", flush=True)  # fmt: skip
            left = len(list(soak.temporary.iterdir()))
        finally:
            soak.close()
    last = samples[-1]
    told("viewer: nodes in the soak", f"{last.nodes:,}", "", True)
    nodes = (last.nodes - warm.nodes) * cost
    grown = last.memory - warm.memory - nodes
    told("viewer: a node costs, when nodes alone come", f"{cost:,.0f} bytes", "", True)
    words = f"{grown / 1e6:+.1f} MB on {warm.memory / 1e6:.0f} MB, and {nodes / 1e6:.1f} MB of nodes"
    told("viewer: memory beyond its nodes", words, "+10 MB", grown <= GROWTH)
    rows = flat("viewer", samples)
    told("viewer: temporary files left", f"{left}", "0", left == 0)
    return [
        measured(f"viewer: memory beyond its nodes, {last.nodes:,} of them", [grown / 1e6], "MB", limit=GROWTH / 1e6),
        measured("viewer: memory of a node", [cost / 1e3], "kB"),
        *rows,
        measured("viewer: temporary files left", [float(left)], "", limit=0),
    ]


def runner_side(options: Extent) -> list[Result]:
    """Soak the runner, and print its table."""
    every = max(100, options.runner_nodes // 20)
    command = [sys.executable, "-m", "benchmarks.soak.engine", str(options.runner_nodes), str(every)]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    samples = [msgspec.json.decode(line, type=Usage) for line in lines]
    samples = samples[len(samples) // 5 :]
    half = len(samples) // 2
    first, second = per_node(samples[: half + 1]), per_node(samples[half:])
    told(
        "runner: a node costs, first and second half",
        f"{first:,.0f}, {second:,.0f} bytes",
        "1.5 times",
        second <= 1.5 * first,
    )
    what = "runner: memory of a node, second half of the search"
    return [compared(what, [second / 1e3], [first / 1e3], "kB", "the first half", limit=1.5), *flat("runner", samples)]


def flat(who: str, samples: list[Usage]) -> list[Result]:
    """Print and return whether what should not grow did: the most of the last third beside the most of the first."""
    third, rows = max(1, len(samples) // 3), []
    for what in ("descriptors", "threads", "tasks"):
        before, after = (max(getattr(s, what) for s in part) for part in (samples[:third], samples[-third:]))
        if after:
            told(f"{who}: {what}, first and last third", f"{before}, {after}", "+2", after <= before + 2)
            words = f"{who}: more {what} in the last third than in the first"
            rows.append(measured(words, [float(after - before)], "", limit=2, remark=f"{before}, {after}"))
    return rows


def results(quick: bool) -> list[Result]:
    """Soak for a minute, or for the usual ten."""
    return run(Extent(1.0, 2000, 1_000_000, 1000) if quick else Extent())


def run(extent: Extent) -> list[Result]:
    """Soak both."""
    print(f"load of the machine {os.getloadavg()[0]:.1f}", flush=True)
    rows = viewer_side(extent)
    if extent.runner_nodes:
        rows += runner_side(extent)
    print(f"load of the machine {os.getloadavg()[0]:.1f}")
    return rows


def main() -> None:
    """Measure and print."""
    usual = Extent()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=usual.minutes)
    parser.add_argument("--nodes", type=int, default=usual.nodes)
    parser.add_argument("--tokens", type=int, default=usual.tokens)
    parser.add_argument("--runner-nodes", type=int, default=usual.runner_nodes)
    run(Extent(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
