"""The part of a script that reads the tables and turns them into model inputs."""

from __future__ import annotations

from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.fragments.layout import Imports, listed, quoted
from tui_aide.models.builtin.recipe import Recipe


class Columns:
    """Which columns a script uses in which role, once the recipe's own drops are taken out."""

    def __init__(self, recipe: Recipe, facts: Facts) -> None:
        gone = set(recipe.drop)
        self.numeric = [n for n in facts.numeric if n not in gone]
        self.tidy = [n for n in facts.tidy if n not in gone]
        self.categorical = [n for n in facts.categorical if n not in gone]
        self.dates = [n for n in facts.dates if n not in gone]
        self.text = [n for n in facts.text if n not in gone]
        self.unused = [*facts.unused, *(n for n in recipe.drop if n not in facts.unused)]
        if not (self.numeric or self.tidy or self.categorical or self.dates or self.text):
            self.numeric, self.unused = list(facts.numeric), list(facts.unused)

    @property
    def numbers(self) -> bool:
        """Whether any input is a number after parsing."""
        return bool(self.numeric or self.tidy or self.dates)


def constants(recipe: Recipe, facts: Facts, columns: Columns) -> str:
    """Return the constants at the head of the script."""
    view = facts.view
    lines = [f"TARGET = {quoted(view.target)}"]
    if view.id:
        lines.append(f"ID = {quoted(view.id)}")
    if not facts.regression:
        lines.append(listed("CLASSES", view.classes))
    for name, values in (
        ("CATEGORICAL", columns.categorical),
        ("DATES", columns.dates),
        ("TEXT", columns.text),
        ("UNTIDY", columns.tidy),
        ("UNUSED", columns.unused),
    ):
        if values:
            lines.append(listed(name, values))
    lines.append(f"FOLDS = {recipe.folds}")
    if recipe.repeats > 1:
        lines.append(f"REPEATS = {recipe.repeats}")
    if recipe.rows:
        lines.append(f"MAX_ROWS = {recipe.rows}")
    lines.append(f"SEED = {recipe.seed}")
    return "\n".join(lines)


def reading(facts: Facts, imports: Imports) -> str:
    """Return the function that reads both tables."""
    imports.module("pandas", "pd")
    view = facts.view
    options = ""
    if view.separator != ",":
        options += f", sep={quoted(view.separator)}"
    if view.encoding.casefold().replace("-", "") not in ("utf8", "ascii"):
        options += f", encoding={quoted(view.encoding)}"
    as_text = [] if facts.regression else ["TARGET: str"]
    if view.id:
        as_text.append("ID: str")
    types = f", dtype={{{', '.join(as_text)}}}" if as_text else ""
    test_types = ", dtype={ID: str}" if view.id else ""
    last = ""
    if facts.target is not None and facts.target.missing > 0:
        last = "    train = train.dropna(subset=[TARGET]).reset_index(drop=True)\n"
    return (
        "def read_tables():\n"
        '    """Read the labelled rows and the rows to predict."""\n'
        f'    train = pd.read_csv("input/train.csv"{types}{options})\n'
        f'    test = pd.read_csv("input/test.csv"{test_types}{options})\n'
        f"{last}"
        "    return train, test"
    )


def features(recipe: Recipe, facts: Facts, columns: Columns, imports: Imports) -> str:
    """Return the function that turns a raw table into model inputs."""
    told = []
    body = []
    if columns.tidy and recipe.tidy_numbers:
        told.append("numbers freed of stray text")
        body.append(
            "    for name in UNTIDY:\n"
            '        text = inputs[name].astype("string").str.replace(",", "", regex=False)\n'
            '        number = text.str.extract(r"([-+]?\\d+\\.?\\d*(?:[eE][-+]?\\d+)?)", expand=False)\n'
            '        inputs[name] = pd.to_numeric(number, errors="coerce").astype(float)'
        )
    elif columns.tidy:
        body.append("    inputs[UNTIDY] = inputs[UNTIDY].astype(float)")
    if columns.dates:
        told.append("parts of dates")
        errors = ', errors="coerce", format="mixed"' if recipe.parse_dates else ', format="%Y-%m-%d"'
        body.append(
            "    for name in DATES:\n"
            f"        date = pd.to_datetime(inputs.pop(name){errors})\n"
            '        inputs[f"{name} day"] = (date - pd.Timestamp("2000-01-01")).dt.days\n'
            '        inputs[f"{name} month"] = date.dt.month\n'
            '        inputs[f"{name} weekday"] = date.dt.dayofweek\n'
            '        inputs[f"{name} hour"] = date.dt.hour'
        )
        if len(columns.dates) > 1:
            told.append("days between them")
            body.append(
                '    days = [f"{name} day" for name in DATES]\n'
                "    for earlier, later in zip(days, days[1:]):\n"
                '        inputs[f"{earlier} to {later}"] = inputs[later] - inputs[earlier]'
            )
    if columns.categorical:
        body.append(
            "    for name in CATEGORICAL:\n"
            '        inputs[name] = inputs[name].astype("string").fillna("missing").astype(object)'
        )
    if columns.text and recipe.fill_text:
        body.append(
            '    for name in TEXT:\n        inputs[name] = inputs[name].astype("string").fillna("").astype(object)'
        )
    numeric = columns.numeric
    if recipe.infinities and columns.numbers:
        imports.module("numpy", "np")
        body.append("    inputs = inputs.replace([np.inf, -np.inf], np.nan)")
    if columns.numbers and not facts.picture and any(n in facts.missing for n in numeric) and recipe.indicators:
        told.append("how many values a row lacks")
        body.append('    inputs["missing values"] = inputs.isna().sum(axis=1)')
    if recipe.neighbourhood and facts.picture:
        told.append("means of neighbouring pixels")
        body.append(_neighbourhood(facts, imports))
    dropped = ["TARGET", *(["ID"] if facts.view.id else []), *(["*UNUSED"] if columns.unused else [])]
    summary = f": {', '.join(told)}" if told else ""
    lines = [
        "def make_features(table):",
        f'    """Turn a raw table into model inputs{summary}."""',
        f'    inputs = table.drop(columns=[{", ".join(dropped)}], errors="ignore")',
        *body,
        "    return inputs",
    ]
    return "\n".join(lines)


def _neighbourhood(facts: Facts, imports: Imports) -> str:
    """Return lines that add the means of 2 x 2 blocks and the sums along rows and columns."""
    imports.module("numpy", "np")
    height, width = facts.picture or (1, 1)
    return (
        f"    pictures = inputs.to_numpy(float).reshape(-1, {height}, {width})\n"
        "    block = (pictures[:, 1:, 1:] + pictures[:, :-1, 1:] + pictures[:, 1:, :-1] + pictures[:, :-1, :-1]) / 4\n"
        "    extra = np.hstack([block.reshape(len(inputs), -1), pictures.mean(axis=1), pictures.mean(axis=2)])\n"
        '    names = [f"near {i}" for i in range(extra.shape[1])]\n'
        "    inputs = pd.concat([inputs, pd.DataFrame(extra, index=inputs.index, columns=names)], axis=1)"
    )
