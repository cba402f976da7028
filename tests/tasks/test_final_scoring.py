"""The end of a search as the scoring process does it: ensembles and runs with all labels, on prepared sessions."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from tests.tasks.folders import prepared, simple_folder, write_folder
from tui_aide.errors import SessionError
from tui_aide.tasks.invalid_submission import InvalidSubmission
from tui_aide.tasks.scoring import PREDICTIONS, Scorer
from tui_aide.tasks.scoring_service import ScoringService
from tui_aide.tasks.task import Prepared


class Noisy:
    """A prepared task, and nodes whose predictions are the truth with errors of their own."""

    def __init__(self, place: Path, kind: str, rows: int = 1200, toml: str = "folds = 1\nholdout = 0.6") -> None:
        rng = np.random.default_rng(5)
        frame = pd.DataFrame({"Id": np.arange(rows + 200), "x": rng.normal(size=rows + 200).round(9)})
        labels = np.array(["a", "b", "c"])[np.digitize(frame["x"], [-0.5, 0.5])]
        frame["y"] = frame["x"] if kind == "values" else labels
        self.kind = kind
        self.truth = frame.set_index("x")["y"]
        folder = write_folder(place / "task", frame[:rows], frame[rows:].drop(columns="y"), toml=toml)
        self.session = place / "session"
        _, self.prepared = prepared(folder, self.session)
        self.nodes: list[Path] = []

    def predict(self, noise: npt.NDArray[Any], fold: int = 0) -> pd.DataFrame:
        """The truth of the shown rows, off by noise, or another label where noise is positive."""
        shown = pd.read_csv(self.prepared.inputs[fold] / "test.csv")
        truth = self.truth.loc[shown["x"]].to_numpy()
        noise = noise[: len(truth)]
        if self.kind == "values":
            return pd.DataFrame({"Id": shown["Id"], "y": truth.astype(float) + noise})
        wrong = {"a": "b", "b": "c", "c": "a"}
        return pd.DataFrame(
            {"Id": shown["Id"], "y": [wrong[t] if n > 0 else t for t, n in zip(truth, noise, strict=True)]}
        )

    def node(self, scorer: Scorer, noise: npt.NDArray[Any]) -> Path:
        folder = self.session / "nodes" / f"{len(self.nodes):04d}"
        folder.mkdir(parents=True)
        paths = []
        for fold in range(len(self.prepared.inputs)):
            paths.append(folder / f"{fold}.csv")
            self.predict(noise, fold).to_csv(paths[-1], index=False)
        scorer.score(folder, paths)
        self.nodes.append(folder)
        return folder


def independent(seed: int, share: float = 0.5) -> npt.NDArray[Any]:
    """Errors of a node's own: normal, positive in `share` of the rows."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=5000) - float(np.quantile(rng.normal(size=100_000), 1 - share))


@pytest.mark.parametrize(
    ("kind", "toml"),
    [("values", "folds = 1\nholdout = 0.6"), ("values", "folds = 3"), ("labels", "folds = 1\nholdout = 0.6")],
)
def test_a_blend_of_independent_errors_is_kept_and_its_submission_is_better(
    tmp_path: Path, kind: str, toml: str
) -> None:
    noisy = Noisy(tmp_path, kind, toml=toml)
    scorer = Scorer(noisy.session)
    for seed in range(5):
        noisy.node(scorer, independent(seed, 0.5 if kind == "values" else 0.25))
    report = scorer.ensemble(noisy.nodes, 0, tmp_path / "out" / "blend.csv")
    assert report.kept, report.reason
    assert report.gain is not None
    assert report.se is not None
    assert report.gain > report.se > 0
    assert sum(report.weights) == pytest.approx(1)
    assert "more than one standard error" in report.reason
    test = pd.read_csv(noisy.session.parent / "task" / "test.csv")
    truth = noisy.truth.loc[test["x"]].to_numpy()

    def error(path: Path) -> float:
        given = pd.read_csv(path)
        assert list(given["Id"]) == list(test["Id"])
        own = given["y"].to_numpy()
        return float(np.mean((own - truth) ** 2) if kind == "values" else np.mean(own != truth))

    assert error(tmp_path / "out" / "blend.csv") < 0.7 * min(error(node / "submission.csv") for node in noisy.nodes)


