"""The part of a script that turns raw tables into model inputs."""

from __future__ import annotations

import textwrap

from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.fragments.arrays import joined_arrays
from tui_aide.models.builtin.fragments.layout import Imports, quoted
from tui_aide.models.builtin.fragments.reading import Columns
from tui_aide.models.builtin.recipe import Recipe


def features(recipe: Recipe, facts: Facts, columns: Columns, imports: Imports) -> str:
    """Return the function that turns a raw table into model inputs."""
    parts = (
        _untidy(recipe, columns),
        _dates(recipe, facts, columns),
        _categories(recipe, facts, columns),
        _texts(recipe, columns),
        _numbers(recipe, facts, columns),
        _ratios(recipe, facts, columns, imports),
        _gaps(recipe, facts, columns, imports),
        _pictures(recipe, facts, imports),
        joined_arrays(facts),
    )
    told = [what for what, lines in parts if what]
    body = "".join(lines for what, lines in parts)
    dropped = [
        "*TARGETS" if facts.several else "TARGET",
        *(["ID"] if facts.view.id else []),
        *(["*UNUSED"] if columns.unused else []),
    ]
    doc = f"Turn a raw table into model inputs: {', '.join(told)}." if told else "Turn a raw table into model inputs."
    if len(doc) > 88:
        doc = "Turn a raw table into model inputs.\n\n    " + textwrap.fill(f"Adds {', '.join(told)}.", 92).replace(
            "\n", "\n    "
        )
        doc += "\n    "
    return (
        "def make_features(table):\n"
        f'    """{doc}"""\n'
        f'    inputs = table.drop(columns=[{", ".join(dropped)}], errors="ignore")\n'
        f"{body}"
        "    return inputs"
    )


def _untidy(recipe: Recipe, columns: Columns) -> tuple[str, str]:
    if not columns.tidy:
        return "", ""
    if not recipe.tidy_numbers:
        return "", "    inputs[UNTIDY] = inputs[UNTIDY].astype(float)\n"
    return "numbers freed of stray text", (
        "    for name in UNTIDY:\n"
        '        text = inputs[name].astype("string").str.replace(",", "", regex=False)\n'
        '        number = text.str.extract(r"([-+]?\\d*\\.?\\d+(?:[eE][-+]?\\d+)?)", expand=False)\n'
        '        inputs[name] = pd.to_numeric(number, errors="coerce").astype(float)\n'
    )


def _dates(recipe: Recipe, facts: Facts, columns: Columns) -> tuple[str, str]:
    if not columns.dates:
        return "", ""
    if recipe.parse_dates:
        parsed = 'pd.to_datetime(inputs.pop(name), errors="coerce", format="mixed", utc=True).dt.tz_localize(None)'
    else:
        parsed = 'pd.to_datetime(inputs.pop(name), format="%Y-%m-%d")'
    lines = (
        "    for name in DATES:\n"
        f"        date = {parsed}\n"
        '        inputs[f"{name} day"] = (date - pd.Timestamp("2000-01-01")).dt.days\n'
        '        inputs[f"{name} month"] = date.dt.month\n'
        '        inputs[f"{name} weekday"] = date.dt.day_of_week\n'
    )
    if facts.clock:
        lines += '        inputs[f"{name} hour"] = date.dt.hour\n'
    if len(columns.dates) == 1:
        return "parts of dates", lines
    return "parts of dates and days between them", (
        f"{lines}"
        '    days = [f"{name} day" for name in DATES]\n'
        "    for earlier, later in zip(days, days[1:]):\n"
        '        inputs[f"{earlier} to {later}"] = inputs[later] - inputs[earlier]\n'
    )


def _categories(recipe: Recipe, facts: Facts, columns: Columns) -> tuple[str, str]:
    if not columns.categorical:
        return "", ""
    folded = ".str.strip().str.casefold()" if recipe.fold_case else ""
    lines = (
        "    for name in CATEGORICAL:\n"
        f'        inputs[name] = inputs[name].astype("string"){folded}.fillna("missing").astype(object)\n'
    )
    pairs = [p for p in facts.alike if set(p) <= set(columns.categorical)] if recipe.matches else []
    for a, b in pairs:
        lines += f"    inputs[{quoted(f'{a} = {b}')}] = (inputs[{quoted(a)}] == inputs[{quoted(b)}]).astype(float)\n"
    told = [*(["one spelling a category"] if folded else []), *(["whether categories agree"] if pairs else [])]
    return ", ".join(told), lines


