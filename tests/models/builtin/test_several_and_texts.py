"""Scripts for several targets and for free text: real ones, run on prepared tasks and scored."""

from __future__ import annotations

import runpy
from pathlib import Path

import msgspec
import pytest

from tests.models.builtin.views import proposal, request
from tests.tasks import test_free_text, test_several_targets
from tui_aide.models.builtin.facts import read_facts
from tui_aide.models.builtin.lookup import Lookup, choose_lookup, read_lookup, write_lookup
from tui_aide.models.builtin.proposer import compose
from tui_aide.models.builtin.recipe import Family, Member, Recipe, read_marker
from tui_aide.models.builtin.script import write_script
from tui_aide.models.builtin.several import suited
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.preparing import prepare
from tui_aide.tasks.scoring import Scorer
from tui_aide.tasks.task import Prepared


def scored(code: str, prepared: Prepared, session: Path, monkeypatch: pytest.MonkeyPatch) -> float:
    work = session / "work"
    work.mkdir(exist_ok=True)
    if not (work / "input").exists():
        (work / "input").symlink_to(prepared.inputs[0])
    (work / "solution.py").write_text(code)
    monkeypatch.chdir(work)
    runpy.run_path("solution.py", run_name="__main__")
    return Scorer(session).score(session / "nodes" / "1", [work / "submission.csv"]).value


@pytest.mark.parametrize("family", ["linear", "boosting", "svm", "forest"])
def test_several_labels_are_predicted_well(family: Family, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = test_several_targets.folder_of(tmp_path / "t", test_several_targets.labelled(400), "folds = 1\n")
    prepared = prepare(load_task(folder), tmp_path / "s", 0)
    facts = read_facts(prepared.view)
    assert (facts.numeric, facts.target, facts.several) == (("a", "b", "c"), None, True)
    recipe = suited(Recipe(members=(Member(family),), folds=3, stack=True, balanced=True), facts)
    code = write_script(recipe, facts)
    assert ("MultiOutputRegressor" in code) == (family in ("boosting", "svm"))
    assert scored(code, prepared, tmp_path / "s", monkeypatch) > 0.8


def test_several_values_are_predicted_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = "folds = 1\n"
    folder = test_several_targets.folder_of(tmp_path / "t", test_several_targets.measured(400), toml)
    prepared = prepare(load_task(folder), tmp_path / "s", 0)
    facts = read_facts(prepared.view)
    blend = Recipe(members=(Member("linear"), Member("extra_trees", {"trees": 30})), folds=3)
    assert scored(write_script(suited(blend, facts), facts), prepared, tmp_path / "s", monkeypatch) < 0.5


@pytest.mark.parametrize("number", range(6))
def test_every_draft_for_several_targets_is_suited(number: int, tmp_path: Path) -> None:
    folder = test_several_targets.folder_of(tmp_path / "t", test_several_targets.labelled(400))
    prepared = prepare(load_task(folder), tmp_path / "s", 0)
    _, answer = compose(request(proposal(prepared.view, number=number), seed=number))
    recipe = read_marker(answer)
    assert recipe is not None
    assert recipe == suited(recipe, read_facts(prepared.view))
    assert recipe.members[0].family != "naive_bayes"


@pytest.mark.parametrize(
    "choice", [Lookup(), Lookup(context=True, fallback="shape", least=2), Lookup(fallback="nearest")]
)
def test_texts_are_looked_up(choice: Lookup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = 'kind = "texts"\nsplit = "group:sentence"\nfolds = 1\n'
    folder = test_free_text.folder_of(tmp_path / "t", 600, toml)
    train = (folder / "train.csv").read_text().splitlines()
    # every other sentence says the same, so that there is something to look up
    (folder / "train.csv").write_text("\n".join([train[0], *(_repeated(line) for line in train[1:])]) + "\n")
    prepared = prepare(load_task(folder), tmp_path / "s", 0)
    code = write_lookup(choice, read_facts(prepared.view))
    assert read_lookup(code) == choice
    assert scored(code, prepared, tmp_path / "s", monkeypatch) > 0.3


def _repeated(line: str) -> str:
    name, sentence, _, _ = line.split(",")
    return f"{name},{sentence},yes,yes indeed" if int(name[1:]) % 2 else line


def test_choices_for_texts_are_not_tried_twice(tmp_path: Path) -> None:
    folder = test_free_text.folder_of(tmp_path / "t", 100, 'kind = "texts"\n')
    prepared = prepare(load_task(folder), tmp_path / "s", 0)
    chosen = [choose_lookup(proposal(prepared.view, number=number), 0) for number in range(7)]
    assert len(set(chosen)) == 7
    reasoning, answer = compose(request(proposal(prepared.view)))
    assert "no language model" in reasoning
    assert read_lookup(answer) is not None


def test_an_array_for_each_id_is_described_where_the_description_tells_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    folder = tmp_path / "t"
    folder.mkdir()
    spotted = rng.integers(0, 2, size=240)
    images = rng.uniform(100, 120, size=(240, 8, 8, 3))
    images[spotted == 1, 3:5, 3:5] += 60
    ids = 700 + rng.permutation(240)
    table = pd.DataFrame({"tile": ids, "noise": rng.normal(size=240), "fault": np.where(spotted, "spot", "none")})
    table.iloc[:180].to_csv(folder / "train.csv", index=False)
    table.iloc[180:].drop(columns="fault").to_csv(folder / "test.csv", index=False)
    np.savez(folder / "images.npz", tile=ids, images=images.astype(np.uint8))
    (folder / "task.toml").write_text('target = "fault"\nid = "tile"\nmetric = "log_loss"\nfolds = 1\n')
    described = "# Tiles\n\n- `images.npz`: arrays `tile` (n,) and `images` (n, 8, 8, 3)\n"
    (folder / "description.md").write_text(described)
    prepared = prepare(load_task(folder), tmp_path / "s", 0)
    facts = read_facts(prepared.view)
    assert facts.arrays == "input/images.npz"
    for recipe in (Recipe(members=(Member("linear"),), folds=3), Recipe(members=(Member("forest"),), folds=3)):
        assert scored(write_script(recipe, facts), prepared, tmp_path / "s", monkeypatch) < 0.2
    untold = msgspec.structs.replace(prepared.view, description="# Tiles\n\n- `images.npz`: pictures\n")
    assert read_facts(untold).arrays == ""
