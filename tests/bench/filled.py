"""A run's folder as a conductor leaves it, filled with made-up states and figures: for what only shows them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec

from tui_aide.bench.cell import Cell
from tui_aide.bench.run_folder import CellState, RunFolder, create_run
from tui_aide.bench.suite_toml import parse_suite


def run_with(
    place: Path,
    *,
    models: int = 2,
    strategies: int = 3,
    tasks: int = 4,
    seeds: int = 3,
    head: str = "[budget]\nnodes = 20\n",
) -> RunFolder:
    """A run of bundled tasks' names and made-up models' and strategies', of which no cell has begun."""
    names = ["digits", "friedman", "leaky", "rare-events", "tumours", "ordinal", "docstrings", "small-data"]
    text = f"{head}\n[run]\nparallel = 2\nseeds = {seeds}\n"
    text += "".join(f"[models.r1-{i}b]\nmodel = 'builtin'\n" for i in range(1, models + 1))
    text += "".join(f"[strategies.way-{i}]\nstrategy = 'single'\n" for i in range(1, strategies + 1))
    text += "".join(f"[tasks.{names[i % 8]}-{i}]\nbundled = '{names[i % 8]}'\n" for i in range(tasks))
    return create_run(place, "big", parse_suite(text, "big.toml", place))


def put(run: RunFolder, cell: Cell, status: str, *, nodes: int = 0, best: float | None = None, **state: Any) -> None:
    """Write how a cell stands."""
    now = time.time()
    state = {"attempts": int(status != "waiting"), "started": now - 600, "ended": now - 60, **state}
    run.write_state(cell, msgspec.convert({"status": status, **state}, CellState))
    summary = {
        "node_count": nodes,
        "best": None if best is None else {"node": 1, "score": best},
        "metric": "accuracy",
        "tokens": {"prompt": 900 * nodes, "reasoning": 400 * nodes, "answer": 100 * nodes},
        "wall_seconds": 31.0 * nodes,
    }
    folder = run.session(cell).path
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.json").write_bytes(msgspec.json.encode(summary))


def grade(run: RunFolder, cell: Cell, score: float | None, **more: Any) -> None:
    """Write a cell's grade."""
    handed_in = {"made": score is not None, "valid": score is not None, "score": score, **more}
    run.grade_file(cell).write_bytes(msgspec.json.encode({"cell": cell.id, "handed_in": handed_in}))


def fill(run: RunFolder) -> None:
    """Give a run's cells all the states that there are, the first ones done."""
    cells, medals = run.cells, ("gold", "silver", "bronze", None, None)
    for i, cell in enumerate(cells):
        if i < len(cells) // 2 and i % 11 == 7:
            put(run, cell, "failed", nodes=i % 5, why="no model server answers at http://127.0.0.1:9/v1")
        elif i < len(cells) // 2:
            score = 0.7 + (i * 37 % 100) / 400
            graded = i % 13 != 5
            put(run, cell, "done", nodes=20, best=score + 0.01, grading="graded" if graded else "none")
            if graded:
                grade(run, cell, score, medal=medals[i % 5], above_median=i % 5 < 4, percentile=0.9, normalised=0.71)
        elif i < len(cells) // 2 + 3:
            put(run, cell, "running", nodes=4 + i % 9, best=0.81 if i % 3 else None, ended=None)
        elif i == len(cells) // 2 + 4:
            put(run, cell, "stopped", nodes=3, why="the run was stopped")
