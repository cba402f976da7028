"""Prepared competitions as tasks: understood where their tables allow it, linked not copied, private files unseen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tasks.mlebench.layouts import LABELS, LAYOUTS, may_2022, spaceship, write_leaderboard
from tui_aide.errors import TaskError, UsageError
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.mlebench.adapted import read_adapted
from tui_aide.tasks.mlebench.adapting import adapt
from tui_aide.tasks.mlebench.competitions import COMPETITIONS, TABLES
from tui_aide.tasks.mlebench.data_folder import CompetitionFolder, data_dir, find_competition
from tui_aide.tasks.mlebench.flags import FLAGS
from tui_aide.tasks.mlebench.remarks import remarks_of
from tui_aide.tasks.preparing import prepare
from tui_aide.tasks.read_only import remove_tree
from tui_aide.tasks.task import Task

HIDDEN = {
    "tabular-playground-series-may-2022": ("roc_auc", "id", ("target",)),
    "spooky-author-identification": ("log_loss", "id", ("EAP", "HPL", "MWS")),
    "spaceship-titanic": ("accuracy", "PassengerId", ("Transported",)),
    "detecting-insults-in-social-commentary": ("roc_auc", "Comment", ("Insult",)),
    "jigsaw-toxic-comment-classification-challenge": ("roc_auc_columns", "id", LABELS),
    "nomad2018-predict-transparent-conductors": ("rmsle", "id", ("formation_energy_ev_natom", "bandgap_energy_ev")),
}
REPORTED = {
    "dogs-vs-cats-redux-kernels-edition": ("log_loss", "min", ("label",)),
    "text-normalization-challenge-english-language": ("accuracy", "max", ()),
}


def adapted(tmp_path: Path, id_: str) -> tuple[CompetitionFolder, Path]:
    LAYOUTS[id_](tmp_path / "data")
    competition = CompetitionFolder(id_, tmp_path / "data" / id_)
    return competition, adapt(competition, tmp_path / "cache")


def files_below(folder: Path) -> list[Path]:
    """All files below a folder, also through links."""
    return [Path(root, name) for root, _, names in os.walk(folder, followlinks=True) for name in names]


@pytest.mark.parametrize("id_", HIDDEN)
def test_rows_of_ordinary_tables_are_hidden(tmp_path: Path, id_: str) -> None:
    _, folder = adapted(tmp_path, id_)
    made, task = read_adapted(folder), load_task(folder)
    assert made is not None
    assert (made.id, made.hidden, made.why) == (id_, True, "")
    assert (task.name, task.score) == (id_, "holdout")
    assert (task.metric, task.id, task.prediction_columns) == HIDDEN[id_]
    result = prepare(task, tmp_path / "session", 0)
    assert result.view.description.startswith(f"# {id_}")


@pytest.mark.parametrize("id_", REPORTED)
def test_of_other_data_scripts_report_their_scores(tmp_path: Path, id_: str) -> None:
    _, folder = adapted(tmp_path, id_)
    made, task = read_adapted(folder), load_task(folder)
    assert made is not None
    assert not made.hidden
    assert task.score == "reported"
    assert (task.metric, task.direction, task.prediction_columns) == REPORTED[id_]
    assert "report their own scores" in " ".join(remarks_of(folder, "auto"))
    shown = {path.name for path in prepare(task, tmp_path / "session", 0).inputs[0].iterdir()}
    assert {p.name for p in (tmp_path / "data" / id_ / "prepared" / "public").iterdir()} <= shown


def test_tables_that_turn_out_not_to_fit_fall_back_with_the_reason(tmp_path: Path) -> None:
    may_2022(tmp_path / "data")
    id_ = "tabular-playground-series-may-2022"
    train = tmp_path / "data" / id_ / "prepared" / "public" / "train.csv"
    lines = train.read_text().splitlines()
    train.write_text("\n".join([*lines, lines[-1]]) + "\n")
    made = read_adapted(adapt(CompetitionFolder(id_, tmp_path / "data" / id_), tmp_path / "cache"))
    assert made is not None
    assert not made.hidden
    assert "repeat" in made.why


@pytest.mark.parametrize("id_", LAYOUTS)
def test_private_files_are_below_neither_task_nor_session(tmp_path: Path, id_: str) -> None:
    competition, folder = adapted(tmp_path, id_)
    prepare(load_task(folder), tmp_path / "session", 0)
    secret = {path.read_bytes() for path in competition.private.iterdir()}
    for place in (folder, tmp_path / "session"):
        found = files_below(place)
        assert found
        assert not [path for path in found if path.resolve().is_relative_to(competition.private)]
        assert not [path for path in found if path.read_bytes() in secret]


def test_public_data_are_linked_and_left_alone(tmp_path: Path) -> None:
    competition, folder = adapted(tmp_path, "dogs-vs-cats-redux-kernels-edition")
    before = {path: path.stat().st_mode for path in competition.root.rglob("*")}
    result = prepare(load_task(folder), tmp_path / "session", 0)
    assert (result.inputs[0] / "train").readlink() == competition.public / "train"
    remove_tree(tmp_path / "session")
    assert {path: path.stat().st_mode for path in competition.root.rglob("*")} == before


def test_the_folder_is_made_once_and_anew_when_the_data_change(tmp_path: Path) -> None:
    competition, folder = adapted(tmp_path, "spaceship-titanic")
    made = (folder / "task.toml").stat().st_ino
    assert adapt(competition, tmp_path / "cache") == folder
    assert (folder / "task.toml").stat().st_ino == made
    (competition.public / "extra.csv").write_text("a\n1\n")
    assert adapt(competition, tmp_path / "cache") != folder
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.name.startswith(".")] == []


def test_a_competition_is_found_by_id_and_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spaceship(tmp_path / "data")
    monkeypatch.setenv("TUI_AIDE_MLEBENCH_DIR", str(tmp_path / "data"))
    expected = CompetitionFolder("spaceship-titanic", tmp_path / "data" / "spaceship-titanic")
    assert find_competition("mlebench:spaceship-titanic") == expected
    assert find_competition(f"mlebench:{expected.root}") == expected
    monkeypatch.delenv("TUI_AIDE_MLEBENCH_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert data_dir() == tmp_path / "mle-bench" / "data"


@pytest.mark.parametrize(
    ("word", "kind", "message"),
    [
        ("mlebench:spaceship-titanik", UsageError, "Did you mean 'spaceship-titanic'"),
        ("mlebench:leaf-classification", TaskError, "run `mlebench prepare -c leaf-classification`"),
        ("mlebench:..", UsageError, "no competition's id"),
        ("mlebench:", UsageError, "no competition's id"),
    ],
)
def test_what_cannot_be_found_is_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, kind: type[UsageError], message: str
) -> None:
    monkeypatch.setenv("TUI_AIDE_MLEBENCH_DIR", str(tmp_path))
    with pytest.raises(kind, match=message):
        find_competition(word)


def test_a_competition_of_ones_own_needs_a_leaderboard_to_tell_the_direction(tmp_path: Path) -> None:
    spaceship(tmp_path)
    (tmp_path / "spaceship-titanic").rename(tmp_path / "ours")
    competition = CompetitionFolder("ours", tmp_path / "ours")
    with pytest.raises(TaskError, match=r"leaderboard\.csv"):
        adapt(competition, tmp_path / "cache")
    write_leaderboard(tmp_path, "ours", [0.1, 0.2, 0.3])
    task: Task = load_task(adapt(competition, tmp_path / "cache"))
    assert (task.direction, task.score) == ("min", "reported")


def test_facts_and_flags_are_of_known_competitions() -> None:
    assert len(COMPETITIONS) == 82
    assert set(TABLES) <= set(COMPETITIONS)
    assert set(FLAGS) <= set(COMPETITIONS)


def test_a_flag_is_told_to_the_user_and_not_to_the_model(tmp_path: Path) -> None:
    _, folder = adapted(tmp_path, "tabular-playground-series-may-2022")
    (line,) = remarks_of(folder, "auto")
    assert line.startswith("warning: tabular-playground-series-may-2022 is crowded")
    assert "sandbox" in remarks_of(folder, "none")[-1]
    view = prepare(load_task(folder), tmp_path / "session", 0).view
    assert "crowded" not in " ".join((view.description, view.goal, *view.notes))


def test_other_folders_have_no_remarks(tmp_path: Path) -> None:
    assert remarks_of(tmp_path, "none") == []