@pytest.mark.parametrize("kind", ["values", "labels"])
def test_nodes_that_are_all_the_same_make_no_blend(tmp_path: Path, kind: str) -> None:
    noisy = Noisy(tmp_path, kind)
    scorer = Scorer(noisy.session)
    shared = independent(0, 0.5 if kind == "values" else 0.25)
    for _ in range(4):
        noisy.node(scorer, shared)
    report = scorer.ensemble(noisy.nodes, 0, tmp_path / "blend.csv")
    assert (report.kept, set(report.weights), report.selection) == (False, {0.0}, None)
    assert not (tmp_path / "blend.csv").exists()


def test_blends_that_win_by_chance_are_mostly_held_back(tmp_path: Path) -> None:
    """Nodes alike but for a little noise: often a blend looks better on the search part, seldom on the other."""
    kept = found = 0
    for trial in range(10):
        place = tmp_path / str(trial)
        noisy = Noisy(place, "values", rows=300)
        scorer = Scorer(noisy.session)
        rng = np.random.default_rng(trial)
        common = rng.normal(size=5000)
        for _ in range(4):
            noisy.node(scorer, common + 0.02 * rng.normal(size=5000))
        report = scorer.ensemble(noisy.nodes, 0, place / "blend.csv")
        kept += report.kept
        found += any(report.weights)
    assert found >= 7
    assert kept <= 4


def test_older_nodes_are_blended_from_their_submissions(tmp_path: Path) -> None:
    noisy = Noisy(tmp_path, "values")
    scorer = Scorer(noisy.session)
    for seed in range(3):
        noisy.node(scorer, independent(seed))
    scorer.ensemble(noisy.nodes, 0, tmp_path / "new.csv")
    for node in noisy.nodes:
        with np.load(node / PREDICTIONS) as arrays:
            hidden = arrays["hidden"]
        np.savez(node / PREDICTIONS, hidden=hidden)
    assert scorer.ensemble(noisy.nodes, 0, tmp_path / "old.csv").kept
    new, old = pd.read_csv(tmp_path / "new.csv"), pd.read_csv(tmp_path / "old.csv")
    assert old["y"].to_numpy() == pytest.approx(new["y"].to_numpy())


def test_a_session_of_an_older_version_has_groups_in_its_selection_part(tmp_path: Path) -> None:
    noisy = Noisy(tmp_path, "values")
    path = noisy.session / "private" / "rows.npz"
    with np.load(path) as arrays:
        rest = {name: arrays[name] for name in arrays if name not in ("selection_group", "held_places")}
    np.savez(path, **rest)
    scorer = Scorer(noisy.session)
    for seed in range(3):
        noisy.node(scorer, independent(seed))
    assert scorer.ensemble(noisy.nodes, 0, tmp_path / "blend.csv").kept


def test_a_metric_that_takes_no_blend_keeps_none(tmp_path: Path) -> None:
    toml = 'metric = "m.py:f"\ndirection = "max"\nkind = "values"\nfolds = 1\nholdout = 0.5'
    folder = tmp_path / "task"
    folder.mkdir()
    (folder / "m.py").write_text(
        "def f(y_true, y_pred):\n    if not (y_pred == y_pred.round(3)).all():\n        raise ValueError\n"
        "    return -abs(y_true - y_pred).mean()\n"
    )
    simple_folder(folder, 100, classes=(), toml=toml)
    _, result = prepared(folder, tmp_path / "session")
    scorer = Scorer(tmp_path / "session")
    nodes = [tmp_path / f"node{n}" for n in range(2)]
    for n, node in enumerate(nodes):
        shown = pd.read_csv(result.inputs[0] / "test.csv")
        pd.DataFrame({"Id": shown["Id"], "y": (shown["x"] * 3 + n * 0.001 * (shown.index % 2)).round(3)}).to_csv(
            tmp_path / "s.csv", index=False
        )
        scorer.score(node, [tmp_path / "s.csv"])
    report = scorer.ensemble(nodes, 0, tmp_path / "blend.csv")
    assert (report.kept, report.weights) == (False, (0.0, 0.0))


