"""The part of a script that fits models fold by fold and gathers out-of-fold and test predictions."""

from __future__ import annotations

from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.fragments.layout import Imports, quoted
from tui_aide.models.builtin.fragments.models import uses_regressors
from tui_aide.models.builtin.recipe import Recipe


def splitter(recipe: Recipe, facts: Facts, imports: Imports) -> tuple[str, str]:
    """Return the splitter as source text and the arguments of its `split`."""
    seed = "SEED + repeat" if recipe.repeats > 1 else "SEED"
    kind, _, column = facts.view.split.partition(":")
    if kind == "group" and column:
        imports.names("sklearn.model_selection", "GroupKFold")
        return "GroupKFold(FOLDS)", "X, y, groups"
    if facts.regression:
        imports.names("sklearn.model_selection", "KFold")
        return f"KFold(FOLDS, shuffle=True, random_state={seed})", "X"
    imports.names("sklearn.model_selection", "StratifiedKFold")
    return f"StratifiedKFold(FOLDS, shuffle=True, random_state={seed})", "X, y"


def validation(recipe: Recipe, facts: Facts, imports: Imports) -> str:
    """Return the functions that predict, fit and cross-validate one model."""
    imports.module("numpy", "np")
    regress = uses_regressors(recipe, facts)
    parts = []
    if not regress:
        parts.append(
            "def predict(model, X):\n"
            '    """Return class probabilities, one column a class: zero for a class that the fold lacked."""\n'
            "    probabilities = np.zeros((len(X), len(CLASSES)))\n"
            "    probabilities[:, model.classes_] = model.predict_proba(X)\n"
            "    return probabilities"
        )
    if recipe.shifts and facts.picture:
        parts.append(_shifts(facts))
    parts.append(_cross_validation(recipe, facts, regress, imports))
    return "\n\n\n".join(parts)


def _shifts(facts: Facts) -> str:
    """Return the function that adds moved copies of pictures."""
    height, width = facts.picture or (1, 1)
    return (
        "def with_moved_copies(X, y):\n"
        '    """Add copies of each picture, moved by one pixel in four directions."""\n'
        f"    pictures = X.to_numpy(float)[:, :{height * width}].reshape(-1, {height}, {width})\n"
        "    copies = [pictures]\n"
        "    for axis, step in ((1, 1), (1, -1), (2, 1), (2, -1)):\n"
        "        copies.append(np.roll(pictures, step, axis=axis))\n"
        f"    moved = np.concatenate(copies).reshape(-1, {height * width})\n"
        "    return pd.DataFrame(moved, columns=X.columns), np.tile(y, len(copies))"
    )


def _cross_validation(recipe: Recipe, facts: Facts, regress: bool, imports: Imports) -> str:
    split, arguments = splitter(recipe, facts, imports)
    grouped = arguments.endswith("groups")
    shape = "len({})" if regress else "(len({}), len(CLASSES))"
    if facts.several:
        shape = "(len({}), len(TARGETS))"
    total = "FOLDS * REPEATS" if recipe.repeats > 1 else "FOLDS"
    seed = "SEED + fold + 100 * repeat" if recipe.repeats > 1 else "SEED + fold"
    body: list[str] = []
    if recipe.rows:
        body.append("if len(fit) > MAX_ROWS:")
        body.append("    fit = np.random.default_rng(SEED + fold).choice(fit, MAX_ROWS, replace=False)")
    body.append(f"model = build({seed})")
    fitted = "X.iloc[fit], y[fit]"
    if recipe.shifts and facts.picture:
        fitted = f"*with_moved_copies({fitted})"
    log = recipe.log_target and facts.regression
    if log:
        fitted = "X.iloc[fit], np.log1p(y[fit])"
    body.append(f"model.fit({fitted})")
    predict = "model.predict({})" if regress else "predict(model, {})"
    if log:
        predict = f"np.expm1({predict})"
    floor = facts.regression and recipe.floor and has_floor(facts)
    if floor:
        predict = f"np.maximum({predict}, y.min())"
    share = " / REPEATS" if recipe.repeats > 1 else ""
    body.append(f"guess = {predict.format('X.iloc[valid]')}")
    body.append(f"oof[valid] {'+' if share else ''}= guess{share}")
    body.append(
        f"test += {predict.format('X_test')} / ({total})" if share else f"test += {predict.format('X_test')} / FOLDS"
    )
    label = 'f"  fold {fold}: {score(y[valid], guess):.5f}"'
    body.append(f"print({label}, flush=True)")
    doc = '    """Fit on each fold; return out-of-fold predictions and the mean prediction for the test rows."""\n'
    head = f"def cross_validate(build, X, y, X_test{', groups' if grouped else ''}):\n{doc}"
    head += f"    oof = np.zeros({shape.format('X')})\n    test = np.zeros({shape.format('X_test')})\n"
    inner = "    " if recipe.repeats > 1 else ""
    loop = f"    {inner}folds = {split}\n"
    loop += f"    {inner}for fold, (fit, valid) in enumerate(folds.split({arguments}), 1):\n"
    loop += "".join(f"        {inner}{line}\n" for line in body)
    if recipe.repeats > 1:
        loop = "    for repeat in range(REPEATS):\n" + loop
    return f"{head}{loop}    return oof, test"


def has_floor(facts: Facts) -> bool:
    """Whether predictions below the smallest target make no sense to the metric."""
    return facts.view.metric in ("rmsle", "mape", "smape")


def groups_line(facts: Facts) -> str:
    """Return the line that takes the groups of the rows, or an empty string."""
    kind, _, column = facts.view.split.partition(":")
    return f"    groups = train[{quoted(column)}]\n" if kind == "group" and column else ""
