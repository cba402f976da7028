"""Model, executor and scorer that only sleep, for tests and benchmarks of the engine alone.

They implement the real interfaces; what a script would do is read from a comment in its first line:
`# score 0.7`, `# crash`, `# timeout`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path

from tui_aide.errors import ModelError, UsageError
from tui_aide.execution.executor import Execution, Outcome, Place, Usage
from tui_aide.models.chat import ChatRequest, Delta, Finish
from tui_aide.tasks.final_reports import EnsembleReport, RefitReport
from tui_aide.tasks.task import Column, Prepared, ScoreReport, TaskView
from tui_aide.tree.commands import SetModel
from tui_aide.tree.node import Tokens

Write = Callable[[ChatRequest], str]


def by_chance(request: ChatRequest) -> str:
    """A script that crashes in a third of the cases and else has a score drawn from the request's seed."""
    rng = random.Random(request.sampling.seed)
    return "# crash\n" if rng.random() < 1 / 3 else f"# score {rng.random():.6f}\n"


class SleepingModel:
    """Streams an answer after `seconds`, counting how many streams it has at once."""

    def __init__(self, write: Write = by_chance, seconds: float = 0.0, failures: int = 0, deltas: int = 4) -> None:
        self.write = write
        self.seconds = seconds
        self.failures = failures
        self.deltas = deltas
        self.requests: list[ChatRequest] = []
        self.streams = 0
        self.most_streams = 0

    name = "sleeping"

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta | Finish, None]:
        self.requests.append(request)
        self.streams += 1
        self.most_streams = max(self.most_streams, self.streams)
        try:
            if self.failures:
                self.failures -= 1
                raise ModelError("the server went away")
            for i in range(self.deltas):
                yield Delta("reasoning", f"thought {i} ")
                await asyncio.sleep(self.seconds / self.deltas)
            yield Delta("answer", f"A plan.\n\n```python\n{self.write(request)}```\n")
            yield Finish("stop", Tokens(100, self.deltas, 20))
        finally:
            self.streams -= 1

    async def aclose(self) -> None:
        pass


class SleepingExecutor:
    """Sleeps instead of running, then ends as the script's first line says."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.running = 0
        self.most_running = 0
        self.executions: list[Execution] = []

    async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
        self.executions.append(execution)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await asyncio.sleep(self.seconds)
            code = (execution.folder / execution.script).read_text()
            if code.startswith("# crash"):
                with execution.output.open("a") as file:
                    file.write("Traceback (most recent call last):\n  ...\nValueError: it crashed\n")
                return Outcome("exited", 1, self.seconds, 0.0, 1000, "exit code 1")
            if code.startswith("# timeout"):
                return Outcome("timeout", None, self.seconds, 0.0, 1000, "killed after 1 s")
            (execution.folder / "submission.csv").write_text(code.split("\n")[0])
            return Outcome("exited", 0, self.seconds, 0.0, 1000, "exit code 0")
        finally:
            self.running -= 1

    place = Place("nowhere")

    async def start(self) -> None:
        pass

    def kill(self, execution: Execution) -> None:
        pass

    async def aclose(self) -> None:
        pass


class FirstLineScorer:
    """Takes the score out of the submission's first line; the selection part turns the ranking around."""

    def __init__(self) -> None:
        self.selections = 0
        self.values: dict[Path, float] = {}

    async def score(self, node_folder: Path, submissions: Sequence[Path], output: Path | None) -> ScoreReport:
        value = float(submissions[0].read_text().split()[-1])
        self.values[node_folder] = value
        return ScoreReport(value=value, se=0.01, replicates=(value, value, value, value), rows=100)

    async def ensemble(self, node_folders: Sequence[Path], selected: int, goal: Path) -> EnsembleReport:
        return EnsembleReport((0.0,) * len(node_folders), False, "a double has nothing to blend")

    async def refit_input(self) -> Path | None:
        return None

    async def refit(self, submission: Path, node_folder: Path, goal: Path) -> RefitReport:
        raise AssertionError("there was no input to refit with")

    async def select(self, node_folders: Sequence[Path]) -> list[float]:
        self.selections += 1
        return [-float((f / "solution.py").read_text().split()[2]) for f in node_folders]


def toy_view() -> TaskView:
    """A small view of a task that does not exist."""
    return TaskView(
        name="toy",
        goal="Predict y.",
        description="A toy.",
        metric="accuracy",
        direction="max",
        kind="labels",
        target="y",
        id="id",
        prediction_columns=("y",),
        classes=("a", "b"),
        columns=(Column("x", "numeric", "float64", 10, 0.0, ("1", "2")),),
        train_rows=100,
        test_rows=50,
        files={"input/train.csv": 1000, "input/test.csv": 500},
    )


def toy_task(session: Path, folds: int = 1) -> Prepared:
    """A prepared task whose input folders hold one small file."""
    inputs = [session / "input" / f"fold-{i}" for i in range(folds)] if folds > 1 else [session / "input"]
    for path in inputs:
        path.mkdir(parents=True)
        (path / "train.csv").write_text("x,y\n1,a\n")
    return Prepared(toy_view(), tuple(inputs), session / "private")


class Alone:
    """Surroundings of a search with one model, and a machine of eight cores."""

    async def change_model(self, command: SetModel) -> str:
        raise UsageError(f"there is no model {command.model} here")

    def share(self, slots: int) -> tuple[int, int | None]:
        return max(1, 8 // slots), None
