"""What changes in a recipe where several targets are predicted at once."""

from __future__ import annotations

from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.recipe import Family, Member, Recipe, change

ONE_TARGET: frozenset[Family] = frozenset({"svm", "boosting", "sgd"})
"""Families that fit one model a target."""
MANY = 12
"""Targets from which such families take too long."""


def suited(recipe: Recipe, facts: Facts) -> Recipe:
    """Return the recipe without what is defined for one target only; as it is where there is one.

    Labels of 0 and 1 are learnt as numbers. Extra trees, which share their splits among the targets, stand in for
    families that would fit a model for each of very many.
    """
    if not facts.several:
        return recipe
    many = len(facts.view.targets) > MANY
    members = [_member(member, many) for member in recipe.members]
    kept = [member for at, member in enumerate(members) if member not in members[:at]]
    return change(
        recipe,
        members=tuple(kept),
        stack=False,
        ordered=False,
        balanced=False,
        decision="plain",
        categories="onehot" if recipe.categories == "target" else recipe.categories,
        select=100,
        shifts=False,
        log_target=False,
        drift="ignore" if recipe.drift == "unstable" else recipe.drift,
    )


def _member(member: Member, many: bool) -> Member:
    if member.family == "naive_bayes":
        return Member("linear")
    return Member("extra_trees") if many and member.family in ONE_TARGET else member
