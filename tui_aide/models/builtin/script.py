"""Assembles a complete script from a recipe: which parts it needs, in which order, and its `main`."""

from __future__ import annotations

import textwrap

from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.families import FAMILIES
from tui_aide.models.builtin.fragments import (
    arrays,
    decisions,
    drift,
    features,
    models,
    preparation,
    reading,
    scoring,
    validation,
)
from tui_aide.models.builtin.fragments.layout import Imports, listed, quoted
from tui_aide.models.builtin.recipe import Recipe, write_marker

_ITERATIVE = frozenset({"mlp", "elastic", "sgd"})
_SEEDED = """

# Target encoding and mutual information draw from the global generator.
np.random.seed(SEED)"""
_QUIET = """

# Training stops early on purpose: more passes over the rows would fit noise.
warnings.filterwarnings("ignore", category=ConvergenceWarning)"""


def write_script(recipe: Recipe, facts: Facts, threads: int = 1) -> str:
    """Return a complete script.

    Args:
        recipe: every choice that the script is written from.
        facts: what is known of the data.
        threads: CPU threads that a run may use.

    Returns:
        str: Python source that reads ./input and writes ./submission.csv.
    """
    imports = Imports()
    columns = reading.Columns(recipe, facts)
    names = models.builder_names(recipe)
    parts = [reading.reading(facts, imports)]
    parts += [part for part in (arrays.reading_arrays(facts, imports),) if part]
    parts.append(features.features(recipe, facts, columns, imports))
    gone = drift.drift_function(recipe, facts, columns, imports)
    if gone:
        parts.append(gone)
    scaled = [m for m in recipe.members if FAMILIES[m.family].inputs == "scaled"]
    if scaled:
        apart = models.splits_inputs(recipe, columns)
        dense = not apart and any(m.family in models.DENSE for m in scaled)
        parts.append(preparation.scaled_inputs("scaled_inputs", recipe, facts, columns, imports, dense))
        if apart:
            parts.append(preparation.scaled_inputs("dense_inputs", recipe, facts, columns, imports, dense=True))
    trees = [m for m in recipe.members if FAMILIES[m.family].inputs == "tree"]
    gaps = bool(facts.missing_numbers) or recipe.ratios or recipe.coerce
    impute = gaps and any(not FAMILIES[m.family].takes_missing for m in trees)
    if trees and preparation.needs_tree_inputs(recipe, facts, columns, impute):
        parts.append(preparation.tree_inputs(recipe, facts, columns, imports, impute))
    for name, member in zip(names, recipe.members, strict=True):
        parts.append(models.builder(name, member, recipe, facts, columns, imports, threads))
    ordered = recipe.ordered and facts.ordered
    parts.append(scoring.ordered_scoring(imports) if ordered else scoring.scoring(facts, imports))
    parts.append(validation.validation(recipe, facts, imports))
    if len(names) > 1:
        parts.append(decisions.stacking(recipe, facts, imports) if recipe.stack else decisions.blending(facts, imports))
    decision = decisions.decision_function(recipe, facts, imports)
    if decision:
        parts.append(decision)
    parts.append(_main(recipe, facts, columns, names))
    body = "\n\n\n".join(parts)
    head = f'"""{_docstring(recipe, facts)}"""\n\n{write_marker(recipe)}\n\n'
    constants = reading.constants(recipe, facts, columns)
    if (recipe.categories == "target" and columns.categorical) or recipe.select < 100:
        imports.module("numpy", "np")
        constants += _SEEDED
    if any(m.family in _ITERATIVE for m in recipe.members):
        imports.module("warnings")
        imports.names("sklearn.exceptions", "ConvergenceWarning")
        constants += _QUIET
    return f'{head}{imports.text()}\n\n{constants}\n\n\n{body}\n\n\nif __name__ == "__main__":\n    main()\n'


def title(recipe: Recipe) -> str:
    """Return what the script does in a few words."""
    names = [FAMILIES[m.family].title for m in recipe.members]
    if len(names) == 1:
        return names[0]
    return f"{'stack' if recipe.stack else 'blend'} of {', '.join(names[:-1])} and {names[-1]}"


def _docstring(recipe: Recipe, facts: Facts) -> str:
    """Return the text of the script's docstring."""
    head = title(recipe)
    first = textwrap.fill(f"{head[0].upper()}{head[1:]}, {recipe.folds}-fold.", 96)
    more = "The prediction for the test rows is the mean over the models of all folds."
    if len(recipe.members) > 1 and not recipe.stack:
        more = "Every member predicts as the mean of its fold models; weights come from out-of-fold predictions."
    return f"{first}\n\n{more}\n"


