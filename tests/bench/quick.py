"""Suites that are searched in seconds: a small task, and a model server whose scripts need no library."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tests.cli.program import write_task
from tui_aide.bench.cell import Cell
from tui_aide.bench.run_folder import RunFolder, create_run
from tui_aide.bench.suite_toml import parse_suite
from tui_aide.bench.telling import CellEnded, Told

SCRIPT = """
import csv
with open("input/train.csv") as f:
    rows = list(csv.DictReader(f))
slope = sum(float(r["a"]) * float(r["y"]) for r in rows) / sum(float(r["a"]) ** 2 for r in rows)
with open("input/test.csv") as f, open("submission.csv", "w") as out:
    out.write("id,y\\n")
    for r in csv.DictReader(f):
        out.write(f"{r['id']},{slope * float(r['a'])}\\n")
"""


def write(messages: Sequence[dict[str, str]], seed: int) -> tuple[str, str]:
    """What the double's model says: always the same script."""
    return "A line through zero.\n", f"Fit a slope.\n\n```python\n{SCRIPT}```\n"


def write_slowly(messages: Sequence[dict[str, str]], seed: int) -> tuple[str, str]:
    """The same, after so much thinking that a paced server takes a while."""
    return "Wait. " * 60 + "\n", f"Fit a slope.\n\n```python\n{SCRIPT}```\n"


def make_run(place: Path, url: str, suite: str = "", *, nodes: int = 2, more_tasks: str = "") -> RunFolder:
    """A run over a small task with one strategy and one seed, unless `suite` (tables of TOML) says otherwise."""
    write_task(place / "slope")
    text = f"""
[budget]
nodes = {nodes}
{"" if "[run]" in suite else "[run]"}
{suite or "seeds = [0]"}
[models.double]
model = "tiny-r1"
base_url = "{url}"
workers = 1
ensemble = false
refit = false
[strategies.single]
[tasks.slope]
folder = "slope"
{more_tasks}
"""
    return create_run(place / "bench", "r", parse_suite(text, "quick.toml", place))


class Grades:
    """Stands where the grader does: notes what it is asked, and grades nothing."""

    def __init__(self, why: str = "") -> None:
        self.asked: list[Cell] = []
        self._why = why

    async def __call__(self, run: RunFolder, cell: Cell) -> str:
        self.asked.append(cell)
        return self._why


def ends(told: Sequence[Told]) -> dict[str, CellEnded]:
    """The last end of each cell that was told."""
    return {t.cell: t for t in told if isinstance(t, CellEnded)}


def environment(place: Path) -> dict[str, str]:
    """For processes that are to leave the user's folders alone."""
    return {**os.environ, "TUI_AIDE_SESSIONS_DIR": str(place / "sessions"), "TUI_AIDE_CACHE_DIR": str(place / "cache")}
