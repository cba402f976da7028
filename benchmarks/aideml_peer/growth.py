"""A long search with a server that answers at once: what a node costs besides, and what prompts grow to."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.aideml_peer.programs import Program, searching
from benchmarks.aideml_peer.server import Answered, Manner


class Growth(msgspec.Struct, frozen=True):
    """What was measured of one search.

    Attributes:
        overhead: seconds a node, from one request for code to the next, without the server's and the script's own.
        prompts: tokens of all prompts of a node, by node; `codes` those of the prompt alone that asks for the code.
        memory: bytes of all its processes, sampled.
        valid: nodes with a score.
    """

    overhead: list[float]
    prompts: list[int]
    codes: list[int]
    memory: list[int]
    valid: int


def grow(program: Program, place: Path, task: Path, nodes: int, seconds: float) -> Growth:
    """Run a search of so many nodes, one after the other."""
    with searching(program, place, task, Manner()) as search:
        search.start(program.command(search.place, nodes, 0, 60))
        code, memory = search.wait(seconds, 2.0)
        if code != 0:
            words = (search.place.folder / "words").read_text(errors="replace")[-300:]
            raise RuntimeError(f"{program.name} made {search.made.nodes} of {nodes} nodes: {code}; {words}")
        made, answered = search.made, search.answered
    turns = by_node(answered)
    overhead = [
        after[0].began - turn[0].began - sum(a.ended - a.began for a in turn) - made.own.get(number, 0.0)
        for number, (turn, after) in enumerate(itertools.pairwise(turns))
    ]
    return Growth(overhead, [sum(a.prompt for a in t) for t in turns], [t[0].prompt for t in turns], memory, made.valid)


def by_node(answered: Sequence[Answered]) -> list[list[Answered]]:
    """Return the completions by node: each begins with a request for code."""
    turns: list[list[Answered]] = []
    for one in answered:
        if one.kind == "code" or not turns:
            turns.append([])
        turns[-1].append(one)
    return turns


def around(values: Sequence[float], share: float, width: int) -> tuple[int, Sequence[float]]:
    """Return the `width` values at a share 0..1 of the way, and the place of the first."""
    start = round(share * max(0, len(values) - width))
    return start, values[start : start + width]
