"""The part of a script after the models: blending, stacking, thresholds, cut points and temperature."""

from __future__ import annotations

from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.fragments.layout import Imports
from tui_aide.models.builtin.fragments.models import uses_regressors
from tui_aide.models.builtin.fragments.scoring import higher_is_better
from tui_aide.models.builtin.recipe import Recipe


def blending(facts: Facts, imports: Imports) -> str:
    """Return the function that finds blend weights by greedy selection with replacement (Caruana et al., 2004)."""
    imports.module("numpy", "np")
    best = "max" if higher_is_better(facts) else "min"
    return (
        "def blend_weights(y, members, steps=20):\n"
        '    """Add, step by step, the member that helps the blend most; return how often each was taken."""\n'
        "    counts, total = np.zeros(len(members)), np.zeros_like(members[0])\n"
        "    for step in range(1, steps + 1):\n"
        f"        pick = {best}(range(len(members)), key=lambda i: score(y, (total + members[i]) / step))\n"
        "        counts[pick] += 1\n"
        "        total = total + members[pick]\n"
        "    return counts / steps"
    )


def stacking(recipe: Recipe, facts: Facts, imports: Imports) -> str:
    """Return the function that stacks members by a linear model on their out-of-fold predictions (Wolpert, 1992)."""
    imports.module("numpy", "np")
    imports.names("sklearn.model_selection", "cross_val_predict")
    if uses_regressors(recipe, facts):
        imports.names("sklearn.linear_model", "RidgeCV")
        return (
            "def stack(y, oofs, tests):\n"
            '    """Learn from out-of-fold predictions how to weigh the members."""\n'
            "    meta = RidgeCV(alphas=np.logspace(-3, 3, 13))\n"
            "    inputs = np.column_stack(oofs)\n"
            "    oof = cross_val_predict(meta, inputs, y, cv=5)\n"
            "    return oof, meta.fit(inputs, y).predict(np.column_stack(tests))"
        )
    imports.names("sklearn.linear_model", "LogisticRegression")
    return (
        "def stack(y, oofs, tests):\n"
        '    """Learn from out-of-fold log-probabilities how to weigh the members."""\n'
        "    meta = LogisticRegression(C=0.1, max_iter=2000)\n"
        "    inputs = np.log(np.clip(np.hstack(oofs), 1e-4, 1))\n"
        '    oof = cross_val_predict(meta, inputs, y, cv=5, method="predict_proba")\n'
        "    return oof, meta.fit(inputs, y).predict_proba(np.log(np.clip(np.hstack(tests), 1e-4, 1)))"
    )


def cut_points(imports: Imports) -> str:
    """Return the function that moves the borders between ordered classes until the kappa stops growing."""
    imports.module("numpy", "np")
    return (
        "def best_cuts(y, predicted):\n"
        '    """Move one border between neighbouring classes at a time while the kappa grows."""\n'
        "    cuts = np.quantile(predicted, np.cumsum(np.bincount(y, minlength=len(CLASSES)))[:-1] / len(y))\n"
        "    for step in (0.2, 0.1, 0.05, 0.02):\n"
        "        for i in list(range(len(cuts))) * 3:\n"
        "            moved = [np.sort(np.r_[cuts[:i], cuts[i] + d * step, cuts[i + 1 :]]) for d in (-2, -1, 0, 1, 2)]\n"
        "            cuts = max(moved, key=lambda c: score(y, predicted, c))\n"
        "    return cuts"
    )


def class_factors(imports: Imports) -> str:
    """Return the function that weighs classes before the most probable one is taken."""
    imports.module("numpy", "np")
    return (
        "def class_factors(y, predicted):\n"
        '    """Find factors for the class probabilities, one class at a time, that raise the score."""\n'
        "    factors = np.ones(len(CLASSES))\n"
        "    for code in list(range(len(CLASSES))) * 2:\n"
        "        tries = [np.where(np.arange(len(CLASSES)) == code, f, factors) for f in np.geomspace(0.1, 30, 60)]\n"
        "        factors = max([factors, *tries], key=lambda f: score(y, predicted * f))\n"
        "    return factors"
    )


def temperature(imports: Imports) -> str:
    """Return the function that makes probabilities bolder or more cautious (Guo et al., 2017)."""
    imports.module("numpy", "np")
    return (
        "def tempered(predicted, power):\n"
        '    """Raise probabilities to a power: above 1 they become bolder, below 1 more cautious."""\n'
        "    powered = np.clip(predicted, 1e-5, 1) ** power\n"
        "    return powered / powered.sum(axis=1, keepdims=True)"
    )


def decision_function(recipe: Recipe, facts: Facts, imports: Imports) -> str:
    """Return the function behind the recipe's decision, or an empty string where none is needed."""
    if recipe.ordered and facts.ordered:
        return cut_points(imports) if recipe.decision == "cutpoints" else ""
    if facts.regression:
        return ""
    if recipe.decision in ("threshold", "class_weights") and facts.view.kind == "labels":
        return class_factors(imports)
    if recipe.decision == "temperature" and facts.view.kind == "probabilities":
        return temperature(imports)
    return ""


def decision_lines(recipe: Recipe, facts: Facts) -> list[str]:
    """Return the lines of `main` that apply the decision to `oof` and `test`."""
    if recipe.ordered and facts.ordered:
        if recipe.decision == "cutpoints":
            return [
                "cuts = best_cuts(y, oof)",
                'print("borders between the classes:", np.round(cuts, 2))',
                'print(f"cross-validated with these borders: {score(y, oof, cuts):.5f}")',
                "codes = np.searchsorted(cuts, test)",
            ]
        return ["codes = np.searchsorted(np.arange(len(CLASSES) - 1) + 0.5, test)"]
    if facts.regression:
        return []
    if recipe.decision in ("threshold", "class_weights") and facts.view.kind == "labels":
        return [
            "factors = class_factors(y, oof)",
            'print("class factors:", np.round(factors, 2), f"-> {score(y, oof * factors):.5f}")',
            "codes = (test * factors).argmax(axis=1)",
        ]
    if recipe.decision == "temperature" and facts.view.kind == "probabilities":
        best = "max" if higher_is_better(facts) else "min"
        return [
            f"power = {best}(np.arange(0.3, 3.0, 0.05), key=lambda p: score(y, tempered(oof, p)))",
            'print(f"power {power:.2f} -> {score(y, tempered(oof, power)):.5f}")',
            "test = tempered(test, power)",
        ]
    return ["codes = test.argmax(axis=1)"] if facts.view.kind == "labels" else []


def final_score(recipe: Recipe, facts: Facts) -> str:
    """Return the out-of-fold score after the decision, as source text of `main`."""
    function = decision_function(recipe, facts, Imports())
    if not function:
        return "score(y, oof)"
    if recipe.decision == "cutpoints":
        return "score(y, oof, cuts)"
    return "score(y, tempered(oof, power))" if recipe.decision == "temperature" else "score(y, oof * factors)"
