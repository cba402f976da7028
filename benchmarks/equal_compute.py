"""Strategies at equal compute: whole searches with the real engine, over HTTP to an imperfect coder.

Run: python -m benchmarks.equal_compute [--seeds 10] [--sizes 7b,14b,32b] [--tasks digits,friedman,ordinal,tumours]
    [--strategies "aide; best-of-n; NAME: STRATEGY, POLICY"] [--heed 1]
    [--out FILE] [--json FILE] [--cache FOLDER]

The coder (benchmarks/imperfect) stands in for R1-Distill models under AIDE: its rates are set so that `aide` meets what
is published of them. What other ways gain here is a claim about these rates, not about a model. Each search may spend
the tokens of 20 nodes of `aide`. Scripts are run for real, once, and their outcomes kept in the cache.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.imperfect.profiles import PROFILES
from benchmarks.imperfect.report import Results, Trial, markdown
from benchmarks.imperfect.running import default_cache
from benchmarks.imperfect.search import Arena, Way, by_nodes, by_tokens
from benchmarks.imperfect.server import CoderServer
from benchmarks.imperfect.tasks import BANKS
from benchmarks.result import Result, compared, measured
from tui_aide.engine.policies import make_policy
from tui_aide.engine.strategies import make_strategy
from tui_aide.errors import UsageError

NODES = 20
"""Nodes of `aide` whose tokens are every search's budget: the steps of the published searches."""

OWN = {
    "aide": Way("aide", "single", "greedy"),
    "best-of-n": Way("best-of-n", "single", f"greedy(drafts={10**6})"),
    "preflight": Way("preflight", "preflight", "greedy"),
}
"""Ways that are known without presets; `best-of-n` drafts anew each time and keeps the best."""


def known_ways() -> dict[str, Way]:
    """Return the ways by name: our own and the presets."""
    try:
        presets = importlib.import_module("tui_aide.engine.presets").PRESETS
    except ImportError:
        presets = {}
    ways = dict(OWN)
    for name, preset in presets.items():
        ways.setdefault(name, Way(name, preset.strategy, preset.policy))
    if presets:
        del ways["preflight"]
    return ways


def parse_ways(text: str) -> list[Way]:
    """Return the ways that are asked for, each checked: names, or `NAME: STRATEGY, POLICY`, with `;` between.

    Raises:
        UsageError: one is not known.
    """
    known, found = OWN | known_ways(), []
    for asked in filter(None, (part.strip() for part in text.split(";"))):
        name, colon, specs = asked.partition(":")
        if colon:
            strategy, policy = _two(specs)
            found.append(Way(name.strip(), strategy, policy))
        elif asked in known:
            found.append(known[asked])
        else:
            raise UsageError(f"--strategies {asked!r} is not known; there are {', '.join(known)}")
    for way in found:
        make_strategy(way.strategy)
        make_policy(way.policy)
    return found


