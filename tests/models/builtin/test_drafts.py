from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.models.builtin.views import attempt, inputs, proposal, target_of, write_task
from tui_aide.models.builtin.choice import Choice, read_context
from tui_aide.models.builtin.drafts import draft
from tui_aide.models.builtin.facts import read_facts
from tui_aide.models.builtin.recipe import Recipe
from tui_aide.models.builtin.script import write_script
from tui_aide.models.chat import Attempt
from tui_aide.tasks.task import Column, TaskView


@pytest.fixture
def view(tmp_path: Path) -> TaskView:
    table = inputs()
    return write_task(tmp_path, table, target_of(table, "labels", 3), "accuracy")


def drafted(view: TaskView, number: int, seed: int = 0, memory: tuple[Attempt, ...] = ()) -> Choice:
    return draft(read_context(proposal(view, number=number, memory=memory), read_facts(view), seed))


def test_facts_read_the_roles_of_columns(view: TaskView) -> None:
    facts = read_facts(view)
    assert facts.tidy == ("length",)
    assert facts.dates == ("bought",)
    assert facts.text == ("note",)
    assert set(facts.categorical) == {"colour", "paint", "town"}
    assert {"size", "weight", "größe ß", "flag"} <= set(facts.numeric)
    assert ("size", "weight") in facts.positive_pairs
    assert ("colour", "paint") in facts.alike
    assert facts.many_valued == ("town",)


def test_drafts_written_at_the_same_time_take_different_families(view: TaskView) -> None:
    families = [drafted(view, number, seed=number).recipe.members[0].family for number in range(5)]
    assert len(set(families)) == 5


def test_infinite_numbers_are_seen_in_the_preview_and_taken_as_missing(view: TaskView) -> None:
    assert not read_facts(view).infinite
    columns = tuple(  # an infinite end does not outlive the JSON that the preview is kept in
        msgspec.structs.replace(c, maximum=None) if c.name == "size" else c for c in view.columns
    )
    infinite = msgspec.structs.replace(view, columns=columns)
    recipe = drafted(infinite, 0).recipe
    assert recipe.infinities
    script = write_script(recipe, read_facts(infinite))
    assert "replace([np.inf, -np.inf], np.nan)" in script


def test_drafts_one_after_another_take_families_that_memory_lacks(view: TaskView) -> None:
    memory: tuple[Attempt, ...] = ()
    families = []
    for node in range(6):
        choice = drafted(view, 0, seed=node, memory=memory)
        families.append(choice.recipe.members[0].family)
        memory = (*memory, attempt(write_script(choice.recipe, read_facts(view)), node=node))
    assert len(set(families)) == 6


def test_about_a_third_of_the_drafts_on_dirty_data_have_a_slip(view: TaskView) -> None:
    def sound(recipe: Recipe) -> bool:
        safeguards = ("impute", "tidy_numbers", "fill_text", "tolerate_unknown", "parse_dates", "calibrated", "decode")
        return all(getattr(recipe, name) for name in safeguards) and recipe.latent > 0

    slips = sum(not sound(drafted(view, 1 + number % 5, seed=number).recipe) for number in range(200))
    assert 30 <= slips <= 90
    assert all(sound(drafted(view, 0, seed).recipe) for seed in range(100))


def test_a_million_rows_get_models_that_scale_and_fewer_rows(view: TaskView) -> None:
    large = msgspec.structs.replace(view, train_rows=1_000_000, test_rows=500_000)
    for number in range(12):
        recipe = drafted(large, number, seed=number).recipe
        assert recipe.members[0].family not in ("svm", "knn", "gaussian_process")
        assert 0 < recipe.rows <= 200_000
        assert recipe.folds <= 3


@pytest.mark.parametrize(
    ("samples", "numbers"),
    [
        (("61", "58", "~40", "55 y"), True),
        (("12 cm", "7.5 cm", "?", "3 cm"), True),
        (("$1,200", "$3.50", "$7", "$9"), True),
        (("t184", "t3", "t77", "t20"), False),
        (("A08", "B11", "C02", "A19"), False),
        (("12a", "13b", "7c", "9d"), False),
        (("red", "green", "3", "blue"), False),
    ],
)
def test_spoilt_numbers_are_told_from_codes(view: TaskView, samples: tuple[str, ...], numbers: bool) -> None:
    column = Column(name="c", kind="categorical", dtype="str", unique=90, missing=0.0, samples=samples)
    facts = read_facts(msgspec.structs.replace(view, columns=(column,)))
    assert (facts.tidy == ("c",)) is numbers
