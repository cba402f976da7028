"""docs/reference/ says what the code says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT, blocks
from tui_aide.cli import COMMANDS
from tui_aide.engine.policies import POLICIES
from tui_aide.engine.strategies import STRATEGIES
from tui_aide.tasks.task_toml import TaskToml, read_task_toml

REFERENCE = ROOT / "docs" / "reference"


def test_its_tables_are_those_of_the_code() -> None:
    done = subprocess.run([sys.executable, ROOT / "docs" / "reference_tables.py", "--check"], check=False)
    assert done.returncode == 0, "run: python docs/reference_tables.py"


def test_it_has_every_command_strategy_policy_and_key() -> None:
    commands = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    assert all(f"\n## tui-aide {name}\n" in commands for name in (*COMMANDS, "bench report", "bench resume"))
    strategies = (REFERENCE / "strategies.md").read_text(encoding="utf-8")
    assert all(f"\n### {name}\n" in strategies for name in (*STRATEGIES, *POLICIES))
    keys = (REFERENCE / "task-toml.md").read_text(encoding="utf-8")
    assert all(re.search(rf"^\| `{key}` \| \S.* \| \S.* \|$", keys, re.MULTILINE) for key in TaskToml.__struct_fields__)


def test_its_task_toml_is_one(tmp_path: Path) -> None:
    ((_, example),) = blocks(REFERENCE / "task-toml.md", "toml")
    (tmp_path / "task.toml").write_text(example)
    keys = read_task_toml(tmp_path)
    assert (keys.metric, keys.split, keys.folds) == ("mae", "group:clinic", 5)


def test_environment_has_every_variable_of_ours() -> None:
    page = (REFERENCE / "environment.md").read_text(encoding="utf-8")
    used = {
        name
        for path in (ROOT / "tui_aide").rglob("*.py")
        for name in re.findall(r"\bTUI_AIDE_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))
    }
    told = set(re.findall(r"^\| `(TUI_AIDE_\w+)` \|", page, re.MULTILINE))
    assert told == used - {"TUI_AIDE_RUN"}  # marks the processes of a script, for nobody to set


def test_the_explanation_has_the_figures_that_were_measured() -> None:
    told = (ROOT / "docs" / "explanation" / "inference-time-scaling.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[\w-]+`)[^|]* \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", told, re.MULTILINE)
    assert len(rows) == 7
    measured = (ROOT / "docs" / "equal-compute.md").read_text(encoding="utf-8").partition("Normalised score")[0]
    for name, *values in rows:
        line = next(line for line in measured.splitlines() if line.startswith(f"| {name} |"))
        assert [cell.split()[0] for cell in line.split(" | ")[1:]] == values
