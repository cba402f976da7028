"""Make the mini-bench's leaderboards, and tell whether gold lies clearly above the median on each.

OMP_NUM_THREADS=1 python -m benchmarks.medal_gate                       # all tasks, five instances each
OMP_NUM_THREADS=1 python -m benchmarks.medal_gate digits --seeds 2
OMP_NUM_THREADS=1 python -m benchmarks.medal_gate --keep made           # go on where it was broken off
OMP_NUM_THREADS=1 python -m benchmarks.medal_gate --keep made --only-kept   # what there is so far
OMP_NUM_THREADS=1 python -m benchmarks.medal_gate --keep made --write   # package the leaderboards and the docs' table

The first instance is the one that is bundled, the others have the salts gate-1, gate-2 and so on. "errors" is how much
better gold is than the median, in standard errors of that difference: the jackknife's, both teams on the same rows.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import sklearn
import tomli_w

from benchmarks.result import Result, measured
from tui_aide.bench.teams.gate import LEAST, Gap, gap
from tui_aide.bench.teams.making import enter
from tui_aide.bench.teams.rows import team_rows
from tui_aide.tasks.bundled import BUNDLED, generate
from tui_aide.tasks.leaderboard import bundled_leaderboard, leaderboard_text
from tui_aide.tasks.medals import DECIMALS

TARGET = Path(__file__).parent.parent / "tui_aide" / "tasks" / "bundled" / "leaderboards"
PAGE = Path(__file__).parent.parent / "docs" / "mini-bench.md"
START, END = "<!-- medal gate -->", "<!-- end of medal gate -->"


class Made(msgspec.Struct, frozen=True):
    """One instance's leaderboard, as it is kept."""

    gap: Gap
    csv: str
    cpu_seconds: float


def make(name: str, salt: str) -> Made:
    """Make one leaderboard, and compare gold with the median on it."""
    began = time.process_time()
    task = BUNDLED[name]
    rows = team_rows(task, generate(name, salt))
    entries = enter(rows)
    text = leaderboard_text([entry.team for entry in entries], task.direction, DECIMALS)
    return Made(gap(rows, entries), text, time.process_time() - began)


def kept(name: str, seed: int, keep: Path) -> Path:
    """Return the file that keeps an instance's leaderboard."""
    return keep / f"{name}-{seed}.json"


def made(name: str, seed: int, keep: Path) -> Made:
    """Return an instance's leaderboard, from `keep` where it is there."""
    path = kept(name, seed, keep)
    if path.is_file():
        return msgspec.json.decode(path.read_bytes(), type=Made)
    found = make(name, f"gate-{seed}" if seed else "")
    path.write_bytes(msgspec.json.encode(found))
    return found


def write(name: str, text: str) -> None:
    """Put a leaderboard into the package."""
    TARGET.mkdir(exist_ok=True)
    (TARGET / f"{name}.csv").write_text(text, encoding="utf-8", newline="\n")


def write_page(found: dict[str, list[Made]]) -> None:
    """Put the table of all tasks into the docs."""
    head = ("task", "rows", "metric", "best", "gold", "silver", "bronze", "median", "gap in standard errors", "CPU s")
    lines = [f"| {' | '.join(head)} |", "|---|--:|---|--:|--:|--:|--:|--:|---|--:|"]
    for name, boards in found.items():
        task = BUNDLED[name]
        board = bundled_leaderboard(name)
        assert board is not None  # `write` has put it there
        asked, better = board.thresholds, "lower" if task.direction == "min" else "higher"
        errors = ", ".join(f"{one.gap.errors:.1f}" for one in boards)
        seconds = sum(one.cpu_seconds for one in boards) / len(boards)
        figures = (board.scores[0], asked.gold, asked.silver, asked.bronze, asked.median)
        scores = " | ".join(f"{figure:.4g}" if abs(figure) >= 10 else f"{figure:.4f}" for figure in figures)
        rows = f"{task.rows:,} + {task.test_rows:,}"
        lines.append(f"| {name} | {rows} | {task.metric}, {better} | {scores} | {errors} | {seconds:.0f} |")
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(START)[0], text.split(END)[1]
    PAGE.write_text(before + START + "\n" + "\n".join(lines) + "\n" + END + after, encoding="utf-8", newline="\n")


def write_versions() -> None:
    """Note with what the packaged leaderboards were made."""
    versions = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "scikit-learn": sklearn.__version__,
        "numpy": np.__version__,
        "pandas": pd.__version__,
        "command": "OMP_NUM_THREADS=1 python -m benchmarks.medal_gate --write",
    }
    (TARGET / "made_with.toml").write_text(tomli_w.dumps(versions), encoding="utf-8", newline="\n")


def tell(name: str, found: list[Made]) -> bool:
    """Print a task's lines, and return whether it passes."""
    for seed, one in enumerate(found):
        figures = (one.gap.best, one.gap.gold, one.gap.median, one.gap.gain, one.gap.se)
        print(
            f"{name:12} {seed:>4}", *(f"{f:>9.5f}" for f in figures), f"{one.gap.errors:>6.1f} {one.cpu_seconds:>6.0f}"
        )
    passed = all(one.gap.passes for one in found)
    least = min(one.gap.errors for one in found)
    verdict = "passes" if passed else "FAILS"
    print(f"{name:12} {verdict}: {least:.1f} standard errors at least; {LEAST:g} are asked for", flush=True)
    return passed


def results(quick: bool) -> list[Result]:
    """Make the leaderboards of one task and one instance, or of all tasks and five instances each."""
    names, seeds = (["small-data"], 1) if quick else (list(BUNDLED), 5)
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            errors = [made(name, seed, Path(scratch)).gap.errors for seed in range(seeds)]
            what = f"gold above the median on {name}, the least of {seeds} instances"
            row = measured(what, [min(errors)], "standard errors", limit=LEAST, bound="least")
            rows.append(msgspec.structs.replace(row, spread=(min(errors), max(errors))))
    return rows


def main() -> int:
    """Print a line an instance and a verdict a task; the exit code is 1 where a task fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"of {', '.join(BUNDLED)}; default: all")
    parser.add_argument("--seeds", type=int, default=5, help="instances a task")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep what is made, and take from there what is made"
    )
    parser.add_argument("--only-kept", action="store_true", help="make nothing: report what --keep has")
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.name}/ in the package")
    options = parser.parse_args()
    if unknown := set(options.tasks) - set(BUNDLED):
        parser.error(f"no bundled task is named {sorted(unknown)[0]!r}; there are {', '.join(BUNDLED)}")
    if os.environ.get("OMP_NUM_THREADS") != "1":
        print(
            "note: without OMP_NUM_THREADS=1 scores differ in their last digits",
            file=sys.stderr,
        )
    failed = []
    with tempfile.TemporaryDirectory() as scratch:
        keep = options.keep or Path(scratch)
        keep.mkdir(parents=True, exist_ok=True)
        columns = ("best", "gold", "median", "gain", "se")
        print(f"{'task':12} seed", *(f"{column:>9}" for column in columns), "errors  CPU s")
        found: dict[str, list[Made]] = {}
        for name in options.tasks or BUNDLED:
            seeds = [n for n in range(options.seeds) if not options.only_kept or kept(name, n, keep).is_file()]
            if not seeds:
                parser.error(f"--only-kept: {keep} has no leaderboard of {name!r}")
            found[name] = [made(name, seed, keep) for seed in seeds]
            failed += [] if tell(name, found[name]) else [name]
            if options.write:
                write(name, found[name][0].csv)
    if options.write:
        write_versions()
        if not options.tasks:
            write_page(found)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
