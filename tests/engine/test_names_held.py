"""What is told of a failed script's names, where one of them is odd."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tui_aide.execution import hooks

SCRIPT = """
class Odd(list):
    def __len__(self):
        raise RuntimeError("no length")

odd, rows = Odd(), [1, 2, 3]
big = 10 ** 5000
rows[7]
"""


def test_an_odd_value_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "solution.py").write_text(SCRIPT)
    path = str(Path(hooks.__file__).parent)
    done = subprocess.run(
        [sys.executable, "solution.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "  rows: list of length 3" in done.stderr
    assert "  odd: Odd" in done.stderr
    assert "  big: int" in done.stderr
