"""List the runs of the bench, the one made last first."""

from __future__ import annotations

import argparse

from tui_aide.cli.bench import add_bench_dir
from tui_aide.errors import TuiAideError

EPILOG = """\
The sessions of a run are listed by: tui-aide sessions --sessions-dir RUN/sessions

examples:
  tui-aide bench list
  tui-aide bench list --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `bench list`."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_bench_dir(parser)


def run(options: argparse.Namespace) -> int:
    """Print a line a run, from its small files."""
    import msgspec

    from tui_aide.bench.run_folder import all_runs, bench_dir

    place = bench_dir(options.bench_dir)
    rows = [_row(folder) for folder in all_runs(place)]
    if options.json:
        print(msgspec.json.encode(rows).decode())
    elif not rows:
        print(f"no run in {place} yet; start one with: tui-aide bench SUITE")
    else:
        _print(rows)
    return 0


def _row(folder: object) -> dict[str, object]:
    from tui_aide.bench.progress import ProgressReader
    from tui_aide.bench.run_folder import RunFolder

    assert isinstance(folder, RunFolder)
    row: dict[str, object] = {"run": folder.name, "path": str(folder.path), "status": "damaged", "problem": ""}
    try:
        progress, suite = ProgressReader(folder).read(), folder.suite
        created = folder.facts().created
    except TuiAideError as e:
        return row | {"problem": str(e)}
    return row | {
        "status": progress.status,
        "suite": suite.name,
        "created": created,
        "cells": len(progress.cells),
        "done": progress.count("done"),
        "failed": progress.count("failed"),
        "nodes": sum(cell.nodes for cell in progress.cells),
        "tokens": sum(cell.tokens for cell in progress.cells),
        "ungraded": progress.ungraded,
    }


def _print(rows: list[dict[str, object]]) -> None:
    import time

    from tui_aide.cli.table import Column, printable, table, terminal_width
    from tui_aide.tui.figures import ago

    columns = [
        Column("RUN", least=10),
        Column("STATUS"),
        Column("SUITE", least=8),
        Column("DONE", right=True),
        Column("FAILED", right=True),
        Column("NODES", right=True, rank=2),
        Column("TOKENS", right=True, rank=3),
        Column("MADE", rank=1),
    ]
    now = time.time()
    cells = [
        [
            str(r["run"]),
            f"{r['status']}, {r['ungraded']} not graded" if r.get("ungraded") else str(r["status"]),
            str(r.get("suite", "")),
            f"{r['done']}/{r['cells']}" if "done" in r else "",
            str(r.get("failed", "")),
            str(r.get("nodes", "")),
            f"{r['tokens']:,}" if "tokens" in r else "",
            ago(now - float(str(r["created"]))) if "created" in r else "",
        ]
        for r in rows
    ]
    for line in table(columns, cells, terminal_width()):
        print(line)
    for row in rows:
        if row["problem"]:
            print(f"Damaged: {printable(str(row['problem']))}")
