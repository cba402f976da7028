"""A run with made-up searches over a real small task: submissions are off the truth by a known distance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from tests.searches import created, finished, started
from tests.sessions.made import END, best, make_session
from tests.tasks.folders import table, write_folder
from tui_aide.bench.cell import Cell
from tui_aide.bench.run_folder import CellState, RunFolder, Status, create_run
from tui_aide.bench.suite_toml import parse_suite
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens

SUITE = """
name = "toy"
about = "a made-up run"
[budget]
nodes = 3
[run]
seeds = [0, 1, 2]
[models.small]
model = "builtin"
[strategies.aide]
[strategies.best-of-n]
strategy = "single"
policy = "greedy(drafts=1000000)"
[tasks.line]
folder = "line"
answers = "private/line.csv"
leaderboard = "private/teams.csv"
"""


def make_task(place: Path) -> pd.DataFrame:
    """Write a folder `line` with a value to predict, its answers and a leaderboard of 50 teams; return the answers.

    A submission that is off by d has an RMSE of d; the teams have 0.1, 0.2, ..., 5.0, so gold asks for 0.5.
    """
    train, test = table(80, classes=()), table(40, 80, 1, ())
    sample = test[["Id"]].assign(y=round(float(train["y"].mean()), 3))
    toml = 'metric = "rmse"\ntarget = "y"\nid = "Id"\n'
    write_folder(place / "line", train, test.drop(columns="y"), sample, toml)
    private = place / "private"
    private.mkdir()
    test[["Id", "y"]].to_csv(private / "line.csv", index=False)
    pd.DataFrame({"score": np.arange(1, 51) / 10}).sample(frac=1.0, random_state=0).to_csv(
        private / "teams.csv", index=False
    )
    return test[["Id", "y"]]


class MadeRun:
    """A run, and the answers that its submissions are made of."""

    def __init__(self, place: Path, suite: str = SUITE) -> None:
        self.truth = make_task(place)
        self.run: RunFolder = create_run(place, "toy", parse_suite(suite, "toy.toml", place))

    def submit(self, folder: Path, off: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.truth.assign(y=self.truth["y"] + off).to_csv(folder / "submission.csv", index=False)

    def search(
        self,
        cell: Cell,
        nodes: Sequence[tuple[float | None, float]],
        *,
        status: Status = "done",
        tokens: int = 100,
        finish: str = "stop",
        handed_in: float | None = None,
        more: Sequence[ev.Event] = (),
    ) -> None:
        """Write a cell's session.

        Args:
            cell: which one.
            nodes: score on hidden rows (None for a crash) and how far off its submission is, node by node.
            status: of the cell.
            tokens: of each sample.
            finish: of each sample.
            handed_in: how far off what is handed in is, where it is not the best node's own.
            more: events before the search's end.
        """
        events: list[ev.Event] = [started("min")]
        lowest: tuple[float, int] | None = None
        spent = Tokens(tokens // 2, 0, tokens // 2)
        for node, (value, _) in enumerate(nodes):
            sample = ev.SampleFinished(
                node=node, sample=0, tokens=spent, seconds=1.0, first_token_seconds=0.1, finish=finish
            )
            events += [created(node), sample]
            events.append(finished(node, value, "valid" if value is not None else "crash", spent))
            if value is not None and (lowest is None or value < lowest[0]):
                lowest = (value, node)
                events.append(best(node, value))
        session = make_session(
            self.run.sessions, cell.id, [*events, *more, END], task="line", metric="rmse", direction="min"
        )
        for node, (value, off) in enumerate(nodes):
            if value is not None:
                self.submit(session.node(node), off)
        if lowest is not None:
            self.submit(session.best, handed_in if handed_in is not None else nodes[lowest[1]][1])
        self.run.write_state(cell, CellState(status=status, why="its runner died" if status == "failed" else ""))

    def fill(self) -> None:
        """Search all cells: `aide` comes near with each seed, best-of-n stays farther off, and one finds nothing."""
        for cell in self.run.cells:
            if cell.strategy == "aide":
                self.search(cell, [(None, 9.0), (0.9, 1.0), (0.3, 0.4 + 0.1 * cell.seed)], tokens=200)
            elif cell.seed == 2:
                self.search(cell, [(None, 9.0)] * 3, finish="length")
            else:
                self.search(cell, [(1.1, 1.2 + 0.1 * cell.seed), (None, 9.0), (1.4, 1.0)])
