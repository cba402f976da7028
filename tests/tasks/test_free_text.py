"""Free text as a target: right where it is the same to the letter; any text may be handed in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.tasks.folders import write_folder
from tui_aide.errors import TaskError
from tui_aide.tasks.invalid_submission import InvalidSubmission
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.preparing import prepare
from tui_aide.tasks.scoring import Scorer
from tui_aide.tasks.survey import survey
from tui_aide.tasks.writing import write_task_toml

ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def spoken(number: int) -> str:
    return " ".join(ONES[int(digit)] for digit in str(number))


def tokens(rows: int, first: int = 0, seed: int = 0) -> pd.DataFrame:
    numbers = np.random.default_rng(seed).integers(0, 100_000, size=rows)
    return pd.DataFrame(
        {
            "id": [f"t{n}" for n in range(first, first + rows)],
            "sentence": np.arange(rows) // 5,
            "before": numbers.astype(str),
            "after": [spoken(n) for n in numbers.tolist()],
        }
    )


def folder_of(path: Path, rows: int = 1500, toml: str = "") -> Path:
    test = tokens(60, 9000, 1).drop(columns="after")
    return write_folder(path, tokens(rows), test, test[["id"]].assign(after="?"), toml)


def test_many_texts_with_accuracy_are_free_text(tmp_path: Path) -> None:
    task = load_task(folder_of(tmp_path / "t", toml='metric = "accuracy"\nsplit = "group:sentence"\n'))
    assert (task.kind, task.classes, task.prediction_columns) == ("texts", (), ("after",))
    assert "too many for classes" in task.inferred["kind"]
    assert load_task(folder_of(tmp_path / "u", toml='metric = "accuracy"\n')).split == "random"


def test_kind_says_so_where_texts_are_few(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "t", 100, 'kind = "texts"\n')
    task = load_task(folder)
    assert (task.kind, task.metric) == ("texts", "accuracy")
    (folder / "task.toml").write_text(write_task_toml(task))
    assert load_task(folder).kind == "texts"
    assert survey(folder, {}).metrics == ("accuracy",)


def test_without_a_word_it_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match='set kind = "texts"'):
        load_task(folder_of(tmp_path / "t"))
    with pytest.raises(TaskError, match="takes labels"):
        load_task(folder_of(tmp_path / "u", 100, 'kind = "texts"\nmetric = "f1_macro"\n'))


@pytest.mark.parametrize("folds", [1, 3])
def test_scored_voted_and_handed_in(tmp_path: Path, folds: int) -> None:
    task = load_task(folder_of(tmp_path / "t", 1500, f'metric = "accuracy"\nfolds = {folds}\n'))
    session = tmp_path / "s"
    result = prepare(task, session, 0)
    assert pd.read_csv(result.inputs[0] / "sample_submission.csv")["after"].nunique() == 1
    scorer, values, nodes = Scorer(session), [], []
    for number, share in enumerate((0.2, 0.5, 0.5)):
        node = session / "nodes" / str(number)
        node.mkdir(parents=True)
        paths = []
        for fold, shown in enumerate(result.inputs):
            test = pd.read_csv(shown / "test.csv", dtype=str)
            rng = np.random.default_rng([number, fold])
            right = [f" {spoken(int(b))} " if rng.random() > share else "quite another text" for b in test["before"]]
            paths.append(node / f"s{fold}.csv")
            test[["id"]].assign(after=right).to_csv(paths[-1], index=False)
        nodes.append(node)
        report = scorer.score(node, paths)
        assert report.se is not None
        values.append(report.value)
    assert values[0] == pytest.approx(0.8, abs=0.06)
    assert values[1] == pytest.approx(0.5, abs=0.08)
    final = pd.read_csv(nodes[0] / "submission.csv")
    asked = tokens(60, 9000, 1).set_index("id")["after"]
    assert final["id"].tolist() == asked.index.tolist()
    assert (final["after"].to_numpy() == asked.to_numpy()).mean() > 0.6
    assert len(scorer.ensemble(nodes, 0, session / "final" / "submission.csv").weights) == 3
    assert all(0 < value < 1 for value in scorer.select(nodes))


@pytest.mark.parametrize(
    ("text", "part"), [("same", "all predictions are the same \\('same'\\)"), ("x" * 3000, "3,000 characters")]
)
def test_bad_texts_are_refused(tmp_path: Path, text: str, part: str) -> None:
    task = load_task(folder_of(tmp_path / "t", 1500, 'metric = "accuracy"\nfolds = 1\n'))
    result = prepare(task, tmp_path / "s", 0)
    test = pd.read_csv(result.inputs[0] / "test.csv")
    test[["id"]].assign(after=text).to_csv(tmp_path / "s.csv", index=False)
    with pytest.raises(InvalidSubmission, match=part):
        Scorer(tmp_path / "s").score(tmp_path / "n", [tmp_path / "s.csv"])
