"""The head of a script: its constants, and the function that reads the tables."""

from __future__ import annotations

from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.fragments.arrays import array_constant
from tui_aide.models.builtin.fragments.layout import Imports, listed, quoted
from tui_aide.models.builtin.recipe import Recipe


class Columns:
    """Which columns a script uses in which role, once the recipe's own drops are taken out."""

    def __init__(self, recipe: Recipe, facts: Facts) -> None:
        gone = set(recipe.drop)
        self.partial = facts.partial
        self.arrays = bool(facts.arrays)
        self.numeric = [n for n in facts.numeric if n not in gone]
        self.tidy = [n for n in facts.tidy if n not in gone]
        self.categorical = [n for n in facts.categorical if n not in gone]
        self.dates = [n for n in facts.dates if n not in gone]
        self.text = [n for n in facts.text if n not in gone]
        self.unused = [*facts.unused, *(n for n in recipe.drop if n not in facts.unused)]
        if not (facts.partial or self.numeric or self.tidy or self.categorical or self.dates or self.text):
            self.numeric, self.unused = list(facts.numeric), list(facts.unused)

    @property
    def numbers(self) -> bool:
        """Whether any input is a number after parsing."""
        return bool(self.numeric or self.tidy or self.dates) or self.partial or self.arrays


def constants(recipe: Recipe, facts: Facts, columns: Columns) -> str:
    """Return the constants at the head of the script."""
    view = facts.view
    lines = [listed("TARGETS", view.targets) if view.targets else f"TARGET = {quoted(view.target)}"]
    if view.id:
        lines.append(f"ID = {quoted(view.id)}")
    lines += array_constant(facts)
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
