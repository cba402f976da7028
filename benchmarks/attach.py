"""Attaching to a large session: seconds to the first paint and to the newest node, against an empty one; memory.

Run: python -m benchmarks.attach [--nodes N --gigabytes G --rounds N]
The sessions are generated: a journal as a search writes it, and node files of the size asked for (holes, so that they
take no room). `tui-aide attach` runs on a real pseudo-terminal.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import psutil

from benchmarks.result import Result, compared, measured
from benchmarks.terminal import Terminal
from tests.searches import created, finished, started
from tui_aide.sessions.config import SearchSettings, SessionConfig, TaskSource
from tui_aide.sessions.folder import SessionFolder, create_folder, seal
from tui_aide.tree import events as ev
from tui_aide.tree.node import Score, Tokens

PAINTED = b"Best so far"
_FILES = ("solution.py", "plan.md", "prompt.md", "reasoning.md", "answer.md", "output.log", "score.json")


def generate(place: Path, name: str, nodes: int, node_bytes: int) -> SessionFolder:
    """Write a session of so many nodes, each with files of so many bytes; each improves one of some before it."""
    source = TaskSource(name="toy", source="toy", metric="accuracy", direction="max")
    config = SessionConfig(
        id=name, name=name, created=0.0, version="0", task=source, search=SearchSettings(), budget=ev.Budget()
    )
    folder = seal(create_folder(place, name), config)
    events: list[ev.Event] = [msgspec.structs.replace(started(), session=name)]
    for node in range(nodes):
        parents = (node - 1 - node * 7919 % min(node, 50),) if node % 10 else ()
        events += [
            created(node, parents, "improve" if parents else "draft"),
            ev.SampleStarted(node=node, sample=0, model="m"),
            ev.AnswerStarted(node=node, sample=0),
            ev.SampleFinished(
                node=node,
                sample=0,
                tokens=Tokens(1000, 3000, 500),
                seconds=1.0,
                first_token_seconds=0.1,
                finish="stop",
            ),
            ev.CodeChecked(node=node, ok=True, title=f"made script number {node}", plan="A plan. " * 20, lines=60),
            ev.ExecutionStarted(node=node, slot=0, threads=1),
            ev.ExecutionFinished(node=node, reason="exited", returncode=0, seconds=1.0, peak_memory=1000),
            finished(node, 0.5 + 0.4 * node / nodes) if node % 3 else finished(node, None, "crash"),
        ]
        if node % 300 == 1:
            score = Score(0.5 + 0.4 * node / nodes, 0.01)
            events.append(
                ev.IncumbentChanged(node=node, score=score, previous=None, gain=None, gain_se=None, reason="better")
            )
        path = folder.node(node)
        path.mkdir(parents=True)
        for file in _FILES if node_bytes else ():
            (path / file).touch()
        if node_bytes:
            os.truncate(path / "reasoning.md", node_bytes // 4)
            os.truncate(path / "output.log", node_bytes - node_bytes // 4)
    with folder.journal.open("wb") as journal:
        for number, event in enumerate(events):
            journal.write(ev.encode(msgspec.structs.replace(event, seq=number + 1, time=1e9 + number * 0.1)))
    return folder


def attach(place: Path, folder: SessionFolder, newest: bytes) -> tuple[float, float, int]:
    """Return seconds to the first paint and to what happened last, and the viewer's memory in bytes soon after."""
    environment = {**os.environ, "TUI_AIDE_SESSIONS_DIR": str(place)}
    with Terminal([sys.executable, "-m", "tui_aide", "attach", folder.id], environment) as terminal:
        painted = terminal.wait_for(PAINTED, 60)
        whole = terminal.wait_for(newest, 60)
        assert painted is not None, terminal.output[-500:]
        assert whole is not None, terminal.output[-500:]
        end = time.perf_counter() + 2.0
        while time.perf_counter() < end:
            terminal.read(0.1)
        return painted, whole, psutil.Process(terminal.process.pid).memory_info().rss


def results(quick: bool) -> list[Result]:
    """Measure with few rounds or with the usual ones."""
    return measure(10_000, 2.0, 1 if quick else 7)


def measure(nodes: int, gigabytes: float, times: int) -> list[Result]:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        empty = generate(place, "empty", 0, 0)
        large = generate(place, "large", nodes, int(gigabytes * 1e9 / nodes))
        size = large.journal.stat().st_size
        print(f"{nodes:,} nodes, journal {size / 1e6:.1f} MB, node files {gigabytes:g} GB")
        rounds = []
        for _ in range(times + 1):
            without = attach(place, empty, PAINTED)
            rounds.append((without, attach(place, large, f"{nodes}/20".encode())))
        del rounds[0]  # it filled the caches
        firsts = statistics.median(e[0] for e, _ in rounds), statistics.median(w[0] for _, w in rounds)
        ratio = statistics.median(w[0] / e[0] for e, w in rounds)
        print(f"first paint: empty {firsts[0] * 1e3:.0f} ms, large {firsts[1] * 1e3:.0f} ms (limit 1 s)")
        print(f"  ratio {ratio:.2f} (limit 1.5)")
        print(f"all nodes counted on the screen: {statistics.median(w[1] for _, w in rounds) * 1e3:.0f} ms")
        memory = [statistics.median(v[i][2] for v in rounds) / 1e6 for i in (0, 1)]
        print(f"viewer's memory: empty {memory[0]:.0f} MB, large {memory[1]:.0f} MB (limit 150 MB)")
    opened, held = ([[v[i][place] * scale for v in rounds] for i in (1, 0)] for place, scale in ((0, 1e3), (2, 1e-6)))
    words = f"{nodes:,} nodes and {gigabytes:g} GB"
    return [
        compared(f"first paint of `attach`, {words}", opened[0], opened[1], "ms", "an empty session", limit=1.5),
        measured(f"first paint of `attach`, {words}", opened[0], "ms", limit=1000),
        measured("until all nodes are counted on the screen", [v[1][1] * 1e3 for v in rounds], "ms"),
        measured(f"the viewer's memory, {words}", held[0], "MB", limit=150),
        compared(f"the viewer's memory, {words}", held[0], held[1], "MB", "an empty session"),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=10_000)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    measure(options.nodes, options.gigabytes, options.rounds)


if __name__ == "__main__":
    main()
