from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.models.builtin.views import attempt, inputs, proposal, target_of, write_task
from tui_aide.models.builtin.choice import Choice, read_context
from tui_aide.models.builtin.facts import read_facts
from tui_aide.models.builtin.improvements import improve, merge
from tui_aide.models.builtin.moves import moves
from tui_aide.models.builtin.recipe import Member, Recipe, fingerprint
from tui_aide.models.builtin.script import write_script
from tui_aide.models.chat import Attempt
from tui_aide.tasks.task import TaskView

PARENT = Recipe(members=(Member("boosting"),))


@pytest.fixture
def view(tmp_path: Path) -> TaskView:
    table = inputs()
    return write_task(tmp_path, table, target_of(table, "probabilities", 2), "log_loss")


def improved(view: TaskView, parent: Attempt, memory: tuple[Attempt, ...] = (), seed: int = 0) -> Choice:
    asked = proposal(view, "improve", (parent,), memory, number=7)
    return improve(read_context(asked, read_facts(view), seed))


def test_an_improvement_changes_one_thing_and_keeps_the_seed(view: TaskView) -> None:
    parent = attempt(write_script(PARENT, read_facts(view)))
    for seed in range(20):
        choice = improved(view, parent, seed=seed)
        fields = msgspec.structs.asdict(PARENT)
        changed = {k for k, v in msgspec.structs.asdict(choice.recipe).items() if v != fields[k]}
        assert len(changed) == 1
        assert choice.recipe.seed == PARENT.seed
        assert any(reason.startswith("One change: ") for reason in choice.reasons)


def test_what_was_tried_is_not_proposed_again(view: TaskView) -> None:
    facts = read_facts(view)
    parent = attempt(write_script(PARENT, facts))
    memory: tuple[Attempt, ...] = ()
    seen = {fingerprint(PARENT)}
    for node in range(1, 25):
        recipe = improved(view, parent, memory, seed=node).recipe
        assert fingerprint(recipe) not in seen
        seen.add(fingerprint(recipe))
        memory = (*memory, attempt(write_script(recipe, facts), node=node, score=0.6))


def test_when_every_single_change_was_tried_two_are_made_at_once(view: TaskView) -> None:
    facts = read_facts(view)
    parent = attempt(write_script(PARENT, facts))
    asked = proposal(view, "improve", (parent,), number=7)
    near = [move.recipe for move in moves(PARENT, read_context(asked, facts, 0))]
    memory = tuple(attempt(write_script(r, facts), node=n, score=0.6) for n, r in enumerate(near, 1))
    choice = improved(view, parent, memory)
    assert "two at once" in choice.reasons[1]
    assert fingerprint(choice.recipe) not in {fingerprint(recipe) for recipe in near}


def test_a_proven_family_joins_a_blend_with_its_own_parameters(view: TaskView) -> None:
    facts = read_facts(view)
    parent = attempt(write_script(PARENT, facts), node=1, score=0.4)
    proven = Recipe(members=(Member("svm", {"C": 30.0}),))
    other = attempt(write_script(proven, facts), node=2, score=0.45)
    blends = [improved(view, parent, (other,), seed).recipe for seed in range(30)]
    assert any(recipe.members == (*PARENT.members, *proven.members) for recipe in blends)


def test_a_foreign_script_is_answered_by_a_sound_fresh_one(view: TaskView) -> None:
    choice = improved(view, attempt("print('mine')\n"))
    assert "not one of mine" in choice.reasons[0]
    assert choice.recipe.impute
    assert choice.recipe.tidy_numbers


def test_merging_keeps_the_members_of_both_parents(view: TaskView) -> None:
    facts = read_facts(view)
    a = attempt(write_script(PARENT, facts), node=1)
    b = attempt(write_script(Recipe(members=(Member("linear"), Member("boosting"))), facts), node=2)
    choice = merge(read_context(proposal(view, "merge", (a, b)), facts, 0))
    assert set(choice.recipe.families) == {"boosting", "linear"}


def test_log_of_the_target_is_not_proposed_for_negative_targets(tmp_path: Path) -> None:
    table = inputs()
    view = write_task(tmp_path, table, target_of(table, "values", 0) * 10, "rmse")
    facts = read_facts(view)
    parent = attempt(write_script(PARENT, facts))
    for seed in range(40):
        assert not improved(view, parent, seed=seed).recipe.log_target
