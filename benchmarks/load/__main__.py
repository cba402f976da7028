"""The screen at its target load: how soon it answers keys, what it costs, and whether it grows.

python -m benchmarks.load [--nodes N --seconds S --tokens N --keys N --first]: writes a session of N nodes, whose runner
is synthetic (see `runner`) but speaks the real protocol, and opens it by the real `tui-aide attach` in a terminal of
200 x 50. First nothing happens in it. Then 10 nodes come a second, 16 streams bring 5,000 tokens a second together,
and two scripts in turn print 50 MB/s in bursts of a second. At last tokens alone are streamed, as many as asked for.
`--first` gives the viewer and this process the cores before all else (SCHED_FIFO, needs root), so that what else runs
on the machine is not measured.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from benchmarks.attach import PAINTED, generate
from benchmarks.load.viewer import Use, Viewer
from benchmarks.result import Result, compared, measured

RATE = 20_000
"""Tokens a second where memory alone is measured: four times the target's, so that a million last 50 s."""
ROUNDS = 2


class Answers(msgspec.Struct, frozen=True):
    """What was measured in one state: the seconds of each key, theme and size, and the CPU seconds of one of each."""

    keys: dict[str, list[float]]
    themes: list[float]
    sizes: list[float]
    cpu: tuple[float, float, float]

    @property
    def all_keys(self) -> list[float]:
        """The seconds of all keys."""
        return [seconds for took in self.keys.values() for seconds in took]


class Feeder:
    """The runner's process, which is told what to do."""

    def __init__(self, session: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.load.runner", str(session)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.listen()

    def tell(self, words: str) -> None:
        """Tell it what to do, and wait until it does."""
        self.ask(words)
        self.listen()

    def ask(self, words: str) -> None:
        """Tell it what to do, and go on."""
        assert self._process.stdin is not None
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """End it without a word, as a power cut would."""
        self._process.kill()
        self._process.communicate()

    def listen(self) -> None:
        """Wait until it says that what was asked stands, or is done."""
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            sys.exit("the synthetic runner ended")

    def close(self) -> None:
        """End it."""
        if self._process.poll() is None:
            self.ask("end")
        self._process.communicate()


def p99(took: list[float]) -> float:
    """Return the 99th percentile in ms."""
    return sorted(took)[min(len(took) - 1, int(0.99 * len(took)))] * 1e3


def median(took: list[float]) -> float:
    """Return the median in ms."""
    return statistics.median(took) * 1e3


def answers(viewer: Viewer, keys: int) -> Answers:
    """Press keys, choose themes, change sizes."""
    begun = viewer.cpu
    pressed = viewer.keys(keys)
    after_keys = viewer.cpu
    themes = [t for _ in range(ROUNDS) for t in viewer.themes()]
    after_themes = viewer.cpu
    sizes = [s for _ in range(ROUNDS) for s in viewer.sizes()]
    cpu = (
        (after_keys - begun) / keys,
        (after_themes - after_keys) / len(themes),
        (viewer.cpu - after_themes) / len(sizes),
    )
    return Answers(pressed, themes, sizes, cpu)


def told(name: str, value: str, limit: str, good: bool) -> None:
    """Print a row of the table."""
    print(f"  {name:<44} {value:<34} limit {limit:<18} {'ok' if good else 'MISSED'}", flush=True)


def report(idle: Use, idle_answers: Answers, load: Use, answers: Answers) -> list[Result]:
    """Print and return what was measured beside its limits."""
    rows: list[Result] = []
    before, now = p99(idle_answers.all_keys), p99(answers.all_keys)
    most = max(50.0, 3 * before)
    words = f"{now:.0f} ms (median {median(answers.all_keys):.0f}, of {len(answers.all_keys)})"
    told("key until it shows, p99, under load", words, f"{most:.0f} ms", now < most)
    print(f"  {'  the same, idle':<44} {before:.0f} ms (median {median(idle_answers.all_keys):.0f})")
    for name, these in (("idle", idle_answers), ("load", answers)):
        each = ", ".join(f"{k} {median(v):.0f} to {max(v) * 1e3:.0f}" for k, v in these.keys.items() if v)
        print(f"    {name}, median to longest, ms: {each}")
    each = " / ".join(f"{seconds * 1e3:.0f}" for seconds in idle_answers.cpu)
    print(f"  {'  CPU of a key / theme / size, idle':<44} {each} ms")
    told("CPU of one core, under load", f"{load.cpu:.1%}", "35%", load.cpu < 0.35)
    told("CPU of one core, idle", f"{idle.cpu:.1%}", "2%", idle.cpu < 0.02)
    words = f"{load.bytes / 1e3:.0f} kB/s in {load.frames:.0f} frames/s"
    told("drawn, under load", words, "700 kB/s", load.bytes < 700e3)
    for state, these in (("idle", idle_answers), ("under load", answers)):
        for name, took in (("theme", these.themes), ("size", these.sizes)):
            words = f"{median(took):.0f} ms, at most {max(took) * 1e3:.0f}"
            told(f"another {name}, {state}, median", words, "300 ms", median(took) < 300)
            rows.append(measured(f"another {name}, {state}", [t * 1e3 for t in took], "ms", limit=300))
    return [
        measured("a key until it shows, under load, p99", [now], "ms", limit=most),
        compared("a key until it shows, under load, p99", [now], [before], "ms", "idle"),
        measured("the viewer's CPU under load", [100 * load.cpu], "% of a core", limit=35),
        measured("the viewer's CPU idle", [100 * idle.cpu], "% of a core", limit=2),
        measured("drawn under load", [load.bytes / 1e3], "kB/s", limit=700),
        *rows,
    ]


class Extent(msgspec.Struct, frozen=True):
    """How much is measured; see the command line."""

    nodes: int = 10_000
    seconds: float = 60.0
    tokens: int = 1_000_000
    keys: int = 200
    first: bool = False


def results(quick: bool) -> list[Result]:
    """Measure shortly, with a tenth of the tokens, or as usual."""
    return run(Extent(seconds=5.0, tokens=100_000, keys=40) if quick else Extent())


def main() -> None:
    """Measure and print."""
    usual = Extent()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=usual.nodes)
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="of load without keys")
    parser.add_argument("--tokens", type=int, default=usual.tokens)
    parser.add_argument("--keys", type=int, default=usual.keys)
    parser.add_argument("--first", action="store_true", help="measure before all else on the machine")
    run(Extent(**vars(parser.parse_args())))


