"""A rough estimate of how long a script trains, so that proposals stay within the limits of a run."""

from __future__ import annotations

import math

from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.families import settings
from tui_aide.models.builtin.recipe import Member, Recipe, change
from tui_aide.models.builtin.several import ONE_TARGET

PLEASANT = 18.0
"""Seconds that a script may take by the estimate even where the limit is far away."""


def _number(values: dict[str, float | int | str], key: str, default: float = 1.0) -> float:
    return float(values.get(key, default))


def _member_seconds(member: Member, recipe: Recipe, facts: Facts, rows: float, width: float) -> float:
    """Return seconds for one fit of a member, as measured on one core of a server of 2023."""
    v = settings(member)
    outputs = len(facts.view.classes) if facts.problem == "multiclass" and not recipe.ordered else 1
    match member.family:
        case "boosting":
            leaves = _number(v, "leaves") / 15
            return outputs * _number(v, "rounds") * (0.0012 * leaves + rows * width * 1.0e-8 * (0.6 + leaves * 0.4))
        case "forest" | "extra_trees":
            share = _number(v, "share") if member.family == "forest" else 0.3 * _number(v, "share")
            cells = rows * width * share * math.log2(rows + 2) / 11
            predict = facts.view.test_rows * 3e-7
            return _number(v, "trees") * (
                0.0008 + predict + cells * 1.6e-7 * (2.5 if facts.regression or recipe.ordered else 1.0)
            )
        case "knn":
            return (rows / 5 + facts.view.test_rows) * rows * width * 4e-10
        case "svm":
            scale = 1.0 if facts.regression or recipe.ordered else 4.0
            return scale * rows * rows * width * 2.5e-9 + facts.view.test_rows * rows * width * 1.5e-9
        case "gaussian_process":
            return 25 * (rows**3 * 4e-11 + rows * rows * width * 2e-9) * outputs
        case "mlp":
            return _number(v, "epochs") * rows * (6e-7 + (width + outputs) * _number(v, "units") * 4e-10)
        case "linear" | "spline":
            knots = _number(v, "knots", 1.0)
            return 0.02 + rows * width * knots * outputs * 1.5e-7 * (0.3 if facts.regression else 1.0)
        case _:
            return 0.02 + rows * width * outputs * 2e-7


def _times(member: Member, facts: Facts) -> float:
    """Return how much longer several targets take: as many times, or a little where one model has them all."""
    more = len(facts.view.targets) - 1
    return 1.0 + max(0, more) * (1.0 if member.family in ONE_TARGET else 0.05)


def estimate(recipe: Recipe, facts: Facts) -> float:
    """Return the seconds that a script may take in all; right within a factor of about three."""
    rows = facts.rows * (recipe.folds - 1) / recipe.folds
    if recipe.rows:
        rows = min(rows, recipe.rows)
    if recipe.shifts and facts.picture:
        rows *= 5
    width = 1.0 * facts.width + 3 * len(facts.dates) + 5 * len(facts.categorical)
    if recipe.interactions:
        width = width * (width + 3) / 2
    width += len(facts.text) * (recipe.latent if recipe.latent else 500) * (2 if recipe.text == "both" else 1)
    fits = recipe.folds * recipe.repeats
    read = (facts.view.train_rows + facts.view.test_rows) * max(4, facts.width) * 2e-6
    text = len(facts.text) * facts.rows * 1e-4 * (5 if recipe.text != "words" else 1)
    return (
        1.3
        + read
        + fits * (text + sum(_member_seconds(m, recipe, facts, rows, width) * _times(m, facts) for m in recipe.members))
    )


def allowed(facts: Facts, limit: float) -> float:
    """Return the seconds by the estimate that a script may take under a limit of wall-clock seconds."""
    pleasant = PLEASANT / max(1.0, facts.view.folds / 2) if not facts.large else 100.0
    return min(pleasant, 0.2 * limit)


def within(recipe: Recipe, facts: Facts, limit: float) -> Recipe:
    """Return the recipe, with fewer repeats, folds or rows where it would take too long."""
    most = allowed(facts, limit)
    if estimate(recipe, facts) > most and recipe.repeats > 1:
        recipe = change(recipe, repeats=1)
    if estimate(recipe, facts) > most and recipe.folds > 3:
        recipe = change(recipe, folds=3)
    rows = recipe.rows or facts.rows
    while estimate(recipe, facts) > most and rows > 2000:
        rows = max(2000, rows // 2)
        recipe = change(recipe, rows=rows)
    return recipe
