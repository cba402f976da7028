"""The part of a script that builds its models: one function a member."""

from __future__ import annotations

from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.families import FAMILIES, settings
from tui_aide.models.builtin.fragments.layout import Imports, filled, indented
from tui_aide.models.builtin.fragments.preparation import needs_tree_inputs
from tui_aide.models.builtin.fragments.reading import Columns
from tui_aide.models.builtin.recipe import Member, Recipe
from tui_aide.models.builtin.several import ONE_TARGET

_SCALED_TARGET = frozenset({"svm", "mlp", "elastic", "sgd"})
_SINGLE_ROBUST = {"mae", "median_ae", "mape", "smape"}
DENSE = frozenset({"spline", "gaussian_process", "mlp"})
"""Families that are given dense inputs."""


def builder_names(recipe: Recipe) -> list[str]:
    """Return the name of each member's builder, numbered where a family occurs twice."""
    names: list[str] = []
    for member in recipe.members:
        name = FAMILIES[member.family].name
        same = sum(n.rstrip("_0123456789") == name for n in names)
        names.append(f"{name}_{same + 1}" if same else name)
    return names


def splits_inputs(recipe: Recipe, columns: Columns) -> bool:
    """Whether text goes as sparse terms to some members and as dense dimensions to others."""
    wanted = {m.family in DENSE for m in recipe.members if FAMILIES[m.family].inputs == "scaled"}
    return bool(columns.text) and len(wanted) == 2


def uses_regressors(recipe: Recipe, facts: Facts) -> bool:
    """Whether the members predict numbers, as they do for real targets and for ranks of ordered classes."""
    return facts.regression or (recipe.ordered and facts.ordered)


def builder(
    name: str, member: Member, recipe: Recipe, facts: Facts, columns: Columns, imports: Imports, threads: int
) -> str:
    """Return the function that builds one member.

    Args:
        name: of the member in the script.
        member: its family and hyper-parameters.
        recipe: the choices for the whole script.
        facts: what is known of the data.
        columns: the columns in use.
        imports: collects what the function needs.
        threads: CPU threads that a run may use.
    """
    family = FAMILIES[member.family]
    regress = uses_regressors(recipe, facts)
    values: dict[str, object] = dict(settings(member))
    values["threads"] = max(1, threads)
    values["balanced"] = ', class_weight="balanced"' if recipe.balanced and not regress else ""
    values["loss"] = 'loss="absolute_error", ' if facts.view.metric in _SINGLE_ROBUST and facts.regression else ""
    values["epsilon"] = 0.05
    if "C" in values:
        values["alpha"] = round(1 / float(str(values["C"])), 4)
    if "gamma" in values:
        share = float(str(values["gamma"]))
        values["gamma"] = '"scale"' if share == 1.0 else repr(round(share / max(1, facts.width), 6))
    estimator = filled(family.regressor if regress else family.classifier, values)
    imports.names(*(family.regressor_import if regress else family.classifier_import))
    if facts.several and member.family in ONE_TARGET:
        imports.names("sklearn.multioutput", "MultiOutputRegressor")
        estimator = f"MultiOutputRegressor(\n    {indented(estimator)},\n)"
    estimator = _completed(estimator, member, recipe, regress, imports)
    steps = [estimator]
    gaps = bool(facts.missing_numbers) or recipe.ratios or recipe.coerce
    impute = gaps and not family.takes_missing
    if family.inputs == "scaled":
        apart = member.family in DENSE and splits_inputs(recipe, columns)
        steps.insert(0, "dense_inputs()" if apart else "scaled_inputs()")
    elif needs_tree_inputs(recipe, facts, columns, impute):
        steps.insert(0, "tree_inputs()")
    doc = f'    """Return {family.title}, ready to be fitted."""\n'
    if len(steps) == 1:
        body = estimator
    else:
        imports.names("sklearn.pipeline", "make_pipeline")
        body = "make_pipeline(\n" + "".join(f"    {indented(step)},\n" for step in steps) + ")"
    return f"def build_{name}(seed):\n{doc}    return {indented(body)}"


def _completed(estimator: str, member: Member, recipe: Recipe, regress: bool, imports: Imports) -> str:
    """Return the estimator with what the family needs around it: calibration, a scaled target, kernels' imports."""
    if member.family == "spline":
        imports.names("sklearn.preprocessing", "SplineTransformer")
        imports.names("sklearn.pipeline", "make_pipeline")
    if member.family == "gaussian_process":
        imports.names("sklearn.gaussian_process.kernels", "RBF", *(["WhiteKernel"] if regress else []))
    if member.family == "svm" and not regress and recipe.calibrated:
        imports.names("sklearn.calibration", "CalibratedClassifierCV")
        return f"CalibratedClassifierCV({estimator}, ensemble=False, cv=3)"
    if member.family in _SCALED_TARGET and regress:
        imports.names("sklearn.compose", "TransformedTargetRegressor")
        imports.names("sklearn.preprocessing", "StandardScaler")
        wrapped = f"TransformedTargetRegressor(\n    {indented(estimator)},\n    transformer=StandardScaler(),\n)"
        return wrapped
    return estimator