def refitted(noisy: Noisy, path: Path, error: npt.NDArray[Any]) -> Path:
    """A submission for the real test rows, off by `error`."""
    test = pd.read_csv(noisy.session.parent / "task" / "test.csv")
    truth = noisy.truth.loc[test["x"]].to_numpy().astype(float)
    pd.DataFrame({"Id": test["Id"], "y": truth + error[: len(truth)]}).to_csv(path, index=False)
    return path


def test_a_refit_that_agrees_is_written_as_the_submission(tmp_path: Path) -> None:
    noisy = Noisy(tmp_path, "values")
    scorer = Scorer(noisy.session)
    node = noisy.node(scorer, 0.2 * independent(0))
    path = refitted(noisy, tmp_path / "submission.csv", 0.1 * independent(1))
    report = scorer.refit(path, node, tmp_path / "final" / "refit.csv")
    assert report.kept, report.reason
    assert 1 > report.agreement > report.least
    assert pd.read_csv(tmp_path / "final" / "refit.csv").equals(pd.read_csv(path))


def test_a_refit_that_predicts_something_else_is_refused(tmp_path: Path) -> None:
    noisy = Noisy(tmp_path, "values")
    scorer = Scorer(noisy.session)
    node = noisy.node(scorer, 0.2 * independent(0))
    path = refitted(noisy, tmp_path / "submission.csv", 5 * independent(1))
    report = scorer.refit(path, node, tmp_path / "refit.csv")
    assert (report.kept, "differs" in report.reason) == (False, True)
    assert not (tmp_path / "refit.csv").exists()


@pytest.mark.parametrize("fault", ["missing", "short", "constant"])
def test_a_refit_passes_the_same_checks_as_every_submission(tmp_path: Path, fault: str) -> None:
    noisy = Noisy(tmp_path, "values")
    scorer = Scorer(noisy.session)
    node = noisy.node(scorer, 0.2 * independent(0))
    path = refitted(noisy, tmp_path / "submission.csv", 0.1 * independent(1))
    frame = pd.read_csv(path)
    if fault == "missing":
        path.unlink()
    else:
        (frame[:-1] if fault == "short" else frame.assign(y=1.0)).to_csv(path, index=False)
    with pytest.raises(InvalidSubmission):
        scorer.refit(path, node, tmp_path / "refit.csv")
    assert not (tmp_path / "refit.csv").exists()


async def test_the_service_does_as_the_scorer_does(tmp_path: Path) -> None:
    noisy = Noisy(tmp_path, "values")
    scorer = Scorer(noisy.session)
    for seed in range(3):
        noisy.node(scorer, 0.5 * independent(seed))
    own = scorer.ensemble(noisy.nodes, 1, tmp_path / "own.csv")
    path = refitted(noisy, tmp_path / "submission.csv", 0.1 * independent(9))
    async with ScoringService(noisy.session) as service:
        report = await service.ensemble(noisy.nodes, 1, tmp_path / "blend.csv")
        made = await service.refit_input()
        again = await service.refit(path, noisy.nodes[0], tmp_path / "refit.csv")
        shutil.rmtree(noisy.nodes[2])
        with pytest.raises(SessionError, match="cannot be read"):
            await service.ensemble(noisy.nodes, 1, tmp_path / "blend.csv")
    assert (report.weights, report.gain, report.se) == (own.weights, own.gain, own.se)
    assert (tmp_path / "blend.csv").read_bytes() == (tmp_path / "own.csv").read_bytes()
    assert made == noisy.session / "private" / "refit" / "input"
    assert again == scorer.refit(path, noisy.nodes[0], tmp_path / "refit.csv")


def test_without_test_rows_the_hidden_rows_are_blended(tmp_path: Path) -> None:
    noisy = Noisy(tmp_path, "values")
    frame = pd.read_csv(tmp_path / "task" / "train.csv")
    folder = write_folder(tmp_path / "alone", frame, toml='target = "y"\nfolds = 1\nholdout = 0.6')
    result: Prepared
    _, result = prepared(folder, tmp_path / "other")
    noisy.session, noisy.prepared = tmp_path / "other", result
    scorer = Scorer(noisy.session)
    for seed in range(3):
        noisy.node(scorer, independent(seed))
    assert scorer.ensemble(noisy.nodes, 0, tmp_path / "blend.csv").kept
    assert len(pd.read_csv(tmp_path / "blend.csv")) == 720
