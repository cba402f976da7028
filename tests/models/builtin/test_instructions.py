from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.models.builtin.views import ask, attempt, inputs, proposal, request, script_of, target_of, write_task
from tui_aide.models.builtin.facts import Facts, read_facts
from tui_aide.models.builtin.families import settings
from tui_aide.models.builtin.instructions import follow
from tui_aide.models.builtin.recipe import Member, Recipe, read_marker
from tui_aide.models.builtin.script import write_script

START = Recipe(members=(Member("boosting"),))


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    table = inputs()
    return read_facts(write_task(tmp_path, table, target_of(table, "values", 0) - 0.0 + 99, "rmse"))


def followed(text: str, facts: Facts, start: Recipe = START) -> Recipe:
    return follow(text, start, facts, random.Random(0))[0]


def test_a_named_family_replaces_the_model(facts: Facts) -> None:
    assert followed("try random forest", facts).families == ("forest",)
    assert followed("Try an SVM instead", facts).families == ("svm",)
    assert followed("use XGBoost or LightGBM", facts, Recipe(members=(Member("knn"),))).families == ("boosting",)


def test_blending_keeps_what_was_there(facts: Facts) -> None:
    assert followed("blend with a neural network", facts).families == ("boosting", "mlp")
    stacked = followed("stack it with ridge regression", facts)
    assert stacked.families == ("boosting", "linear")
    assert stacked.stack
    assert len(followed("blend several models", facts).members) > 1


def test_folds_seeds_and_sizes_are_read(facts: Facts) -> None:
    assert followed("use 7 folds", facts).folds == 7
    assert followed("ten-fold validation with three seeds", facts).folds == 10
    assert followed("ten-fold validation with three seeds", facts).repeats == 3
    assert settings(followed("more trees please", facts).members[0])["rounds"] == 240
    assert settings(followed("a lower learning rate", facts).members[0])["rate"] == pytest.approx(0.05)


def test_target_and_features_are_read(facts: Facts) -> None:
    assert followed("log transform the target", facts).log_target
    assert followed("add interactions and clip outliers", facts).clip
    assert followed("add interactions and clip outliers", facts).interactions
    assert followed("use character n-grams", facts).text == "both"
    assert not followed("do not use the log", facts, Recipe(members=START.members, log_target=True)).log_target


def test_columns_are_left_out_and_brought_back(facts: Facts) -> None:
    without = followed("please drop column größe ß and 'town'", facts)
    assert set(without.drop) == {"größe ß", "town"}
    assert followed("use town again", facts, without).drop == ("größe ß",)


def test_log_loss_is_no_logarithm_of_the_target(facts: Facts) -> None:
    assert not followed("improve the log loss", facts).log_target


async def test_the_rationale_says_what_was_understood(tmp_path: Path) -> None:
    table = inputs()
    view = write_task(tmp_path, table, target_of(table, "labels", 2), "f1")
    parent = attempt(write_script(START, read_facts(view)))
    asked = proposal(view, "branch", (parent,), instruction="use extra trees and bring me coffee")
    reasoning, answer, _ = await ask(request(asked))
    assert "What I understood of it: use extremely randomised trees." in reasoning
    recipe = read_marker(script_of(answer))
    assert recipe is not None
    assert recipe.families == ("extra_trees",)
    asked = proposal(view, "branch", (parent,), instruction="bring me coffee")
    reasoning, _, _ = await ask(request(asked))
    assert "I understand nothing" in reasoning
