"""The part of a script that describes what lies in a file of arrays beside the tables: an entry for each row."""

from __future__ import annotations

from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.fragments.layout import Imports, quoted

_FUNCTION = '''def describe_arrays(ids):
    """Describe each row's entry in the file of arrays: quantiles of its values, of their slopes and of their means."""
    levels = [0, 0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98, 1]
    found = {}
    with np.load(ARRAYS) as arrays:
        place = {str(key): row for row, key in enumerate(arrays[ID])}
        rows = [place[key] for key in ids]
        for name in arrays.files:
            if name == ID or len(arrays[name]) != len(place) or arrays[name].dtype.kind not in "biuf":
                continue
            values = arrays[name][rows].astype(float)
            parts = {"value": values}
            if values.ndim > 2:
                grey = values.mean(axis=3) if values.ndim == 4 else values
                grey = grey - np.median(grey.reshape(len(grey), -1), axis=1).reshape(-1, *[1] * (grey.ndim - 1))
                parts |= {"grey": grey, "down": grey.mean(axis=1), "across": grey.mean(axis=2)}
                parts |= {"slope down": np.abs(np.diff(grey, axis=1)), "slope across": np.abs(np.diff(grey, axis=2))}
            for part, numbers in parts.items():
                flat = numbers.reshape(len(numbers), -1)
                for level in levels:
                    found[f"{name} {part} {level}"] = np.quantile(flat, level, axis=1)
    return pd.DataFrame(found)'''


def reading_arrays(facts: Facts, imports: Imports) -> str:
    """Return the function that describes the entries; empty where there is no such file."""
    if not facts.arrays:
        return ""
    imports.module("numpy", "np")
    return _FUNCTION


def array_constant(facts: Facts) -> list[str]:
    """Return the line that names the file, where there is one."""
    return [f"ARRAYS = {quoted(facts.arrays)}"] if facts.arrays else []


def joined_arrays(facts: Facts) -> tuple[str, str]:
    """Return what `make_features` says of the file, and the lines that join its description to the table."""
    if not facts.arrays:
        return "", ""
    return "what the file of arrays holds", (
        "    described = describe_arrays(table[ID])\n"
        "    inputs = pd.concat([inputs, described.set_index(inputs.index)], axis=1)\n"
    )
