"""The README says what is so: its commands and options exist, its metrics are the registry's, its files are there."""

from __future__ import annotations

import argparse
import importlib
import re
import subprocess
from pathlib import Path

import pytest

from tui_aide.cli import COMMANDS, module_of
from tui_aide.cli.parser import Parser
from tui_aide.tasks.metrics import METRICS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    """Every `tui-aide COMMAND ...` in the README, as words."""
    found = re.findall(r"tui-aide ([a-z]+(?: [^\n`#]+)?)", README)
    lines = [f.split("&&")[0].strip() for f in found]
    return [line.replace('"', "").split() for line in lines if line.split()[0] in COMMANDS]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_command_and_its_options_exist(words: list[str]) -> None:
    module = importlib.import_module(module_of(words[0]))
    parser = Parser(words[0], "", "")
    module.add_arguments(parser)
    known = {o for a in parser._actions for o in a.option_strings}
    assert {w for w in words[1:] if w.startswith("-")} <= known


def test_readme_has_many_commands() -> None:
    assert len(commands()) >= 12


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


def test_linked_files_are_there() -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_ci_runs_the_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    extract = next(line for line in script.splitlines() if line.startswith("command="))
    done = subprocess.run(
        ["bash", "-c", f'{extract}; echo "$command"'], cwd=ROOT, capture_output=True, text=True, check=True
    )
    (line,) = done.stdout.strip().splitlines()
    assert f"\n{line}\n" in README
    assert line.endswith("python -m pytest -q")