def _two(specs: str) -> tuple[str, str]:
    """Return a strategy's and a policy's spec, parted at the last comma outside of parentheses."""
    depth = 0
    for at in range(len(specs) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(specs[at], 0)
        if specs[at] == "," and not depth:
            return specs[:at].strip(), specs[at + 1 :].strip()
    return specs.strip(), "greedy"


async def measure(
    ways: Sequence[Way], sizes: Sequence[str], tasks: Sequence[str], seeds: int, heed: float, cache: Path, place: Path
) -> tuple[Results, dict[str, dict[str, int]]]:
    """Run every search; return the results, and the tokens of each size and task."""
    trials: list[Trial] = []
    budgets: dict[str, dict[str, int]] = {size: {} for size in sizes}
    async with CoderServer() as server:
        for task in tasks:
            folder = place / task
            folder.mkdir()
            arena = Arena(task, folder, cache)
            values = await arena.measure()
            print(f"{task}: bank from {arena.poorest:.4f} to {arena.best:.4f} in {len(values)} scripts", flush=True)
            for size in sizes:
                budgets[size][task] = await _aides_tokens(arena, server.url, size, seeds, heed)
                for way in ways:
                    start, real = time.monotonic(), arena.executor.real
                    done = []
                    for seed in range(seeds):
                        budget = by_tokens(budgets[size][task])
                        model = f"{size}@{task}@{seed}@{heed:g}"
                        outcome = await arena.search(way, server.url, model, seed, budget)
                        done.append(Trial(way.name, size, task, seed, outcome))
                    trials += done
                    _say(done, arena.executor.real - real, time.monotonic() - start)
            await arena.executor.aclose()
    return Results(trials, ways), budgets


async def _aides_tokens(arena: Arena, url: str, size: str, seeds: int, heed: float) -> int:
    """Return the mean tokens of 20 nodes of `aide`, and say how its searches compare with what is published."""
    made = [
        await arena.search(OWN["aide"], url, f"{size}@{arena.task}@{seed}@{heed:g}", seed, by_nodes(NODES))
        for seed in range(seeds)
    ]
    valid, good = sum(o.valid for o in made), sum(o.good for o in made)
    tokens = round(statistics.fmean(o.tokens for o in made))
    print(
        f"{arena.task} {size}: aide's {NODES} nodes: {valid} of {seeds} searches valid, "
        f"{good / (NODES * seeds):.1%} of nodes, {tokens:,} tokens",
        flush=True,
    )
    return tokens


def _say(done: Sequence[Trial], real: int, seconds: float) -> None:
    outcomes = [t.outcome for t in done]
    print(
        f"{done[0].task} {done[0].size} {done[0].way}: {sum(o.valid for o in outcomes)} of {len(done)} valid, "
        f"score {statistics.fmean(o.score for o in outcomes):.3f}, "
        f"{statistics.fmean(o.nodes for o in outcomes):.1f} nodes; "
        f"{seconds / len(done):.2f} s a search, {real} scripts run anew",
        flush=True,
    )


def results(quick: bool) -> list[Result]:
    """Run `aide`, `best-of-n` and `recommended`: one seed on one task and size, or all of the usual ones."""
    ways = parse_ways("aide; best-of-n; recommended")
    sizes, tasks, seeds = (["7b"], list(BANKS)[:1], 1) if quick else (list(PROFILES), list(BANKS), 10)
    with tempfile.TemporaryDirectory() as place:
        found, _ = asyncio.run(measure(ways, sizes, tasks, seeds, 1.0, default_cache(), Path(place)))
    rows = []
    for size in sizes:
        rates = {way.name: 100 * float(found.values(way.name, size, "valid").mean()) for way in ways}
        what = f"valid searches at equal tokens, {size}, `recommended`"
        for peer in ("aide", "best-of-n"):
            rows.append(compared(what, [rates["recommended"]], [rates[peer]], "%", f"`{peer}`"))
        if size == "7b":
            three = msgspec.structs.replace(rows[-2], limit=3.0, bound="least")
            rows[-2] = three
        else:
            rows.append(measured(what, [rates["recommended"]], "%", limit=95, bound="least"))
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--sizes", default=",".join(PROFILES))
    parser.add_argument("--strategies", default="; ".join(known_ways()))
    parser.add_argument("--tasks", default=",".join(BANKS))
    parser.add_argument("--heed", type=float, default=1.0, help="how far a favourite bug gives way to a remedy, 0..1")
    parser.add_argument("--out", type=Path, help="file for the report, which is printed, too")
    parser.add_argument("--json", type=Path, help="file for all figures and trials")
    parser.add_argument("--cache", type=Path, default=default_cache())
    options = parser.parse_args()
    sizes, tasks = options.sizes.split(","), options.tasks.split(",")
    for chosen, known in ((sizes, list(PROFILES)), (tasks, list(BANKS))):
        if unknown := [name for name in chosen if name not in known]:
            parser.error(f"{unknown[0]!r} is not known; there are {', '.join(known)}")
    try:
        ways = parse_ways(options.strategies)
    except UsageError as error:
        parser.error(str(error))
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        results, budgets = asyncio.run(
            measure(ways, sizes, tasks, options.seeds, options.heed, options.cache, Path(place))
        )
    report = markdown(results, budgets)
    print(f"\n{report}\n{len(results.trials)} searches in {time.monotonic() - start:.0f} s")
    if options.out:
        options.out.write_text(report, encoding="utf-8")
    if options.json:
        told = {"budgets": budgets, "figures": results.figures(), "trials": results.trials}
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=1))


if __name__ == "__main__":
    main()
