"""Commands to type are told by the word that works in the shell that they stand in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_CODE = "import sys; from tui_aide.cli.program_name import program_name; print(program_name())"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A program of our name in a folder of its own, as pip makes one in an environment's `bin`."""
    path = tmp_path / "my env" / "bin" / "tui-aide"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!{sys.executable}\n{_CODE}\n")
    path.chmod(0o755)
    return path


def _told(place: Path, *words: str, path: str = "/usr/bin:/bin") -> str:
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(words, cwd=place, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_program_that_the_shell_does_not_find_is_told_by_its_path(tmp_path: Path, script: Path) -> None:
    assert _told(tmp_path, "my env/bin/tui-aide") == "'my env/bin/tui-aide'"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert _told(elsewhere, str(script)) == f"'{script}'"


def test_a_program_that_the_shell_finds_is_told_by_its_name(tmp_path: Path, script: Path) -> None:
    assert _told(tmp_path, str(script), path=f"{script.parent}:/usr/bin:/bin") == "tui-aide"
    link = tmp_path / "links" / "tui-aide"
    link.parent.mkdir()
    link.symlink_to(script)
    assert _told(tmp_path, str(script), path=f"{link.parent}:/usr/bin:/bin") == "tui-aide"


def test_another_program_of_that_name_is_not_meant(tmp_path: Path, script: Path) -> None:
    other = tmp_path / "other" / "tui-aide"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    assert _told(tmp_path, "my env/bin/tui-aide", path=f"{other.parent}:/usr/bin:/bin") == "'my env/bin/tui-aide'"


def test_run_as_a_module_it_is_told_by_its_name(tmp_path: Path) -> None:
    assert _told(tmp_path, sys.executable, "-c", _CODE) == "tui-aide"
