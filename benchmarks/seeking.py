"""Going back in a replay: how long it takes, and how long the screen's loop stands still for it at most.

python -m benchmarks.seeking [--nodes N]: writes the journal of a search of N nodes, opens it as a replay, and goes from
its end to places all over it, as the screen does: in slices, with the loop in between.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.result import Result, measured
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.recording import Recording
from tui_aide.tree import events as ev
from tui_aide.tree.node import Score, Tokens
from tui_aide.tui.app import spare_collections
from tui_aide.tui.replay_feed import ReplayFeed

START = 1_790_000_000.0


def write_journal(path: Path, nodes: int, seed: int = 0) -> int:
    """Write the journal of a search, ten seconds a node; return how many events it holds."""
    rng = random.Random(seed)
    seq = 0
    with path.open("wb") as file:

        def add(event: ev.Event, at: float) -> None:
            nonlocal seq
            seq += 1
            file.write(ev.encode(_stamped(event, seq, START + at)))

        add(_started(nodes), 0.0)
        best = -1.0
        for node in range(nodes):
            at = 10.0 * node
            parents = (rng.randrange(node),) if node > 5 else ()
            score = Score(rng.random(), 0.01) if rng.random() < 0.7 else None
            for after, event in _work(node, parents, score):
                add(event, at + after)
            if score is not None and score.value > best:
                add(
                    ev.IncumbentChanged(node=node, score=score, previous=None, gain=None, gain_se=None, reason="r"),
                    at + 9,
                )
                best = score.value
        add(ev.SessionFinished(status="finished", reason="the budget of nodes is spent"), 10.0 * nodes)
    return seq


def _work(node: int, parents: tuple[int, ...], score: Score | None) -> Iterator[tuple[float, ev.Event]]:
    """Yield a node's events, and after how many seconds each came."""
    tokens = Tokens(2000, 1500, 500)
    yield (
        0.0,
        ev.NodeCreated(
            node=node,
            parents=parents,
            operator="improve" if parents else "draft",
            strategy="single",
            reason="r",
            seed=node,
        ),
    )
    yield 0.1, ev.SampleStarted(node=node, sample=0, model="m")
    yield 2.0, ev.AnswerStarted(node=node, sample=0)
    yield 4.0, ev.SampleFinished(node=node, sample=0, tokens=tokens, seconds=4, first_token_seconds=0.3, finish="stop")
    yield 4.0, ev.CodeChecked(node=node, ok=True, title=f"script {node}", plan="a plan of some words", lines=90)
    yield 4.1, ev.ExecutionStarted(node=node, slot=0, threads=2)
    yield 8.0, ev.ExecutionFinished(node=node, reason="exited", returncode=0, seconds=4, peak_memory=1 << 28)
    yield 8.5, ev.NodeFinished(
        node=node, verdict="valid" if score else "crash", message="" if score else "KeyError: 'a'", score=score,
        tokens=tokens, seconds=8.5, model_seconds=4, execution_seconds=4,
    )  # fmt: skip


def _started(nodes: int) -> ev.SessionStarted:
    return ev.SessionStarted(
        session="seeking", task="toy", metric="roc_auc", direction="max", model="m", strategy="single", policy="greedy",
        budget=ev.Budget(nodes=nodes), workers=1, slots=1, seed=0, version="0",
    )  # fmt: skip


def _stamped(event: ev.Event, seq: int, at: float) -> ev.Event:
    return msgspec.structs.replace(event, seq=seq, time=at)


class Seek(msgspec.Struct):
    """What going to a place took: seconds until it is shown, CPU seconds of that, and of the longest standstill."""

    wall: float = 0.0
    cpu: float = 0.0
    still: float = 0.0


async def seek(feed: ReplayFeed, share: float) -> Seek:
    """Go to a share 0..1 of the recording."""
    recording, took = feed.recording, Seek()
    begun = time.perf_counter()
    feed.seek(recording.at(share * recording.elapsed(recording.end)))
    while feed.behind:
        before = time.thread_time()
        feed.fold()
        slice_seconds = time.thread_time() - before
        took.cpu += slice_seconds
        took.still = max(took.still, slice_seconds)
        await asyncio.sleep(0)
    took.wall = time.perf_counter() - begun
    return took


async def measure(folder: SessionFolder) -> list[Result]:
    """Print and return what was measured."""
    begun = time.perf_counter()
    feed = ReplayFeed(Recording(folder), 1)
    spare_collections()
    opened, events = time.perf_counter() - begun, len(feed.recording.events)
    print(f"read {events} events in {opened:.3f} s")
    print(_words("to the end", [await seek(feed, 1.0)]))
    back: list[Seek] = []
    for share in (0.999, 0.9, 0.75, 0.5, 0.25, 0.1, 0.999):
        back.append(await seek(feed, share))
        await seek(feed, 1.0)
    print(_words("back", back))
    return [
        measured(f"reading a recording of {events:,} events", [opened * 1e3], "ms"),
        measured("going back in it", [t.wall * 1e3 for t in back], "ms", limit=300),
        measured("the loop's standstill for that, of CPU", [t.still * 1e3 for t in back], "ms", limit=50),
    ]


def results(quick: bool) -> list[Result]:
    """Measure a recording of a tenth of the nodes, or of all."""
    return told(1000 if quick else 10_000)


def told(nodes: int) -> list[Result]:
    """Write a journal, and measure it."""
    with tempfile.TemporaryDirectory() as place:
        folder = SessionFolder(Path(place) / "seeking")
        folder.path.mkdir()
        write_journal(folder.journal, nodes)
        return asyncio.run(measure(folder))


def _words(name: str, took: list[Seek]) -> str:
    wall = [t.wall * 1e3 for t in took]
    cpu, still = max(t.cpu for t in took) * 1e3, max(t.still for t in took) * 1e3
    return (
        f"{name}: median {statistics.median(wall):.0f} ms, longest {max(wall):.0f} ms; "
        f"of CPU {cpu:.0f} ms at most, {still:.0f} ms in one piece"
    )


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=10_000)
    told(parser.parse_args().nodes)


if __name__ == "__main__":
    main()
