from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tui_aide.code.cells import cells

SCRIPTS = sorted(Path(__file__).parent.glob("preflight/scripts/*.py"))
SCRIPTS += sorted((Path(__file__).parents[2] / "sessions").glob("*/nodes/*/solution.py"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_the_cells_together_are_the_script(path: Path) -> None:
    code = path.read_text()
    found = cells(code)
    assert ast.dump(ast.parse("\n\n".join(found))) == ast.dump(ast.parse(code))
    assert [line for line in code.splitlines() if line.strip()] == [
        line for cell in found for line in cell.splitlines() if line.strip()
    ]
    for cell in found:
        ast.parse(cell)


def test_a_block_with_blank_lines_stays_whole_and_comments_stay_with_what_they_are_about() -> None:
    code = 'import os\n\ntext = """\n\na\n\n"""\n\n# what f does\n\n# really\n'
    code += "def f():\n    a = 1\n\n    return a\n\n\nf()\n"
    found = cells(code)
    assert found[2] == "# what f does\n\n# really\ndef f():\n    a = 1\n\n    return a"
    assert found[:2] == ["import os", 'text = """\n\na\n\n"""']
    assert found[3] == "f()"


def test_long_scripts_are_cut_and_short_ones_are_not() -> None:
    assert len(cells("a = 1\n\nb = 2\n")) == 1
    many = "\n\n".join(f"# part {i}\n" + "\n".join(f"x{i}_{j} = {j}" for j in range(8)) for i in range(6))
    assert [c.splitlines()[0] for c in cells(many)] == [f"# part {i}" for i in range(6)]


@pytest.mark.parametrize(("code", "found"), [("", []), ("\n\n", []), ("def f(:\n\n x", ["def f(:\n\n x"])])
def test_what_is_no_script(code: str, found: list[str]) -> None:
    assert cells(code) == found
