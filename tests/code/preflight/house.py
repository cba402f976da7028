"""A task like house prices, the interpreter's library, and scripts around a few lines."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path

from tui_aide.code.preflight import Finding, Surroundings, imported_modules, preflight
from tui_aide.execution.library import InterpreterLibrary

COLUMNS = ("Id", "MSSubClass", "LotArea", "Street", "Neighborhood", "YearBuilt", "GrLivArea", "OverallQual")
HOUSE = Surroundings(
    files={
        "input/train.csv": (*COLUMNS, "SalePrice"),
        "input/test.csv": COLUMNS,
        "input/sample_submission.csv": ("Id", "SalePrice"),
        "input/description.md": (),
    },
    target="SalePrice",
)
SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))
_HEAD = """import pandas as pd
train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
"""
_END = """
pd.DataFrame({"Id": test["Id"], "price": 0}).to_csv("submission.csv", index=False)
"""
FIRST = 4
"""The line of a script at which `around` puts what it is given."""


@cache
def library() -> InterpreterLibrary:
    """What this very interpreter can import; learnt once a test run, with all that the scripts here want."""
    known = InterpreterLibrary(seconds=120)
    wanted = {m for path in SCRIPTS for m in imported_modules(path.read_text("utf-8"))}
    common = (
        "compose",
        "decomposition",
        "ensemble",
        "impute",
        "linear_model",
        "metrics",
        "model_selection",
        "neighbors",
    )
    wanted |= {f"sklearn.{name}" for name in (*common, "preprocessing", "svm", "tree", "pipeline", "datasets")}
    asyncio.run(known.learn(wanted))
    return known


def learnt(code: str) -> InterpreterLibrary:
    """Return the library with what a script imports."""
    known = library()
    asyncio.run(known.learn(imported_modules(code)))
    return known


def around(body: str) -> str:
    """Return a script that works but for these lines."""
    return _HEAD + body + _END


def check(code: str) -> list[Finding]:
    """Return the findings of a whole script."""
    return preflight(code, HOUSE, learnt(code))


def told(body: str) -> list[tuple[str, int, str]]:
    """Return the findings of a script with these lines, counted from their first as 1."""
    return [(f.kind, f.line - FIRST + 1, f.message) for f in check(around(body))]
