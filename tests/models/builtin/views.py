"""Small tables of every kind, the view of each as the task floor makes it, and requests about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tui_aide.models.builtin.proposer import BuiltinProposer
from tui_aide.models.chat import Attempt, ChatRequest, Delta, Finish, Limits, Message, Proposal, Sampling
from tui_aide.tasks.csv_format import CsvFormat
from tui_aide.tasks.metrics import METRICS
from tui_aide.tasks.preview import preview_columns
from tui_aide.tasks.task import TaskView
from tui_aide.tree.node import Operator, Score, Verdict

ROWS = 160


def inputs(rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """Columns of every kind, with gaps."""
    rng = np.random.default_rng(seed)
    size = rng.gamma(2.0, 3.0, rows)
    frame = pd.DataFrame(
        {
            "size": np.round(size, 3),
            "weight": np.round(size * rng.uniform(0.5, 2, rows), 3),
            "tempo (km/h)": rng.normal(0, 5, rows),
            'a "quoted" name': rng.integers(0, 9, rows),
            "größe ß": rng.normal(1, 1, rows),
            "colour": rng.choice(["red", "green ", "GREEN", "blue"], rows),
            "paint": rng.choice(["red", "green ", "blue"], rows),
            "town": [f"town {i}" for i in rng.integers(0, 40, rows)],
            "bought": (pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D")).strftime(
                "%d.%m.%Y"
            ),
            "note": [" ".join(f"word{i}" for i in rng.integers(0, 60, 6)) for _ in range(rows)],
            "length": [f"{v:.1f} cm" if v > 4 else ("?" if v < 1 else f"{v:.1f}") for v in size],
            "flag": rng.random(rows) < 0.5,
        }
    )
    for name in ("weight", "größe ß", "colour", "note", "bought"):
        frame[name] = frame[name].mask(rng.random(rows) < 0.1)
    return frame


def target_of(frame: pd.DataFrame, kind: str, classes: int, seed: int = 1) -> pd.Series:
    """A target that depends on the first numeric column."""
    rng = np.random.default_rng(seed)
    first = frame.select_dtypes("number").iloc[:, 0].to_numpy(float)
    value = first + rng.normal(0, 0.5 * first.std(), len(frame))
    if kind == "values":
        return pd.Series(value - value.mean())
    code = pd.qcut(pd.Series(value), classes, labels=False)
    return code.map(lambda c: f"class é{int(c)}")


def write_task(
    folder: Path,
    table: pd.DataFrame,
    target: pd.Series,
    metric: str,
    *,
    with_id: bool = True,
    split: str = "random",
) -> TaskView:
    """Write the shown files into ``folder/input`` and return the view of them; the last third is to be predicted."""
    info = METRICS[metric]
    known = len(table) * 2 // 3
    full = table.assign(target=target.to_numpy())
    if with_id:
        full.insert(0, "id", np.arange(1000, 1000 + len(full)))
    train, test = full.iloc[:known], full.iloc[known:].drop(columns="target")
    (folder / "input").mkdir(parents=True)
    train.to_csv(folder / "input" / "train.csv", index=False)
    test.to_csv(folder / "input" / "test.csv", index=False)
    labels = () if info.kind == "values" else tuple(sorted(str(v) for v in train["target"].unique()))
    columns: tuple[str, ...] = ("target",)
    if info.kind == "probabilities" and len(labels) > 2:
        columns = labels
    return TaskView(
        name="tiny",
        goal="Predict.",
        description="",
        metric=metric,
        direction=info.direction,
        kind=info.kind,
        target="target",
        id="id" if with_id else "",
        prediction_columns=columns,
        classes=labels,
        columns=preview_columns(
            folder / "input" / "train.csv",
            CsvFormat(",", "utf-8"),
            len(train),
            tuple(test.columns),
            ("target",),
            "id" if with_id else "",
        ),
        train_rows=len(train),
        test_rows=len(test),
        files={"input/train.csv": 1},
        split=split,
    )


def proposal(
    view: TaskView,
    operator: Operator = "draft",
    parents: tuple[Attempt, ...] = (),
    memory: tuple[Attempt, ...] = (),
    **other: Any,
) -> Proposal:
    """Return the facts of a request with limits that every script keeps."""
    return Proposal(
        operator=operator,
        view=view,
        parents=parents,
        memory=memory,
        instruction=str(other.get("instruction", "")),
        limits=Limits(seconds=float(other.get("seconds", 600)), memory=None, threads=1),
        number=int(other.get("number", 0)),
    )


def request(asked: Proposal, seed: int = 0, **sampling: Any) -> ChatRequest:
    """Return a request as the engine makes it."""
    return ChatRequest((Message("user", "x" * 400),), asked, Sampling(seed=seed, **sampling))


def attempt(
    code: str, verdict: Verdict = "valid", score: float | None = 0.5, node: int = 0, output: str = "", depth: int = 0
) -> Attempt:
    """Return what became of a script."""
    return Attempt(
        node=node,
        operator="draft",
        plan="",
        code=code,
        verdict=verdict,
        message="",
        score=None if score is None or verdict != "valid" else Score(score),
        output_tail=output,
        debug_depth=depth,
    )


async def ask(asked: ChatRequest) -> tuple[str, str, Finish]:
    """Return the reasoning, the answer and the finish of one stream."""
    text = {"reasoning": "", "answer": ""}
    finish: Finish | None = None
    async for item in BuiltinProposer(float("inf")).stream(asked):
        if isinstance(item, Delta):
            assert finish is None
            text[item.kind] += item.text
        else:
            finish = item
    assert finish is not None
    return text["reasoning"], text["answer"], finish


def script_of(answer: str) -> str:
    """Return the fenced script."""
    return answer.split("```python\n", 1)[1].rsplit("```", 1)[0]
