"""After a script's traceback stands what its names held: shapes and columns, no values."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tui_aide.execution.environment import script_environment

SCRIPT = """
import numpy as np
import pandas as pd

secret = "a password"
def fit(frame, target):
    weights = np.ones((len(frame), 2))
    return frame["nme"]

table = pd.DataFrame({"name": ["x"], "age": [3]})
fit(table, [1, 2, 3])
"""


def ran(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    (folder / "solution.py").write_text(code)
    environment = script_environment(folder, folder, 1, "test")
    command = [sys.executable, "solution.py"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_shapes_and_columns_stand_after_the_traceback(tmp_path: Path) -> None:
    done = ran(tmp_path, SCRIPT)
    assert done.returncode == 1
    traceback, _, told = done.stderr.partition("What the names held at line 8:\n")
    assert traceback.rstrip().endswith("KeyError: 'nme'")
    assert told.splitlines() == [
        "  frame: DataFrame (1, 2), columns name, age",
        "  target: list of length 3",
        "  weights: ndarray (1, 2) float64",
    ]
    assert "password" not in told


def test_nothing_is_told_where_nothing_failed_or_the_script_left_by_itself(tmp_path: Path) -> None:
    assert ran(tmp_path, "x = 1\n").stderr == ""
    left = ran(tmp_path, "import sys\nx = 1\nsys.exit('done')\n")
    assert (left.returncode, left.stderr) == (1, "done\n")


def test_values_that_misbehave_spoil_nothing(tmp_path: Path) -> None:
    code = "class Bad:\n    @property\n    def shape(self):\n        raise RuntimeError\nbad = Bad()\n1 / 0\n"
    done = ran(tmp_path, code)
    assert done.returncode == 1
    assert "\nZeroDivisionError: division by zero\n" in done.stderr
    assert done.stderr.rstrip().endswith("bad: Bad")


def test_an_odd_value_does_not_hide_the_others(tmp_path: Path) -> None:
    code = "class Odd(list):\n    def __len__(self):\n        raise RuntimeError\n"
    done = ran(tmp_path, f"{code}odd, rows, big = Odd(), [1, 2, 3], 10**5000\nrows[7]\n")
    assert done.stderr.endswith("  odd: Odd\n  rows: list of length 3\n  big: int\n")


def test_another_sitecustomize_is_loaded_too_and_the_path_is_as_it_was(tmp_path: Path) -> None:
    code = "import sys\nprint([p for p in sys.path if p.endswith('hooks')], 'sitecustomize' in sys.modules)\n"
    assert ran(tmp_path, code).stdout == "[] True\n"


def test_this_package_cannot_be_imported_nor_can_a_child_import_it(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "if len(sys.argv) == 1:\n"
        "    print(subprocess.run([sys.executable, 'solution.py', 'child'], capture_output=True, text=True).stderr)\n"
        "import tui_aide.tasks.bundled\n"
    )
    done = ran(tmp_path, code)
    assert done.returncode == 1
    for told in (done.stdout, done.stderr):
        assert "ModuleNotFoundError: No module named 'tui_aide.tasks'" in told
