"""Prepared competitions in the layouts that MLE-bench's own prepare scripts leave, filled with generated data."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

LABELS = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
AUTHORS = ("EAP", "HPL", "MWS")


def _folders(root: Path, id_: str) -> tuple[Path, Path]:
    public, private = (root / id_ / "prepared" / name for name in ("public", "private"))
    public.mkdir(parents=True)
    private.mkdir()
    (public / "description.md").write_text(f"# {id_}\n\nPredict what the sample submission asks for.\n")
    return public, private


def _numbers(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.normal(size=(rows, 4)).round(4), columns=["f_00", "f_01", "f_02", "f_03"])


def may_2022(root: Path, rows: int = 200) -> None:
    public, private = _folders(root, "tabular-playground-series-may-2022")
    frame = _numbers(rows, 1)
    noise = np.random.default_rng(2).normal(size=rows)
    frame.insert(0, "id", np.random.default_rng(3).permutation(rows))
    frame["target"] = (frame["f_00"] + frame["f_01"] + noise > 0).astype(int)
    train, test = frame[: rows * 4 // 5], frame[rows * 4 // 5 :]
    train.to_csv(public / "train.csv", index=False)
    test.drop(columns="target").to_csv(public / "test.csv", index=False)
    test[["id"]].assign(target=0.5).to_csv(public / "sample_submission.csv", index=False)
    test.to_csv(private / "test.csv", index=False)
    test[["id", "target"]].to_csv(private / "gold_submission.csv", index=False)


def spooky(root: Path, rows: int = 150) -> None:
    public, private = _folders(root, "spooky-author-identification")
    rng = np.random.default_rng(4)
    author = np.array(AUTHORS)[rng.integers(3, size=rows)]
    words = {"EAP": "raven chamber, mind", "HPL": "elder gods, abyss", "MWS": "creature letters, ice"}
    text = [f"The {words[a]} of night {n}" for n, a in enumerate(author)]
    frame = pd.DataFrame({"id": [f"id{n:05d}" for n in rng.permutation(rows)], "text": text, "author": author})
    train, test = frame[: rows * 4 // 5], frame[rows * 4 // 5 :]
    train.to_csv(public / "train.csv", index=False)
    test.drop(columns="author").to_csv(public / "test.csv", index=False)
    answers = test[["id"]].assign(**{a: (test["author"] == a).astype(int) for a in AUTHORS})
    answers.assign(EAP=0.4, HPL=0.3, MWS=0.3).to_csv(public / "sample_submission.csv", index=False)
    answers.to_csv(private / "test.csv", index=False)


def spaceship(root: Path, rows: int = 150) -> None:
    public, private = _folders(root, "spaceship-titanic")
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"PassengerId": [f"{n:04d}_01" for n in rng.permutation(rows)]})
    frame["Age"] = rng.integers(1, 80, size=rows)
    frame["Transported"] = frame["Age"] + rng.normal(scale=10, size=rows) > 40
    train, test = frame[: rows * 4 // 5], frame[rows * 4 // 5 :]
    train.to_csv(public / "train.csv", index=False)
    test.drop(columns="Transported").to_csv(public / "test.csv", index=False)
    test[["PassengerId"]].assign(Transported=False).to_csv(public / "sample_submission.csv", index=False)
    test.to_csv(private / "test.csv", index=False)


def insults(root: Path, rows: int = 120) -> None:
    public, private = _folders(root, "detecting-insults-in-social-commentary")
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"Insult": rng.integers(2, size=rows), "Date": ["", "20120618192155Z"] * (rows // 2)})
    frame["Comment"] = [f'"you {"fool" if i else "sage"}, {n}"' for n, i in enumerate(frame["Insult"])]
    train, test = frame[: rows * 4 // 5], frame[rows * 4 // 5 :]
    train.to_csv(public / "train.csv", index=False)
    test.drop(columns="Insult").to_csv(public / "test.csv", index=False)
    test.assign(Insult=0).to_csv(public / "sample_submission_null.csv", index=False)
    test.assign(Usage="PrivateTest").to_csv(private / "test.csv", index=False)


def toxic(root: Path, rows: int = 160) -> None:
    public, private = _folders(root, "jigsaw-toxic-comment-classification-challenge")
    rng = np.random.default_rng(7)
    labels = rng.integers(2, size=(rows, len(LABELS)))
    frame = pd.DataFrame({"id": [f"{n:016x}" for n in rng.permutation(rows)]})
    frame["comment_text"] = [" ".join(n for n, on in zip(LABELS, row, strict=True) if on) or "fine" for row in labels]
    frame[list(LABELS)] = labels
    train, test = frame[: rows * 3 // 4], frame[rows * 3 // 4 :]
    train.to_csv(public / "train.csv", index=False)
    test[["id", "comment_text"]].to_csv(public / "test.csv", index=False)
    test[["id"]].assign(**dict.fromkeys(LABELS, 0.5)).to_csv(public / "sample_submission.csv", index=False)
    test[["id", *LABELS]].to_csv(private / "test.csv", index=False)


def conductors(root: Path, rows: int = 100) -> None:
    public, private = _folders(root, "nomad2018-predict-transparent-conductors")
    frame = _numbers(rows, 8)
    frame["formation_energy_ev_natom"] = frame["f_00"].abs().round(4)
    frame["bandgap_energy_ev"] = (frame["f_01"].abs() + 0.1).round(4)
    train, test = frame[: rows * 4 // 5].copy(), frame[rows * 4 // 5 :].copy()
    for part in (train, test):
        part.insert(0, "id", range(1, len(part) + 1))
    targets = ["formation_energy_ev_natom", "bandgap_energy_ev"]
    train.to_csv(public / "train.csv", index=False)
    test.drop(columns=targets).to_csv(public / "test.csv", index=False)
    test[["id"]].assign(**dict.fromkeys(targets, 0.5)).to_csv(public / "sample_submission.csv", index=False)
    test.to_csv(private / "test.csv", index=False)
    for name, part in (("train", train), ("test", test)):
        for number in part["id"]:
            (public / name / str(number)).mkdir(parents=True)
            (public / name / str(number) / "geometry.xyz").write_text("#\n")


def dogs_vs_cats(root: Path, images: int = 12) -> None:
    public, private = _folders(root, "dogs-vs-cats-redux-kernels-edition")
    for folder in ("train", "test"):
        (public / folder).mkdir()
    for number in range(images):
        for kind in ("cat", "dog"):
            (public / "train" / f"{kind}.{number}.jpg").write_bytes(b"jpg" * 10)
        (public / "test" / f"{number + 1}.jpg").write_bytes(b"jpg" * 10)
    for folder in ("train", "test"):
        with zipfile.ZipFile(public / f"{folder}.zip", "w") as archive:
            for path in sorted((public / folder).iterdir()):
                archive.write(path, f"{folder}/{path.name}")
    answers = pd.DataFrame({"id": range(1, images + 1), "label": [0, 1] * (images // 2)})
    answers.assign(label=0.5).to_csv(public / "sample_submission.csv", index=False)
    answers.to_csv(private / "answers.csv", index=False)


def text_normalisation(root: Path) -> None:
    public, private = _folders(root, "text-normalization-challenge-english-language")
    frame = pd.DataFrame({"sentence_id": [0, 0, 1], "token_id": [0, 1, 0], "before": ["In", "1999", "."]})
    tables = {"en_train.csv": frame.assign(after=["In", "nineteen ninety nine", "."]), "en_test_2.csv": frame}
    sample = pd.DataFrame({"id": ["0_0", "0_1", "1_0"], "after": ["In", "1999", "."]})
    for name, table in {**tables, "en_sample_submission_2.csv": sample}.items():
        with zipfile.ZipFile(public / f"{name}.zip", "w") as archive:
            archive.writestr(name, table.to_csv(index=False))
    sample.assign(after=["In", "nineteen ninety nine", "."]).to_csv(private / "answers.csv", index=False)
    sample.to_csv(private / "sample_submission.csv", index=False)


LAYOUTS: dict[str, Callable[[Path], None]] = {
    "tabular-playground-series-may-2022": may_2022,
    "spooky-author-identification": spooky,
    "spaceship-titanic": spaceship,
    "detecting-insults-in-social-commentary": insults,
    "jigsaw-toxic-comment-classification-challenge": toxic,
    "nomad2018-predict-transparent-conductors": conductors,
    "dogs-vs-cats-redux-kernels-edition": dogs_vs_cats,
    "text-normalization-challenge-english-language": text_normalisation,
}


def write_leaderboard(root: Path, id_: str, scores: list[float]) -> Path:
    """Write leaderboard.csv beside `prepared`, best team first, as MLE-bench has them."""
    path = root / id_ / "leaderboard.csv"
    pd.DataFrame({"scoreNullable": scores, "teamId": range(len(scores)), "score": scores}).to_csv(path, index=False)
    return path
