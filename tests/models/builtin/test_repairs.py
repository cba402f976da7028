from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.models.builtin.views import attempt, inputs, proposal, target_of, write_task
from tui_aide.models.builtin.choice import Choice, read_context
from tui_aide.models.builtin.facts import read_facts
from tui_aide.models.builtin.recipe import Family, Member, Recipe, change
from tui_aide.models.builtin.repairs import repair
from tui_aide.models.builtin.script import write_script
from tui_aide.tasks.task import TaskView
from tui_aide.tree.node import Verdict


@pytest.fixture
def view(tmp_path: Path) -> TaskView:
    table = inputs()
    return write_task(tmp_path, table, target_of(table, "labels", 3), "accuracy")


def repaired(view: TaskView, recipe: Recipe, output: str, verdict: Verdict = "crash", depth: int = 0) -> Choice:
    facts = read_facts(view)
    parent = attempt(write_script(recipe, facts), verdict, output=output, depth=depth)
    return repair(read_context(proposal(view, "debug", (parent,)), facts, 0))


@pytest.mark.parametrize(
    ("family", "slip", "output"),
    [
        ("svm", {"impute": False}, "ValueError: Input X contains NaN.\nSVC does not accept missing values"),
        ("forest", {"tidy_numbers": False}, "ValueError: could not convert string to float: '4.1 cm'"),
        ("linear", {"fill_text": False}, "ValueError: np.nan is an invalid document, expected byte or unicode string."),
        ("linear", {"tolerate_unknown": False}, "ValueError: Found unknown categories ['town 3'] in column 2"),
        ("knn", {"parse_dates": False}, 'ValueError: time data "12.03.2021" doesn\'t match format "%Y-%m-%d"'),
        ("svm", {"calibrated": False}, "AttributeError: This 'Pipeline' has no attribute 'predict_proba'"),
        ("boosting", {"latent": 0}, "TypeError: Sparse data was passed for X, but dense data is required."),
        ("linear", {"decode": False}, "column 'target': unknown class '0' in 53 rows; classes are 'class é0'"),
    ],
)
def test_the_cause_is_read_from_the_traceback(
    view: TaskView, family: Family, slip: dict[str, Any], output: str
) -> None:
    sound = Recipe(members=(Member(family),))
    choice = repaired(view, change(sound, **slip), output)
    field = next(iter(slip))
    assert getattr(choice.recipe, field) not in (False, 0)
    assert choice.recipe.members == sound.members
    assert choice.reasons[1].startswith("The cause: ")


def test_a_timeout_makes_the_script_smaller(view: TaskView) -> None:
    recipe = Recipe(members=(Member("svm"), Member("boosting")))
    assert repaired(view, recipe, "", "timeout").recipe.families == ("svm",)
    single = Recipe(members=(Member("svm"),))
    assert repaired(view, single, "", "timeout").recipe.folds == 3
    assert repaired(view, change(single, folds=3), "", "out_of_memory").recipe.rows > 0


def test_an_unknown_error_leads_to_a_plainer_script(view: TaskView) -> None:
    recipe = Recipe(members=(Member("mlp"),), impute=False, tidy_numbers=False)
    choice = repaired(view, recipe, "ZeroDivisionError: division by zero")
    assert choice.recipe.impute
    assert choice.recipe.tidy_numbers
    assert "ZeroDivisionError" in choice.reasons[0]
    again = repaired(view, choice.recipe, "ZeroDivisionError: division by zero", depth=1)
    assert again.recipe.families == ("boosting",)


def test_a_foreign_script_is_replaced(view: TaskView) -> None:
    facts = read_facts(view)
    parent = attempt("import torch\n", "crash", output="ModuleNotFoundError: No module named 'torch'")
    choice = repair(read_context(proposal(view, "debug", (parent,)), facts, 0))
    assert "not one of mine" in choice.reasons[0]
