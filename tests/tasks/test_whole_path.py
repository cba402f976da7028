"""Folders of many shapes, from the files to a score and a final submission."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.tasks.folders import prepared, submit, write_folder
from tui_aide.tasks.scoring import Scorer

CLASSES: list[tuple[Any, ...]] = [
    (),
    (0, 1),
    (-1.0, 1.0),
    ("no", "yes"),
    ("a,b", 'say "x"', "ü"),
    (3, 1, 2, 7),
    (True, False),
]
CELL = st.sampled_from(["", "1", "1.5", "a,b", 'q"uote', "two\nlines", " blank ", "ü", "NA", "2020-01-01"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    classes=st.sampled_from(CLASSES),
    rows=st.integers(12, 60),
    test_rows=st.integers(1, 20),
    cells=st.lists(CELL, min_size=3, max_size=3),
    ids=st.sampled_from(["none", "running", "random", "text", "overlapping"]),
    wide=st.booleans(),
    folds=st.sampled_from([1, 3, None]),
    place=st.integers(0, 2),
    separator=st.sampled_from([",", ";"]),
    seed=st.integers(0, 5),
)
def test_from_folder_to_final_submission(
    classes: tuple[Any, ...],
    rows: int,
    test_rows: int,
    cells: list[str],
    ids: str,
    wide: bool,
    folds: int | None,
    place: int,
    separator: str,
    seed: int,
) -> None:
    assume(folds != 1 or rows >= 40)  # else the hidden rows may hold one class only, which is an error
    rng = np.random.default_rng(seed)
    count = rows + test_rows
    frame = pd.DataFrame({"number": rng.normal(size=count), "odd": [cells[n % 3] for n in range(count)]})
    target = [classes[n % len(classes)] for n in range(count)] if classes else rng.normal(size=count).round(3)
    frame.insert(place, "goal", target)
    numbers = {
        "running": list(range(count)),
        "random": rng.permutation(count).tolist(),
        "text": [f"id,{n:04d}" for n in rng.permutation(count)],
        "overlapping": [*range(rows), *range(test_rows)],
    }
    if ids != "none":
        frame.insert(0, "id", numbers[ids])
    toml = f"folds = {folds}\n" if folds else ""
    if wide and len(classes) > 2:
        toml += 'metric = "log_loss"\n'
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train, test = frame[:rows], frame[rows:].drop(columns="goal")
        texts = [part.to_csv(index=False, sep=separator) for part in (train, test)]
        write_folder(folder / "task", texts[0], texts[1], toml=toml)
        task, result = prepared(folder / "task", folder / "session", seed)
        assert task.target == "goal"
        report = Scorer(folder / "session").score(folder / "node", submit(result, folder / "out", seed))
        assert math.isfinite(report.value)
        final = pd.read_csv(folder / "node" / "submission.csv", dtype=str)
        assert list(final.columns) == [task.id, *task.prediction_columns]
        wanted = [str(value) for value in test["id"]] if ids != "none" else [str(n) for n in range(test_rows)]
        assert list(final[task.id]) == wanted
        if task.kind == "labels":
            assert set(final["goal"]) <= set(task.classes)
