"""The benchmarks as a suite: one command, one table.

python -m benchmarks list                           # what there is, what it needs, how long it may take
python -m benchmarks run                            # all that needs no special machine
python -m benchmarks run --only startup overlap     # some, also those that need more; other rows are kept
python -m benchmarks run --quick --no-write         # with little work, to see that all work

The rows are kept in benchmarks/results.json; docs/performance.md is written from them after each benchmark.
"""

from __future__ import annotations

import argparse
import datetime
import signal
import sys
from pathlib import Path

import msgspec

from benchmarks.conductor import conduct
from benchmarks.machine import describe
from benchmarks.registry import BENCHMARKS, BY_NAME
from benchmarks.result import Result, Unavailable
from benchmarks.table import KEPT, PAGE, Table, markdown, read_table, write_table
from tui_aide.errors import TuiAideError


def listed() -> str:
    """Return a line a benchmark."""
    lines = []
    for benchmark in BENCHMARKS:
        needs = f"only by --only: needs {benchmark.needs}" if benchmark.needs else ""
        limits = f"at most {benchmark.seconds:.0f} s, quick {benchmark.quick_seconds:.0f} s"
        lines.append(f"{benchmark.name:<18} {limits:<34} {needs}".rstrip())
    return "\n".join(lines)


def run(only: list[str], quick: bool, seconds: float | None, kept: Path, page: Path, write: bool) -> int:
    """Run the benchmarks one after the other, and write the table after each; return 1 where one failed."""
    chosen = [BY_NAME[name] for name in only] or [benchmark for benchmark in BENCHMARKS if not benchmark.needs]
    number = (read_table(kept) if write else Table()).next_run
    words = " ".join(
        ["python -m benchmarks run", *(["--only", *only] if only else []), *(["--quick"] if quick else [])]
    )
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
    made: list[Result] = []
    for benchmark in chosen:
        print(f"## {benchmark.name}", flush=True)
        rows = conduct(benchmark, quick, number, seconds)
        made += rows
        if write:
            # read and described anew: the table may have been changed meanwhile, and a peer installed
            table = read_table(kept).updated(describe(number, date, words), rows)
            write_table(table, kept, page)
    print(markdown(made))
    return int(any(row.failed for row in made))


def one(name: str, path: Path, quick: bool) -> None:
    """Give one benchmark's results into a file, in a process of its own, which the conductor starts and may end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # so that it ends what it started
    try:
        rows = BY_NAME[name].load()(quick)
    except Unavailable as error:
        raise SystemExit(f"not available: {error}") from None
    path.write_bytes(msgspec.json.encode(rows))


def main(words: list[str] | None = None) -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="what there is")
    running = commands.add_parser("run", help="measure, and write the table")
    running.add_argument("--only", nargs="+", choices=sorted(BY_NAME), default=[], metavar="NAME")
    running.add_argument("--quick", action="store_true", help="with as little work as still measures all of it")
    running.add_argument("--seconds", type=float, help="the most that each may take, in place of its own limit")
    running.add_argument("--no-write", dest="write", action="store_false", help="only print the table")
    apart = commands.add_parser("one")  # for the conductor
    apart.add_argument("name", choices=sorted(BY_NAME))
    apart.add_argument("path", type=Path)
    apart.add_argument("--quick", action="store_true")
    told = parser.parse_args(words)
    if told.command == "list":
        print(listed())
        return 0
    if told.command == "one":
        one(told.name, told.path, told.quick)
        return 0
    try:
        return run(told.only, told.quick, told.seconds, KEPT, PAGE, told.write)
    except TuiAideError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
