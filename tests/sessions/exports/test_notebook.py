from __future__ import annotations

import importlib
import json
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

from tests.sessions.exports.made import HOSTILE, Made, usual
from tui_aide.sessions.exports.notebook import plain
from tui_aide.sessions.exports.writing import export
from tui_aide.sessions.places import find_session

RECORDED = sorted(p.parent for p in (Path(__file__).parents[3] / "sessions").glob("*/session.toml"))


def validated(text: str) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own imports'
        nbformat: Any = importlib.import_module("nbformat")
    nbformat.validate(nbformat.from_dict(json.loads(text)))
    found: dict[str, Any] = json.loads(text)
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5)
    return found


def sources(found: dict[str, Any], kind: str) -> list[str]:
    return [c["source"] for c in found["cells"] if c["cell_type"] == kind]


@pytest.mark.parametrize("path", RECORDED, ids=lambda p: p.name)
def test_a_recorded_session_as_a_notebook(path: Path) -> None:
    folder = find_session(str(path), Path("nowhere"))
    found = validated(export(folder, "notebook").text)
    assert len({c["id"] for c in found["cells"]}) == len(found["cells"])
    assert len(sources(found, "code")) > 1
    task, search, way, code = sources(found, "markdown")
    assert task.startswith(f"# {folder.config().task.name}")
    assert "| nodes |" in search
    assert "## The way to it" in way
    assert "scikit-learn" in code


def test_the_way_tells_each_step_and_markup_stays_text(tmp_path: Path) -> None:
    made = usual(tmp_path / "toy")
    found = validated(export(made.folder, "notebook").text)
    way = sources(found, "markdown")[2]
    assert "**#0** draft, 0.7 ± 0.01: First" in way
    assert "**#1** improve, 0.8 ± 0.01" in way
    assert "\\<img" in way
    assert not re.search(r"(?<!\\)<", way)
    assert plain(HOSTILE).startswith("\\</script\\>\\<img")


def test_what_only_a_script_has_is_set_first(tmp_path: Path) -> None:
    made = Made(tmp_path / "toy")
    made.node(0, 0.5, best=True, code="import argparse\n\nprint(__file__)\nargparse.ArgumentParser().parse_args()\n")
    first, *rest = sources(validated(export(made.folder, "notebook").text), "code")
    namespace: dict[str, Any] = {"__name__": "__main__"}
    import sys

    before = sys.argv
    try:
        for cell in (first, *rest):
            exec(compile(cell, "cell", "exec"), namespace)
    finally:
        sys.argv = before


def test_a_script_that_is_no_python_is_one_cell(tmp_path: Path) -> None:
    made = Made(tmp_path / "toy")
    made.node(0, None, code="def broken(:\n\n\n  pass", verdict="syntax")
    assert sources(validated(export(made.folder, "notebook", 0).text), "code") == ["def broken(:\n\n\n  pass"]
