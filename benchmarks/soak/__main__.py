"""Eight hours in one: a real search and a real screen, faults all the time; what grows, what is left, what is true.

python -m benchmarks.soak [--minutes M --nodes N --seed S]: the real runner with its scorer and its sandboxed scripts
makes up to N nodes against a double of vLLM that fails every few seconds, and is killed and started anew now and then.
One script in five crashes, hangs, floods, forks, or leaves processes, files and shared memory behind. A real `attach`
stays on a terminal and is typed into; others come and go. The runner is killed and resumed. All processes are looked at
every few seconds; at the end the search is finished, and its journal and its best are checked from the files alone.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sys
import time
from collections.abc import Callable

import msgspec
import psutil

from benchmarks.attach import PAINTED
from benchmarks.load.__main__ import told
from benchmarks.load.viewer import Viewer
from benchmarks.result import Result, measured
from benchmarks.soak.aftermath import aftermath, litter, segments
from benchmarks.soak.census import ROLES, Held, look, parts
from benchmarks.soak.counted import PLACE, count
from benchmarks.soak.growth import second_half, slope
from benchmarks.soak.model import Model
from tests.durability.session import ROOT, Place, Runner, make_session
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.view import SessionView

KILLS = (0.15, 0.35, 0.75)
"""When the runner is killed, as shares of the time: in the second half once, so that its lives there are long."""
SAMPLES = 150
WORKERS, SLOTS, TIMEOUT, MEMORY = 12, 2, 5.0, 1 << 30
NODE = {"runner": 2_900, "viewer": 4_400}
"""Bytes that a node costs a process that keeps the tree (`benchmarks.soak.screen`)."""
GROWTH = 10_000_000
_PROGRAM = "benchmarks.soak.counted"


class Extent(msgspec.Struct, frozen=True):
    """How long it lasts; see the command line."""

    minutes: float = 60.0
    nodes: int = 10_000
    seed: int = 0


class Soak:
    """One session, with all that befalls it."""

    def __init__(self, options: Extent, model: Model) -> None:
        self.place = Place()
        self.rng = random.Random(options.seed)
        self.samples: list[Held] = []
        self.kills = self.visits = self.restarts = 0
        self._model = model
        self._options = options
        self._counts = self.place.path / "counts"
        self._counts.mkdir()
        self.place.environment |= {PLACE: str(self._counts), "PYTHONPATH": str(ROOT)}
        self.folder: SessionFolder = make_session(
            self.place, model.url, options.nodes, "soak", warm=True, workers=WORKERS, slots=SLOTS, timeout=TIMEOUT,
            memory=MEMORY, seed=options.seed,
        )  # fmt: skip
        self._view = SessionView(self.folder)
        self.runner = self._run()
        self._begun = self._sampled = time.monotonic()
        self.viewer = self._attach()
        self._chances: list[tuple[float, Callable[[], None]]] = [(20.0, self._visit), (100.0, self._restart)]

    def _run(self, *words: str) -> Runner:
        return Runner(self.place, self.folder, *words, program=_PROGRAM)

    def _attach(self) -> Viewer:
        command = [sys.executable, "-P", "-m", _PROGRAM, "attach", "soak"]
        viewer = Viewer("soak", self.place.environment, self.rng.randrange(1 << 30), command)
        if viewer.terminal.wait_for(PAINTED, 60) is None:
            raise SystemExit(f"the screen never came: {viewer.terminal.output[-500:]!r}")
        return viewer

    @property
    def nodes(self) -> int:
        """How many nodes the session has."""
        self._view.refresh()
        return len(self._view.tree.nodes)

    @property
    def tokens(self) -> int:
        """How many tokens the finished nodes took, those of prompts apart."""
        return self._view.tree.tokens.reasoning + self._view.tree.tokens.answer

    def go(self) -> None:
        """Let it happen, for so many minutes or until the nodes are made."""
        whole = self._options.minutes * 60
        while (passed := time.monotonic() - self._begun) < whole and self.runner.alive:
            if self.kills < len(KILLS) and passed > KILLS[self.kills] * whole:
                self._kill()
            self.viewer.keys(3)
            for every, happening in self._chances:
                if self.rng.random() < 2.0 / every:  # three keys last some two seconds
                    happening()
            if time.monotonic() - self._sampled > whole / SAMPLES:
                self._sample()
        self._sample()

    def _sample(self) -> None:
        self._sampled = time.monotonic()
        nodes, now = self.nodes, time.time()
        everyone = parts(self.runner.process.pid) | {"viewer": psutil.Process(self.viewer.terminal.process.pid)}
        for role, process in everyone.items():
            tasks = count(self._counts, process.pid) if role in ("runner", "viewer") else None
            if (held := look(role, process, now, nodes, tasks)) is not None:
                self.samples.append(held)
        if len(self.samples) % 40 < len(everyone):
            self._say()

    def _say(self) -> None:
        last = {s.role: s for s in self.samples}
        words = "; ".join(
            f"{r} {s.memory / 1e6:.1f} MB, {s.descriptors} fds, {s.threads} threads, {s.tasks or 0} tasks, "
            f"{s.children} children"
            for r, s in last.items()
        )
        print(f"    {time.monotonic() - self._begun:5.0f} s, {last['viewer'].nodes:,} nodes: {words}", flush=True)

    def _kill(self) -> None:
        """Kill the runner, whose viewer stays, and go on a moment later."""
        with contextlib.suppress(ProcessLookupError):
            self.runner.process.kill()
        self.runner.process.wait()
        self.viewer.watch(self.rng.uniform(0.5, 3.0))
        self.runner = self._run()
        self.kills += 1

    def _visit(self) -> None:
        """Look at the session by another viewer, which leaves as told, or is killed."""
        with self._attach() as visitor:
            visitor.keys(self.rng.randrange(6))
            if self.rng.random() < 0.5:
                visitor.terminal.send(b"\x1b")
                visitor.watch(0.5)
                visitor.terminal.send(b"q")
                visitor.watch(1.0)
        self.visits += 1

    def _restart(self) -> None:
        """Kill the model server, and start it anew at the same port."""
        self._model.kill()
        self.viewer.watch(self.rng.uniform(0.5, 6.0))
        self._model.start()
        self.restarts += 1

    def finish(self) -> bytes:
        """Kill the runner, finish what was begun; return the journal at the kill, in whole lines."""
        with self.viewer:
            self.viewer.keys(3)
        if self.runner.alive:
            before = self.runner.kill()
        else:
            before = self.folder.journal.read_bytes()
        nodes = before.count(b'"type":"node_created"')
        last = self._run("--budget", f'{{"nodes": {nodes}}}')
        if last.finish(600.0) != 0:
            told("the search finishes", self.folder.runner_log.read_text()[-300:], "exit code 0", False)
        return before


def report(samples: list[Held]) -> list[Result]:
    """Print and return what grew in the second half, a row for each process and thing."""
    rows = []
    for role in ROLES:
        late = second_half([s for s in samples if s.role == role])
        made = max((s.nodes for s in late), default=0) - min((s.nodes for s in late), default=0)
        grown = slope(late, lambda s: s.memory)
        if grown is None:
            what = f"{role}: seen often enough in the second half"
            told(what, "no", "it is", False)
            rows.append(Result(what=what, failed="it was not"))
            continue
        beyond = (grown.value - NODE.get(role, 0)) * made
        level = sum(s.memory for s in late) / len(late) / 1e6
        words = f"{beyond / 1e6:+.1f} MB on {level:.0f} MB ({grown.value / 1e3:.1f} kB a node)"
        what = f"{role}: memory beyond its nodes, second half"
        told(what, words, "+10 MB", beyond <= GROWTH)
        rows.append(measured(what, [beyond / 1e6], "MB", limit=GROWTH / 1e6, remark=words))
        for thing in ("descriptors", "threads", "children", "tasks"):
            seen = [s for s in late if getattr(s, thing) is not None]
            more = slope(seen, lambda s, thing=thing: float(getattr(s, thing)))  # type: ignore[misc]
            if more is not None:
                level = sum(getattr(s, thing) for s in seen) / len(seen)
                surely = (more.value - 2 * more.error) * made  # but for two standard errors
                what = f"{role}: {thing}, second half, for sure"
                words = f"{more.value * made:+.1f} on {level:.1f}"
                told(what, words, "+2", surely <= 2)
                rows.append(measured(what, [surely], "", limit=2, remark=words))
    return rows


def results(quick: bool) -> list[Result]:
    """Soak for three minutes, or for the usual hour."""
    return run(Extent(minutes=3.0) if quick else Extent())


def main() -> int:
    """Soak and print; the exit code is 1 where something grew or was left."""
    usual = Extent()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=usual.minutes)
    parser.add_argument("--nodes", type=int, default=usual.nodes)
    parser.add_argument("--seed", type=int, default=usual.seed)
    return int(any(row.verdict in ("missed", "failed") for row in run(Extent(**vars(parser.parse_args())))))


def run(options: Extent) -> list[Result]:
    """Soak, print and return what grew, and whether what must hold does."""
    print(f"load of the machine {os.getloadavg()[0]:.1f}", flush=True)
    shared = litter(), segments()
    with Model(options.seed) as model:
        soak = Soak(options, model)
        try:
            soak.go()
            seconds = time.monotonic() - soak._begun
            before = soak.finish()
            print(f"  {soak.nodes:,} nodes, {soak.tokens:,} tokens in {seconds / 60:.1f} minutes; {soak.kills} kills, "
                  f"{soak.restarts} restarts of the server, {soak.visits} visits", flush=True)  # fmt: skip
            rows = report(soak.samples)
            holds = aftermath(soak.place, soak.folder, before, shared)
            what = "journal, sums, best and what is left around: all as it must be (1) or not (0)"
            rows.append(measured(what, [float(holds)], "", limit=1, bound="least"))
        finally:
            with contextlib.suppress(OSError):
                soak.viewer.__exit__()
            soak.place.close()
    print(f"load of the machine {os.getloadavg()[0]:.1f}")
    return rows


if __name__ == "__main__":
    sys.exit(main())
