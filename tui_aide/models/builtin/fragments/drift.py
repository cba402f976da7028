"""The part of a script that looks for columns which behave otherwise in the rows to predict."""

from __future__ import annotations

from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.fragments.layout import Imports
from tui_aide.models.builtin.fragments.reading import Columns
from tui_aide.models.builtin.recipe import Recipe


def drift_function(recipe: Recipe, facts: Facts, columns: Columns, imports: Imports) -> str:
    """Return the function that names columns to leave out, or an empty string where none is wanted."""
    if recipe.drift == "ignore":
        return ""
    imports.module("numpy", "np")
    imports.names("sklearn.model_selection", "cross_val_predict")
    imports.names("sklearn.metrics", "roc_auc_score")
    codes = (
        "def as_numbers(column):\n"
        '    """Return a column as numbers: categories by their code, gaps as a value of their own."""\n'
        "    if not pd.api.types.is_numeric_dtype(column):\n"
        "        column = pd.Series(pd.factorize(column, sort=True)[0], index=column.index)\n"
        "    return column.astype(float).fillna(-999).to_frame()"
    )
    names = "X.columns.difference(TEXT)" if columns.text else "X.columns"
    if recipe.drift == "adversarial":
        imports.names("sklearn.tree", "DecisionTreeClassifier")
        return (
            f"{codes}\n\n\n"
            "def drifting_columns(X, X_test, limit=0.6):\n"
            '    """Return columns by which a small tree tells training rows from test rows."""\n'
            "    both = pd.concat([X, X_test], ignore_index=True)\n"
            "    origin = np.r_[np.zeros(len(X), int), np.ones(len(X_test), int)]\n"
            "    tree = DecisionTreeClassifier(max_depth=3, min_samples_leaf=20, random_state=SEED)\n"
            "    found = []\n"
            f"    for name in {names}:\n"
            "        shuffled = np.random.default_rng(SEED).permutation(len(both))\n"
            "        column = as_numbers(both[name]).iloc[shuffled]\n"
            '        guess = cross_val_predict(tree, column, origin[shuffled], cv=3, method="predict_proba")[:, 1]\n'
            "        auc = roc_auc_score(origin[shuffled], guess)\n"
            "        if auc > limit:\n"
            '            print(f"left out: {name} tells training from test rows (AUC {auc:.3f})")\n'
            "            found.append(name)\n"
            "    return found if len(found) < X.shape[1] else []"
        )
    return f"{codes}\n\n\n{_unstable(facts, imports, names)}"


def _unstable(facts: Facts, imports: Imports, names: str) -> str:
    """Return the function that compares how well each column predicts in older and in newer rows."""
    kind = "Regressor" if facts.regression else "Classifier"
    imports.names("sklearn.tree", f"DecisionTree{kind}")
    if facts.regression:
        guess = "cross_val_predict(tree, column, y[rows], cv=3)"
        worth = "abs(np.corrcoef(y[rows], guess)[0, 1]) if guess.std() > 0 else 0.0"
    else:
        guess = 'cross_val_predict(tree, column, rare[rows], cv=3, method="predict_proba")[:, 1]'
        worth = "2 * roc_auc_score(rare[rows], guess) - 1"
    rare = "" if facts.regression else "    rare = (y == np.bincount(y).argsort()[-2]).astype(int)\n"
    if facts.regression:
        imports.module("numpy", "np")
    return (
        "def fading_columns(X, y, order, limit=0.2):\n"
        '    """Return columns that predict the target in older rows and hardly in the newest ones."""\n'
        f"    tree = DecisionTree{kind}(max_depth=3, min_samples_leaf=20, random_state=SEED)\n"
        f"{rare}"
        "    newest = order[-max(60, len(order) // 6) :]\n"
        "    oldest = order[: len(order) // 2]\n"
        "    found = []\n"
        f"    for name in {names}:\n"
        "        worth = []\n"
        "        for rows in (oldest, newest):\n"
        "            column = as_numbers(X[name].iloc[rows])\n"
        f"            guess = {guess}\n"
        f"            worth.append({worth})\n"
        "        if worth[0] - max(worth[1], 0) > limit:\n"
        '            print(f"left out: {name} predicted {worth[0]:.2f} in old rows, {worth[1]:.2f} in new ones")\n'
        "            found.append(name)\n"
        "    return found if len(found) < X.shape[1] else []"
    )


def drift_lines(recipe: Recipe, columns: Columns, order: str) -> list[str]:
    """Return the lines of `main` that leave drifting columns out.

    Args:
        recipe: the choices.
        columns: the columns in use.
        order: source text for the order of the rows in time.
    """
    if recipe.drift == "ignore":
        return []
    found = "drifting_columns(X, X_test)" if recipe.drift == "adversarial" else f"fading_columns(X, y, {order})"
    lines = [f"gone = {found}", "X, X_test = X.drop(columns=gone), X_test.drop(columns=gone)"]
    if columns.categorical:
        lines.append("CATEGORICAL[:] = [name for name in CATEGORICAL if name not in gone]")
    return lines