def _texts(recipe: Recipe, columns: Columns) -> tuple[str, str]:
    if not (columns.text and recipe.fill_text):
        return "", ""
    return "", (
        '    for name in TEXT:\n        inputs[name] = inputs[name].astype("string").fillna("").astype(object)\n'
    )


def _numbers(recipe: Recipe, facts: Facts, columns: Columns) -> tuple[str, str]:
    """Keep columns that the preview does not describe only where they are numbers; parse strays if asked."""
    known = [n for n in ("CATEGORICAL", "TEXT") if getattr(columns, n.lower())]
    if facts.partial:
        kept = f'inputs[name].dtype.kind in "biuf"{"".join(f" or name in {n}" for n in known)}'
        return "numbers, and the columns listed above", f"    inputs = inputs[[name for name in inputs if {kept}]]\n"
    if not recipe.coerce:
        return "", ""
    others = f".difference({' + '.join(known)})" if known else ""
    return "all else read as numbers", (
        f"    for name in inputs.columns{others}:\n"
        '        inputs[name] = pd.to_numeric(inputs[name], errors="coerce").astype(float)\n'
    )


def _ratios(recipe: Recipe, facts: Facts, columns: Columns, imports: Imports) -> tuple[str, str]:
    pairs = [p for p in facts.positive_pairs if set(p) <= set(columns.numeric)] if recipe.ratios else []
    if not pairs:
        return "", ""
    imports.module("numpy", "np")
    shown = "".join(f"        ({quoted(a)}, {quoted(b)}),\n" for a, b in pairs)
    return "logarithms of ratios", (
        f"    pairs = [\n{shown}    ]\n"
        "    for above, below in pairs:\n"
        "        ratio = inputs[above] / inputs[below]\n"
        '        inputs[f"{above} / {below}"] = np.log(ratio.where((ratio > 0) & (ratio < np.inf)))\n'
    )


def _gaps(recipe: Recipe, facts: Facts, columns: Columns, imports: Imports) -> tuple[str, str]:
    lines, told = "", ""
    if recipe.infinities and columns.numbers:
        imports.module("numpy", "np")
        lines += "    inputs = inputs.replace([np.inf, -np.inf], np.nan)\n"
    if recipe.indicators and not facts.picture and any(n in facts.missing for n in columns.numeric):
        told = "how many values a row lacks"
        lines += '    inputs["missing values"] = inputs.isna().sum(axis=1)\n'
    return told, lines


def _pictures(recipe: Recipe, facts: Facts, imports: Imports) -> tuple[str, str]:
    """Even out the contrast of pictures; add means of 2 x 2 blocks, rows and columns."""
    if facts.picture is None or not (recipe.contrast or recipe.neighbourhood):
        return "", ""
    imports.module("numpy", "np")
    height, width = facts.picture
    told, lines = [], ""
    if recipe.contrast:
        told.append("an even contrast")
        lines += (
            "    pixels = inputs.to_numpy(float)\n"
            "    pixels = pixels - np.median(pixels, axis=1, keepdims=True)\n"
            "    pixels = pixels / np.maximum(np.quantile(pixels, 0.95, axis=1, keepdims=True), 1e-6)\n"
            "    inputs = pd.DataFrame(pixels, index=inputs.index, columns=inputs.columns)\n"
        )
    if recipe.neighbourhood:
        told.append("means of neighbouring pixels")
        lines += (
            f"    pictures = inputs.to_numpy(float).reshape(-1, {height}, {width})\n"
            "    rows = (pictures[:, 1:] + pictures[:, :-1]) / 2\n"
            "    block = (rows[:, :, 1:] + rows[:, :, :-1]) / 2\n"
            "    extra = np.hstack([block.reshape(len(inputs), -1), pictures.mean(axis=1), pictures.mean(axis=2)])\n"
            '    names = [f"near {i}" for i in range(extra.shape[1])]\n'
            "    inputs = pd.concat([inputs, pd.DataFrame(extra, index=inputs.index, columns=names)], axis=1)\n"
        )
    return " and ".join(told), lines