def _main(recipe: Recipe, facts: Facts, columns: reading.Columns, names: list[str]) -> str:
    """Return the function that runs everything."""
    lines = ["train, test_table = read_tables()"]
    if facts.several:
        lines.append("y = train[TARGETS].to_numpy(float)")
    elif facts.regression:
        lines.append("y = train[TARGET].to_numpy(float)")
    else:
        label, read = ("float(label)", ".astype(float)") if facts.numbered else ("label", "")
        lines.append(f"codes_of = {{{label}: code for code, label in enumerate(CLASSES)}}")
        lines.append(f"y = train[TARGET]{read}.map(codes_of).to_numpy(int)")
    lines += ["X = make_features(train)", "X_test = make_features(test_table)[X.columns]"]
    kind, _, column = facts.view.split.partition(":")
    order = "np.arange(len(y))"
    if kind == "time" and column:
        by = f"train[{quoted(column)}]"
        if column in facts.dates:
            by = f'pd.to_datetime({by}, errors="coerce", format="mixed")'
        order = f"np.argsort({by}.to_numpy())"
    lines += drift.drift_lines(recipe, columns, order)
    lines.append('print(f"{len(X)} training rows, {len(X_test)} test rows, {X.shape[1]} inputs")')
    groups = validation.groups_line(facts).strip()
    extra = ", groups" if groups else ""
    lines += [groups] if groups else []
    if len(names) == 1:
        lines.append(f"oof, test = cross_validate(build_{names[0]}, X, y, X_test{extra})")
    else:
        lines.append(f"builders = [{', '.join(f'build_{n}' for n in names)}]")
        lines += ["oofs, tests = [], []", "for build in builders:"]
        lines += ["    print(build.__name__)", f"    oof, test = cross_validate(build, X, y, X_test{extra})"]
        lines += ["    oofs.append(oof)", "    tests.append(test)"]
        if recipe.stack:
            lines.append("oof, test = stack(y, oofs, tests)")
            if facts.regression and recipe.floor and validation.has_floor(facts):
                lines.append("oof, test = np.maximum(oof, y.min()), np.maximum(test, y.min())")
        else:
            lines.append("weights = blend_weights(y, oofs)")
            lines.append('print("weights:", np.round(weights, 2))')
            lines.append("oof = sum(w * p for w, p in zip(weights, oofs))")
            lines.append("test = sum(w * p for w, p in zip(weights, tests))")
    metric = scoring.own_metric(facts).replace("_", " ")
    lines.append(f'print(f"cross-validated {metric}: {{score(y, oof):.5f}}")')
    lines += decisions.decision_lines(recipe, facts)
    if facts.view.score == "reported":
        sign = "" if scoring.higher_is_better(facts) == (facts.view.direction == "max") else "-"
        lines.append(f'print(f"score: {{{sign}{decisions.final_score(recipe, facts)}:.6f}}")')
    lines += _submission(recipe, facts)
    return (
        "def main():\n"
        + '    """Cross-validate, predict the test rows and write the submission."""\n'
        + "".join(f"    {line}\n" for line in lines).rstrip("\n")
    )


def _submission(recipe: Recipe, facts: Facts) -> list[str]:
    """Return the lines that write submission.csv."""
    view = facts.view
    lines = []
    if view.id:
        lines.append("submission = pd.DataFrame({ID: test_table[ID]})")
    else:
        lines.append("submission = pd.DataFrame(index=test_table.index)")
    columns = view.prediction_columns
    if view.targets:
        test = "test" if view.kind == "values" else "np.clip(test, 0.001, 0.999)"
        lines.append(f"submission = submission.join(pd.DataFrame({test}, columns=TARGETS, index=submission.index))")
    elif view.kind == "values":
        lines.append(f"submission[{quoted(columns[0])}] = test")
    elif view.kind == "labels":
        labels = "[CLASSES[code] for code in codes]" if recipe.decode else "codes"
        lines.append(f"submission[{quoted(columns[0])}] = {labels}")
    elif len(columns) == 1:
        lines.append(f"submission[{quoted(columns[0])}] = test[:, {1 if len(view.classes) == 2 else 0}]")
    elif columns == view.classes:
        lines.append("submission[CLASSES] = test")
    else:
        text = listed("columns", columns)
        lines += text.split("\n")
        lines.append("submission[columns] = test")
    separator = f", sep={quoted(view.separator)}" if view.separator != "," else ""
    lines.append(f'submission.to_csv("submission.csv", index=False{separator})')
    return lines
