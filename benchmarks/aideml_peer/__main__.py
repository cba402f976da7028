"""AIDE itself beside tui_aide: nodes an hour, overhead, prompts, memory, and which faults each survives.

Run: python -m benchmarks.aideml_peer [--quick]

aideml 0.2.2, unpatched, is installed from its package into the user's cache on first use, without the 240 packages that
its scripts might like. Both are started as their users start them, with the same task, against the same server: 0.2 s
to the first token, 50 tokens/s a stream, scripts of 600 tokens and, for AIDE, reviews of 120. tui_aide makes nodes as
AIDE does, by one sample each, greedily. AIDE has no workers; as many processes of it are separate searches.
"""

from __future__ import annotations

import argparse
import signal
import tempfile
from pathlib import Path

from benchmarks.aideml_peer.faults import FAULTS, Outcome, suffer_all
from benchmarks.aideml_peer.growth import around, grow
from benchmarks.aideml_peer.programs import Aideml, Ours, make_task
from benchmarks.aideml_peer.speed import speed
from benchmarks.peers import AIDEML, aideml_python
from benchmarks.result import Result, compared, measured

WORKERS = (1, 4, 8, 16)
LEAST_SPEED_UP = 8.0
"""Times AIDE's nodes an hour that 8 workers make."""
PEER = f"aideml {AIDEML}"


def results(quick: bool) -> list[Result]:
    """Measure all of it."""
    # A shell's background job ignores SIGINT, and so would the scripts that AIDE ends by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    aideml_python()
    with tempfile.TemporaryDirectory(prefix="aideml-peer-") as name:
        place = Path(name)
        task = make_task(place / "task")
        rows = [*growths(place / "growth", task, 24 if quick else 101)]
        rows += speeds(place / "speed", task, quick)
        rows += survived(
            suffer_all((Ours(), Aideml()), place / "faults", task, 45 if quick else 90, 0 if quick else 240)
        )
    return rows


def growths(place: Path, task: Path, nodes: int) -> list[Result]:
    """Return overhead, prompts and memory of long searches."""
    ours, theirs = (grow(p, place / p.name, task, nodes, 600) for p in (Ours(), Aideml()))
    rows = []
    width = min(20, nodes // 4)
    for share, words in ((0.05, "early"), (1.0, "late")):
        (first, a), (_, b) = (around(g.overhead, share, width) for g in (ours, theirs))
        what = f"overhead a node beside model and script, {words} (nodes {first} to {first + width})"
        remark = "ours with sandbox, hidden score and its error; AIDE's without its reviews"
        rows.append(compared(what, [s * 1e3 for s in a], [s * 1e3 for s in b], "ms", PEER, remark=remark))
    for node in (5, 20, 100):
        if node < nodes:
            remark = f"the request for code alone: {ours.codes[node]:,} and {theirs.codes[node]:,}"
            asked = [[float(g.prompts[node])] for g in (ours, theirs)]
            rows.append(compared(f"prompt tokens of node {node}", asked[0], asked[1], "tokens", PEER, remark=remark))
    grown = [g.codes[-1] / g.codes[min(5, nodes - 1)] for g in (ours, theirs)]
    what = f"the same request for code, node {nodes - 1} / node 5"
    row = measured(what, [grown[0]], "", limit=1.5, remark=f"AIDE's: {grown[1]:.2f}")
    rows.append(row)
    mib = [[m / 2**20 for m in g.memory] for g in (ours, theirs)]
    what = f"memory of all processes, scripts too, {nodes} nodes"
    rows.append(compared(what, mib[0], mib[1], "MiB", PEER, remark=f"{ours.valid} and {theirs.valid} nodes valid"))
    return rows


def speeds(place: Path, task: Path, quick: bool) -> list[Result]:
    """Return nodes an hour at all numbers of workers, beside one process of AIDE and beside as many."""
    one = speed(Aideml(), place / "aideml-1", task, 3 if quick else 20, 0)
    rows = []
    for workers in WORKERS:
        made = speed(Ours(), place / f"ours-{workers}", task, (2 if quick else 8) * workers, workers)
        least = LEAST_SPEED_UP if workers == 8 else None
        what = f"nodes an hour, {workers} workers, 2 slots"
        rows.append(
            compared(what, [made.nodes_an_hour], [one.nodes_an_hour], "nodes/h", PEER, limit=least, bound="least")
        )
        many = one
        if workers > 1:
            many = speed(Aideml(), place / f"aideml-{workers}", task, 2 if quick else 6, 0, workers)
            peer = f"{workers} processes of AIDE"
            rows.append(compared(f"{what}: one tree", [made.nodes_an_hour], [many.nodes_an_hour], "nodes/h", peer))
        if made.memory and many.memory:
            mib = made.memory / 2**20, many.memory / 2**20
            rows.append(compared(f"memory at {workers} workers", [mib[0]], [mib[1]], "MiB", f"{workers} of AIDE"))
        hour = [round(s.nodes_an_hour) for s in (made, one, many)]
        print(f"{workers} workers: {hour[0]} nodes/h, AIDE {hour[1]}, as many of AIDE {hour[2]}")
    return rows


def survived(found: dict[str, tuple[Outcome, Outcome]]) -> list[Result]:
    """Return a row a fault, and how many each survived."""
    rows = []
    for fault, (ours, theirs) in found.items():
        remark = f"ours {ours.words}; AIDE {theirs.words}"
        what = f"fault: {fault}; nodes made of 4"
        row = Result(what=what, figure=ours.nodes, peer=PEER, peer_figure=theirs.nodes, remark=remark)
        rows.append(row)
    alive = [sum(not pair[i].faults for pair in found.values()) for i in (0, 1)]
    out = "" if len(found) == len(FAULTS) else f"; {len(FAULTS) - len(found)} left out"
    total = Result(
        what=f"faults survived of {len(found)}{out}",
        figure=alive[0],
        peer=PEER,
        peer_figure=alive[1],
        limit=len(found),
        bound="least",
    )
    return [*rows, total]


def main() -> None:
    """Measure and print."""
    from benchmarks.table import markdown

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    print(markdown(results(parser.parse_args().quick)))


if __name__ == "__main__":
    main()
