"""The built-in proposer on the bundled tasks: first valid node and best of 12, beside the references.

Run: python -m benchmarks.builtin_scores [TASK ...] [--nodes N] [--seed N] [--write]

Each search is the real one, one node at a time: `tui-aide run TASK --model builtin --headless --json --sequential`. The
submissions of its first valid node and of the node that it selected are then scored on the hidden labels of the task's
own test.csv, which the search never has. `--write` puts the table into the README.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd

from benchmarks.reference_scores import score
from tui_aide.tasks.bundled import BUNDLED, BundledTask, generate

README = Path(__file__).parent.parent / "README.md"
START, END = "<!-- builtin scores -->", "<!-- end of builtin scores -->"
HEAD = "| task | metric | dummy | first valid node | best of {nodes} | sensible | strong | valid | minutes |"


class Found(msgspec.Struct, frozen=True):
    """One search: the scores of its first valid and of its selected node on the labels of test.csv."""

    first: float
    best: float
    valid: int
    nodes: int
    minutes: float

    def row(self, task: BundledTask) -> str:
        """Return the table's row."""
        r, better = task.references, "lower" if task.direction == "min" else "higher"
        return (
            f"| {task.name} | {task.metric}, {better} | {r.dummy:.3f} | {self.first:.3f} | **{self.best:.3f}** | "
            f"{r.sensible:.3f} | {r.strong:.3f} | {self.valid} | {self.minutes:.1f} |"
        )


def search(name: str, nodes: int, seed: int, place: Path) -> dict[str, Any]:
    """Run the search to its end and return its summary."""
    command = [sys.executable, "-m", "tui_aide", "run", name, "--model", "builtin", "--nodes", str(nodes)]
    command += ["--seed", str(seed), "--sequential", "--headless", "--json", "--sessions-dir", str(place)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name}: exit code {done.returncode}: {done.stderr[-500:]}")
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return summary


def hidden_score(task: BundledTask, submission: Path) -> float:
    """Return the metric of a submission on the labels of test.csv."""
    made = generate(task.name)
    ids = list(made.test[task.id].astype(str))
    values = pd.read_csv(submission, dtype={task.id: str}).set_index(task.id).reindex(ids).to_numpy()
    truth = made.hidden[list(task.targets) if len(task.targets) > 1 else task.targets[0]]
    return score(task.metric, truth, values if values.shape[1] > 1 else values[:, 0])


def measure(name: str, nodes: int, seed: int) -> Found:
    """Search a task and score what came of it."""
    task = BUNDLED[name]
    with tempfile.TemporaryDirectory() as place:
        start = time.monotonic()
        summary = search(name, nodes, seed, Path(place))
        minutes = (time.monotonic() - start) / 60
        valid = [n["id"] for n in summary["nodes"] if n["verdict"] == "valid"]
        session = Path(summary["path"])
        return Found(
            first=hidden_score(task, session / "nodes" / f"{valid[0]:04d}" / "submission.csv"),
            best=hidden_score(task, Path(summary["best"]["submission"])),
            valid=len(valid),
            nodes=len(summary["nodes"]),
            minutes=minutes,
        )


def main() -> None:
    """Search, score and print a row a task."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK")
    parser.add_argument("--nodes", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    rows = [HEAD.format(nodes=options.nodes), "|---|---|--:|--:|--:|--:|--:|--:|--:|"]
    print("\n".join(rows))
    for name in options.tasks or BUNDLED:
        rows.append(measure(name, options.nodes, options.seed).row(BUNDLED[name]))
        print(rows[-1], flush=True)
    if options.write:
        text = README.read_text(encoding="utf-8")
        before, after = text.split(START)[0], text.split(END)[1]
        README.write_text(before + START + "\n" + "\n".join(rows) + "\n" + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
