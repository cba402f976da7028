"""The table: rows and runs as they are kept in JSON, and the page that shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from benchmarks.machine import Run
from benchmarks.registry import BENCHMARKS
from benchmarks.result import Result
from tui_aide.errors import UsageError

ROOT = Path(__file__).parent.parent
KEPT = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "performance.md"
HEAD = ("benchmark", "what", "measured", "peer", "ratio", "limit", "spread", "", "load", "seconds", "run", "remark")

INTRODUCTION = """\
# Performance

Every figure stands beside a peer's or a limit, taken in the same run on the same machine. This page is written by the
command that measures:

```sh
python -m benchmarks run                    # all that needs no special machine; keeps its rows, writes this page
python -m benchmarks run --only startup     # one; the other rows stay, each with its own run
python -m benchmarks list                   # what there is, and what it needs
```

`measured` is a median, `spread` the smallest and the largest of the rounds. The limit is that of the ratio where there
is one, else of the figure. `load` is that of the machine before and after, `seconds` what the whole benchmark took; on
a busy machine compare ratios, not milliseconds. [The remarks to the single benchmarks](../benchmarks/README.md) say how
each is taken.
"""


class Table(msgspec.Struct, frozen=True):
    """All rows, and the runs that they come from."""

    rows: tuple[Result, ...] = ()
    runs: tuple[Run, ...] = ()

    @property
    def next_run(self) -> int:
        """The number of a run that begins now."""
        return max((run.number for run in self.runs), default=0) + 1

    def updated(self, run: Run, rows: Sequence[Result]) -> Table:
        """Return the table with a run's rows in the place of those of the same benchmarks; runs without rows go."""
        fresh = {row.name for row in rows}
        order = {benchmark.name: place for place, benchmark in enumerate(BENCHMARKS)}
        kept = [row for row in self.rows if row.name not in fresh]
        together = sorted([*kept, *rows], key=lambda row: order.get(row.name, len(order)))
        used = {row.run for row in together}
        others = (known for known in self.runs if known.number != run.number)
        return Table(tuple(together), tuple(known for known in (*others, run) if known.number in used))


def read_table(path: Path) -> Table:
    """Return the kept table; an empty one where there is none.

    Raises:
        UsageError: the file holds none.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Table)
    except FileNotFoundError:
        return Table()
    except msgspec.DecodeError as error:
        raise UsageError(f"{path}: {error}; take the file away, and run all benchmarks anew") from error


def write_table(table: Table, path: Path, page: Path) -> None:
    """Keep the table, and write its page."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(table), indent=1) + b"\n")
    page.write_text(render(table), encoding="utf-8", newline="\n")


def render(table: Table) -> str:
    """Return the page."""
    return f"{INTRODUCTION}\n{markdown(table.rows)}\n{_runs(table.runs)}"


def markdown(rows: Iterable[Result]) -> str:
    """Return the rows as a table."""
    lines = [_line(HEAD), "|---|---|--:|--:|--:|--:|--:|---|---|--:|--:|---|"]
    last = ""
    for row in rows:
        lines.append(_line(_cells(row, named=row.name != last)))
        last = row.name
    return "\n".join(lines) + "\n"


def _cells(row: Result, named: bool) -> tuple[str, ...]:
    name = f"`{row.name}`{' (quick)' if row.quick else ''}" if named else ""
    limit = "" if row.limit is None else f"{'≤' if row.bound == 'most' else '≥'} {number(row.limit)}"
    peer = "" if row.peer_figure is None else f"{number(row.peer_figure)} ({row.peer})"
    return (
        name,
        row.what,
        f"{number(row.figure)} {row.unit}".strip() if row.figure is not None else "",
        peer or row.peer,
        number(row.ratio) if row.ratio is not None else "",
        limit,
        f"{number(row.spread[0])} to {number(row.spread[1])}" if row.spread else "",
        f"failed: {row.failed}" if row.failed else row.verdict,
        f"{row.load_before:.1f}, {row.load_after:.1f}" if named else "",
        f"{row.seconds:.0f}" if named else "",
        str(row.run),
        row.remark,
    )


def number(value: float) -> str:
    """Return a figure with three significant digits, large ones whole with commas."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in cells)} |"


def _runs(runs: Sequence[Run]) -> str:
    lines = ["## The runs", ""]
    for run in runs:
        packages = ", ".join(f"{name} {version}" for name, version in run.packages.items())
        lines += [
            f"- Run {run.number}: {run.date}, `{run.command}`, commit {run.commit or 'unknown'}; {run.cpu}, "
            f"{run.cores} cores, {run.memory_gib:g} GiB, {run.system}, {run.python}; {packages}.",
        ]
    return "\n".join(lines) + "\n"
