"""Any working script has a finding once one thing in it is broken, and none of any shape makes the check fail."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.code.preflight.house import HOUSE, SCRIPTS, check, library
from tui_aide.code.preflight import preflight
from tui_aide.code.preflight.checking import MOST
from tui_aide.code.syntax import syntax_error

NAMES_UNKNOWN = {"star-import", "dynamic-names"}
"""Scripts that may bind any name."""
PATHS_UNKNOWN = {"config-dict", "exceptions", "global-state", "threads"}
"""Scripts whose path of train.csv is computed, handed on, or read where an error is caught or perhaps never."""
COLUMNS_UNKNOWN = {
    *("argparse-defaults", "asynchronous", "classes", "dynamic-names", "globbing", "helper-saves", "kaggle-fallback"),
    *("star-import", "text-io", "threads"),  # the path of train.csv is computed
    *(
        "feature-loop",
        "fstrings",
        "groupby-features",
        "torch-guarded",
    ),  # the table is changed by computed names, or anew
}
WRITES_UNKNOWN = {
    *(
        "argparse-defaults",
        "classes",
        "config-dict",
        "dataclasses-used",
        "fstrings",
        "scratch-folder",
    ),  # computed paths
    *("dynamic-names", "optional-models"),  # anything may be imported or executed
}


def changed(before: str, after: str, unknown: set[str]) -> list[pytest.ParameterSet]:
    """Return every script that a change breaks for sure, broken so."""
    pattern = re.compile(before)
    texts = ((path.stem, path.read_text(encoding="utf-8")) for path in SCRIPTS if path.stem not in unknown)
    pairs = ((name, pattern.sub(after, text)) for name, text in texts if pattern.search(text))
    return [pytest.param(code, id=name) for name, code in pairs if syntax_error(code) is None]


def kinds(code: str) -> set[str]:
    """Return the kinds of findings."""
    return {f.kind for f in check(code)}


@given(st.sampled_from(SCRIPTS), st.sampled_from(["no_such_module", "sklearn.no_such_part", "pandaz"]), st.data())
def test_an_invented_import_is_found_at_any_place_of_the_top(path: Path, module: str, data: st.DataObject) -> None:
    code = path.read_text(encoding="utf-8")
    ends = [node.end_lineno or 1 for node in ast.parse(code).body]
    line = data.draw(st.sampled_from(ends))
    lines = code.splitlines()
    lines.insert(line, f"import {module}")
    found = [(f.line, f.message.split("'")[1]) for f in check("\n".join(lines)) if f.kind == "import"]
    assert found == [(line + 1, module)]


REMOVED = changed(r"(?m)^(\s*)import (\w+) as (pd|np)$", r"\1pass", NAMES_UNKNOWN)
WRONG_PATHS = changed(r"(\./)?input/train\.csv", "input/trian.csv", PATHS_UNKNOWN)
MISSPELT = changed(r"""train\[(["'])SalePrice["']\]""", r"train[\1SalePirce\1]", COLUMNS_UNKNOWN)
UNWRITTEN = changed(r"(?m)^.*(?<!sample_)submission\.csv.*$", "", WRITES_UNKNOWN)


def test_each_change_breaks_many_scripts() -> None:
    assert [len(REMOVED) > 35, len(WRONG_PATHS) > 25, len(MISSPELT) > 15, len(UNWRITTEN) > 25] == [True] * 4


@pytest.mark.parametrize("code", REMOVED)
def test_a_removed_import_is_found(code: str) -> None:
    assert "name" in kinds(code)


@pytest.mark.parametrize("code", WRONG_PATHS)
def test_a_wrong_path_is_found(code: str) -> None:
    assert "path" in kinds(code)


@pytest.mark.parametrize("code", MISSPELT)
def test_a_misspelt_column_is_found(code: str) -> None:
    assert "column" in kinds(code)


@pytest.mark.parametrize("code", UNWRITTEN)
def test_a_submission_that_is_no_longer_written_is_found(code: str) -> None:
    assert "submission" in kinds(code)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "x = " + "+".join(["1"] * 800),
        "x = " + "(" * 90 + "1" + ")" * 90,
        "x = " + "-" * 800 + "1",
        "x" + ".a" * 800,
        "x" + "()" * 800,
        "open('a' " + "+ 'a'" * 800 + ")",
        "a = b\nb = a\nopen(a)\nprint(a.x)",
        "def f():\n    f()\nf()",
        "class C:\n    d = C.d\nopen(C.d)",
        "open(*[])\nprint(**{})\npd.read_csv(*a, **b)",
        "import a.b.c, d as e\nfrom . import f\nfrom .. import *",
        "open('\\0')\nopen('')\nopen('\\n')\nopen('~/x')\nopen('//')",
        "async def f():\n    async with a as b, c: pass\n    async for x in y: pass\n    return [z async for z in w]",
        "try:\n    pass\nexcept* ValueError:\n    pass",
        "match x:\n    case A(b=1) | {'c': [*_]}:\n        pass",
    ],
)
def test_no_text_that_compiles_makes_it_fail(code: str) -> None:
    found = preflight(code, HOUSE, library())
    assert len(found) <= MOST
    assert all("\n" not in f.message for f in found)


@given(st.sampled_from(SCRIPTS), st.data())
def test_no_part_of_a_script_makes_it_fail(path: Path, data: st.DataObject) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(lines))] * 2)))
    found = preflight("\n".join(lines[first:last]), HOUSE, library())
    assert [f.line for f in found] == sorted(f.line for f in found)


def test_text_that_does_not_compile_has_no_findings() -> None:
    assert preflight("import (", HOUSE, library()) == []


def test_findings_are_told_by_line_and_not_without_end() -> None:
    found = check("\n".join(f"print(unknown_{i})" for i in range(30)))
    assert len(found) == MOST
    assert [f.line for f in found] == list(range(MOST))
