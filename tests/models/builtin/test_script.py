from __future__ import annotations

import warnings
from typing import Any, get_args

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.builtin.views import proposal
from tui_aide.models.builtin.choice import read_context
from tui_aide.models.builtin.cost import estimate
from tui_aide.models.builtin.drafts import draft
from tui_aide.models.builtin.facts import read_facts
from tui_aide.models.builtin.families import FAMILIES
from tui_aide.models.builtin.moves import moves
from tui_aide.models.builtin.recipe import Family, Member, Recipe, fingerprint, read_marker, write_marker
from tui_aide.models.builtin.repairs import REPAIRS, sounder
from tui_aide.models.builtin.script import write_script
from tui_aide.tasks.metrics import METRICS
from tui_aide.tasks.task import Column, TaskView


def columns() -> st.SearchStrategy[Column]:
    """Columns of every kind, with any name and samples that need not fit their kind."""
    name = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
    return st.builds(
        Column,
        name=name,
        kind=st.sampled_from(["numeric", "categorical", "boolean", "date", "text", "id", "constant"]),
        dtype=st.sampled_from(["int64", "float64", "str", "object", "bool"]),
        unique=st.integers(0, 2000),
        missing=st.sampled_from([0.0, 0.2, 1.0]),
        samples=st.lists(st.sampled_from(["1", "2.5", "3 cm", "a b", "2021-01-05", "5.1.2020"]), max_size=4).map(tuple),
        minimum=st.sampled_from([None, 0.0, -3.0, 2.0]),
        maximum=st.sampled_from([None, 9.0, 1e6]),
        in_test=st.booleans(),
    )


@st.composite
def views(draw: st.DrawFn) -> TaskView:
    """Views of any mix of columns for any metric."""
    metric = draw(st.sampled_from(sorted(METRICS)))
    info = METRICS[metric]
    mixed = draw(st.lists(columns(), max_size=8, unique_by=lambda c: c.name))
    labels: tuple[str, ...] = ()
    if info.kind != "values":
        count = 2 if info.binary else draw(st.sampled_from([2, 3, 12]))
        labels = tuple(str(i) if info.numeric else f'label "{i}"' for i in range(count))
    wide = info.kind == "probabilities" and len(labels) > 2
    return TaskView(
        name="any",
        goal="",
        description="",
        metric=metric,
        direction=info.direction,
        kind=info.kind,
        target="the 'target'",
        id=draw(st.sampled_from(["id", ""])),
        prediction_columns=labels if wide else ("the 'target'",),
        classes=labels,
        columns=tuple(mixed),
        train_rows=draw(st.sampled_from([1, 20, 300, 5000, 1_000_000])),
        test_rows=draw(st.sampled_from([1, 500, 1_000_000])),
        files={},
        split=draw(st.sampled_from(["random", "stratified", "group:clinic", "time:when"])),
    )


def check(recipe: Recipe, view: TaskView) -> None:
    facts = read_facts(view)
    script = write_script(recipe, facts)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compile(script, "solution.py", "exec")
    assert read_marker(script) == recipe
    assert script.count("\n\n\n\n") == 0


@settings(max_examples=60, deadline=None)
@given(views(), st.integers(0, 10_000), st.integers(0, 20))
def test_every_draft_and_all_its_neighbours_compile(view: TaskView, seed: int, number: int) -> None:
    facts = read_facts(view)
    context = read_context(proposal(view, number=number), facts, seed)
    recipe = draft(context).recipe
    check(recipe, view)
    check(sounder(recipe, facts), view)
    for move in moves(recipe, context):
        check(move.recipe, view)
        assert estimate(move.recipe, facts) > 0
    for repair in REPAIRS:
        check(repair.mend(recipe, facts), view)


@settings(max_examples=60, deadline=None)
@given(views(), st.data())
def test_any_recipe_compiles(view: TaskView, data: st.DataObject) -> None:
    facts = read_facts(view)
    allowed = [f for f in get_args(Family) if FAMILIES[f].regressor or not facts.regression]
    picked = data.draw(st.lists(st.sampled_from(allowed), min_size=1, max_size=4))
    fields: dict[str, Any] = {"members": tuple(Member(f) for f in picked)}
    for field in msgspec.structs.fields(Recipe):
        if field.type is bool:
            fields[field.name] = data.draw(st.booleans(), label=field.name)
        elif get_args(field.type) and all(isinstance(a, str) for a in get_args(field.type)):
            fields[field.name] = data.draw(st.sampled_from(get_args(field.type)), label=field.name)
    if facts.ordered and fields["ordered"]:
        fields["members"] = tuple(m for m in fields["members"] if FAMILIES[m.family].regressor) or (Member("linear"),)
    check(Recipe(**fields), view)


def test_marker_of_a_foreign_or_spoilt_script_is_none() -> None:
    assert read_marker("print('hello')\n") is None
    assert read_marker('# recipe: {"members": [{"family": "oracle"}]}\n') is None
    assert read_marker("# recipe: {not json\n") is None


def test_fingerprint_ignores_the_seed_only() -> None:
    a = Recipe(members=(Member("linear"),), seed=1)
    assert fingerprint(a) == fingerprint(msgspec.structs.replace(a, seed=2))
    assert fingerprint(a) != fingerprint(msgspec.structs.replace(a, folds=3))
    assert read_marker(write_marker(a)) == a
