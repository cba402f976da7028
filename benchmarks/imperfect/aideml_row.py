"""AIDE itself (aideml 0.2.2, unpatched) with the imperfect coder: the row beside our `aide`.

Run: python -m benchmarks.imperfect.aideml_row [--seeds 3] [--sizes 14b] [--tasks friedman] [--steps 20]
It is installed into the user's cache on first use, without the 240 packages that its scripts might like. The coder
answers its review calls truly, but believes printed scores. A search counts as valid if the submission of the step that
AIDE holds best passes our check; AIDE's scripts are run anew each time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import tempfile
from pathlib import Path

import msgspec

from benchmarks.imperfect.profiles import PROFILES
from benchmarks.imperfect.running import default_cache
from benchmarks.imperfect.search import Arena
from benchmarks.imperfect.server import CoderServer
from benchmarks.imperfect.tasks import BANKS
from benchmarks.peers import aideml_python
from tui_aide.tasks.bundled.catalogue import BUNDLED
from tui_aide.tasks.invalid_submission import InvalidSubmission

_SECONDS = 20
_LONGEST = 900.0


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one run of AIDE: `score` normalised as ours, `good` steps whose submission passes the check."""

    valid: bool
    score: float
    steps: int
    good: int
    buggy: int
    tokens: int
    died: str


class _Step(msgspec.Struct):
    bug: bool
    raised: str | None = None
    metric: float | None = None


class _Told(msgspec.Struct):
    steps: list[_Step]
    best: int | None
    died: str


async def run_aideml(python: Path, arena: Arena, url: str, model: str, steps: int, tokens: dict[str, int]) -> Row:
    """Run AIDE once and score what it made.

    Args:
        python: with aideml.
        arena: the task.
        url: the coder's address.
        model: its name there.
        steps: of AIDE.
        tokens: the server's count by model.
    """
    before = tokens.get(model, 0)
    with tempfile.TemporaryDirectory(prefix="aideml-") as place:
        out = Path(place)
        task = BUNDLED[arena.task]
        goal = f"{task.goal} Metric: {task.metric}. Write submission.csv as the sample shows."
        command = [str(python), str(Path(__file__).with_name("aideml_steps.py"))]
        command += [str(arena.prepared.inputs[0]), goal, model, str(steps), str(_SECONDS), str(out)]
        environment = os.environ | {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none", "OMP_NUM_THREADS": "1"}
        with (out / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *command, cwd=out, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
            try:
                await asyncio.wait_for(process.wait(), _LONGEST)
            except TimeoutError:
                process.kill()
                await process.wait()
        spent = tokens.get(model, 0) - before
        try:
            told = msgspec.json.decode((out / "steps.json").read_bytes(), type=_Told)
        except FileNotFoundError:
            told = _Told([], None, (out / "log").read_text(errors="replace")[-300:])
        scores = [await _score(arena, out, number) for number in range(len(told.steps))]
        chosen = scores[told.best] if told.best is not None else None
        return Row(
            valid=chosen is not None,
            score=arena.normalised(chosen) if chosen is not None else 0.0,
            steps=len(told.steps),
            good=sum(s is not None for s in scores),
            buggy=sum(s.bug for s in told.steps),
            tokens=spent,
            died=told.died,
        )


async def _score(arena: Arena, out: Path, step: int) -> float | None:
    folder = out / f"node-{step}"
    folder.mkdir()
    try:
        return (await arena.scorer.score(folder, [out / f"{step}.csv"])).value
    except InvalidSubmission:
        return None


async def measure(sizes: list[str], tasks: list[str], seeds: int, steps: int) -> None:
    """Run and print."""
    python = aideml_python()
    print("| size | task | seed | valid | score | steps | good steps | held buggy | tokens | died |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        async with CoderServer() as server:
            for task in tasks:
                (Path(place) / task).mkdir()
                arena = Arena(task, Path(place) / task, default_cache())
                await arena.measure()
                for size in sizes:
                    for seed in range(seeds):
                        row = await run_aideml(python, arena, server.url, f"{size}@{task}@{seed}", steps, server.tokens)
                        print(
                            f"| {size} | {task} | {seed} | {row.valid} | {row.score:.3f} | {row.steps} | {row.good} "
                            f"| {row.buggy} | {row.tokens:,} | {row.died[:80]} |",
                            flush=True,
                        )
                await arena.executor.aclose()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sizes", default=",".join(PROFILES))
    parser.add_argument("--tasks", default=",".join(BANKS))
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    asyncio.run(measure(options.sizes.split(","), options.tasks.split(","), options.seeds, options.steps))


if __name__ == "__main__":
    main()