def run(options: Extent) -> list[Result]:
    """Make the session and its runner, and measure."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        folder = generate(place / "sessions", "large", options.nodes, 0)
        environment = {"TUI_AIDE_SESSIONS_DIR": str(place / "sessions"), "TUI_AIDE_CONFIG_DIR": str(place / "config")}
        feeder = Feeder(folder.path)
        try:
            if options.first:
                os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
            with Viewer("large", environment) as viewer:
                return measure(viewer, feeder, options)
        finally:
            feeder.close()


def measure(viewer: Viewer, feeder: Feeder, options: Extent) -> list[Result]:
    """Go through the states."""
    if viewer.terminal.wait_for(PAINTED, 60) is None:
        sys.exit(f"the screen never came: {viewer.terminal.output[-300:]!r}")
    viewer.watch(4.0)
    print(f"{options.nodes:,} nodes, 200 x 50; load of the machine {os.getloadavg()[0]:.1f}", flush=True)
    idle = viewer.use(lambda: viewer.watch(min(20.0, options.seconds)))
    idle_answers = answers(viewer, options.keys)
    feeder.tell("load")
    viewer.watch(3.0)
    load = viewer.use(lambda: viewer.watch(options.seconds))
    rows = report(idle, idle_answers, load, answers(viewer, options.keys))
    before = viewer.memory
    if options.tokens:
        feeder.ask(f"tokens {options.tokens} {RATE}")
        viewer.watch(options.tokens / RATE + 2.0)
        feeder.listen()
        feeder.tell("idle")
        viewer.watch(2.0)
        grown = (viewer.memory - before) / 1e6
        told(
            f"memory after {options.tokens:,} tokens",
            f"{grown:+.1f} MB on {before / 1e6:.0f} MB",
            "+10 MB",
            grown <= 10,
        )
        remark = f"on {before / 1e6:.0f} MB"
        rows.append(
            measured(f"the viewer's memory after {options.tokens:,} tokens", [grown], "MB", limit=10, remark=remark)
        )
    print(f"load of the machine {os.getloadavg()[0]:.1f}")
    return rows


if __name__ == "__main__":
    main()
