"""Searches over folders such as users bring: what was inferred, and whether the score is what the test rows say."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import numpy as np

from tests.cli.program import Program

TRAIN, TEST = 1100, 500


def search(program: Program, folder: Path) -> tuple[dict[str, Any], list[list[str]], str]:
    """Search with two nodes; return the summary, the submission's rows with its header, and what was told before."""
    done = program.run("run", str(folder), "--model", "builtin", "--nodes", "2", "--headless", "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    summary = json.loads(done.stdout.splitlines()[-1])
    with Path(summary["best"]["submission"]).open(encoding="utf-8", newline="") as file:
        return summary, list(csv.reader(file)), done.stderr


def write(path: Path, rows: list[list[Any]], *, encoding: str = "utf-8", separator: str = ",") -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)


def test_european_table_with_text_classes_and_a_column_a_class(program: Program, tmp_path: Path) -> None:
    rng = random.Random(0)
    header = ["Kennung", "größe (m²)", "target", "Verkauft am", "Notiz", "Zustand"]
    rows: list[list[Any]] = []
    for number in rng.sample(range(100_000), TRAIN + TEST):
        size, kind = rng.gauss(80, 20), rng.choice(["Haus", "Büro", ""])
        value = size / 20 + 2 * (kind == "Büro") + rng.gauss(0, 0.6)
        shown = "" if rng.random() < 0.1 else f"{size:.2f}".replace(".", ",")
        note = f'"{kind}"; {rng.choice(["hell", "dunkel"])}\nzweite Zeile'
        label = "mäßig" if value < 4 else "gut" if value < 5.5 else "sehr gut"
        rows.append([f"{number:07d}", shown, kind, f"{rng.randint(1, 28)}.0{rng.randint(1, 9)}.2021", note, label])
    folder = tmp_path / "objekte"
    write(folder / "train.csv", [header, *rows[:TRAIN]], encoding="latin-1", separator=";")
    write(folder / "test.csv", [header[:-1], *(row[:-1] for row in rows[TRAIN:])], encoding="latin-1", separator=";")
    listed = [row[0] for row in rng.sample(rows[TRAIN:], TEST)]
    classes = ["sehr gut", "gut", "mäßig"]
    write(folder / "sample_submission.csv", [["Kennung", *classes], *([one, 0.2, 0.3, 0.5] for one in listed)])

    summary, submission, told = search(program, folder)
    assert (summary["metric"], summary["direction"]) == ("log_loss", "min")
    for line in (
        "target: Zustand (the one column that train.csv has and test.csv lacks)",
        "id: Kennung (the first column of the sample submission",
        "metric: log_loss ('Zustand' has 3 classes, and the sample submission has one column a class)",
        "separator: ; (found in train.csv)",
        "train.csv has decimal commas; scripts see decimal points.",
        "read as Windows-1252 (Latin-1)",
    ):
        assert line in told
    assert submission[0] == ["Kennung", *classes]
    assert [row[0] for row in submission[1:]] == listed
    truth = {row[0]: classes.index(row[-1]) for row in rows[TRAIN:]}
    given = [float(row[1 + truth[row[0]]]) / sum(map(float, row[1:])) for row in submission[1:]]
    losses = -np.log(np.clip(given, 1e-15, 1))
    best = summary["best"]
    spread = (best["score_se"] ** 2 + losses.var() / TEST) ** 0.5
    assert abs(losses.mean() - best["score"]) < 3.5 * spread
    assert best["score"] < 0.8  # guessing the shares gives 1.0


def test_table_without_ids_with_missing_targets_as_init_describes_it(program: Program, tmp_path: Path) -> None:
    rng = random.Random(1)
    header = ['say "hi", [x]', "index", "constant", "when", "result %"]
    rows: list[list[Any]] = []
    for _ in range(TRAIN + TEST):
        number, day = rng.gauss(0, 1), rng.randint(0, 300)
        result = 3 * number + day / 100 + rng.gauss(0, 0.5)
        stamp = f"2020-{1 + day // 28:02d}-{1 + day % 28:02d}T10:00:00Z"
        rows.append([f"{number:.3f}", rng.choice(["a", "b", "NA"]), 7, stamp, f"{result:.3f}"])
    folder = tmp_path / "messungen"
    shown = [[*row[:-1], "" if place % 50 == 0 else row[-1]] for place, row in enumerate(rows[:TRAIN])]
    write(folder / "train.csv", [header, *shown], encoding="utf-8-sig")
    write(folder / "test.csv", [header[:-1], *(row[:-1] for row in rows[TRAIN:])], encoding="utf-8-sig")
    (folder / "description.md").write_text("# Measurements\n\nPredict the result in percent.\n")
    (folder / "images").mkdir()
    (folder / "images" / "0.png").write_bytes(b"\x89PNG")
    (folder / "grade.py").write_text("def spread(y_true, y_pred):\n    return abs(y_true - y_pred).mean()\n")

    begun = program.run("init", str(folder))
    assert begun.returncode == 0, begun.stderr
    toml = folder / "task.toml"
    for line in ('metric = "rmse"', 'target = "result %"', "# id: no column identifies the rows"):
        assert line in toml.read_text()
    toml.write_text(toml.read_text().replace('"rmse"', '"grade.py:spread"\ndirection = "min"'))

    summary, submission, told = search(program, folder)
    assert "22 of 1,100 training rows (2.0 %) have no 'result %' and are left out." in told
    assert (summary["metric"], summary["direction"]) == ("grade.py:spread", "min")
    assert submission[0] == ["row_id", "result %"]
    assert [row[0] for row in submission[1:]] == [str(place) for place in range(TEST)]
    errors = [abs(float(row[1]) - float(own[-1])) for row, own in zip(submission[1:], rows[TRAIN:], strict=True)]
    best = summary["best"]
    spread = (best["score_se"] ** 2 + np.var(errors) / TEST) ** 0.5
    assert abs(np.mean(errors) - best["score"]) < 3.5 * spread
    assert best["score"] < 1.0  # the median alone gives 2.5
    work = program.sessions / summary["session"] / "input"
    assert (work / "images" / "0.png").is_file()
    assert not (work / "grade.py").exists()
