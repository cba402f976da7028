"""The README says what is so: its metrics are the registry's, its test command is the one that runs.

Its commands and links are looked at with those of all pages, in tests/docs.
"""

from __future__ import annotations

import argparse
import importlib
import re
import subprocess
from pathlib import Path

from tui_aide.cli import COMMANDS, module_of
from tui_aide.cli.parser import Parser
from tui_aide.tasks.metrics import METRICS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_has_help_with_an_example() -> None:
    for name in COMMANDS:
        module = importlib.import_module(module_of(name))
        assert f"tui-aide {name}" in module.EPILOG, name
        parser: argparse.ArgumentParser = Parser(f"tui-aide {name}", module.__doc__ or "", module.EPILOG)
        module.add_arguments(parser)
        assert "example" in parser.format_help(), name


def test_metrics_are_those_of_the_registry() -> None:
    listed = re.search(r"Metrics: (.*?), or your own", README, re.DOTALL)
    assert listed is not None
    assert set(re.split(r",\s+", listed[1])) == set(METRICS)


def test_ci_runs_the_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    extract = next(line for line in script.splitlines() if line.startswith("command="))
    done = subprocess.run(
        ["bash", "-c", f'{extract}; echo "$command"'], cwd=ROOT, capture_output=True, text=True, check=True
    )
    (line,) = done.stdout.strip().splitlines()
    assert f"\n{line}\n" in README
    assert line.endswith("python -m pytest -q")
