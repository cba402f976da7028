"""The manual page is what the commands say, holds every variable of the environment, and is well-formed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "man" / "tui-aide.1"


def test_the_page_is_what_the_commands_say() -> None:
    done = subprocess.run([sys.executable, ROOT / "docs" / "man_page.py", "--check"], check=False)
    assert done.returncode == 0, "run: python docs/man_page.py"


def test_it_has_every_variable_that_the_program_reads() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tui_aide").rglob("*.py"))
    read = set(re.findall(r"\bTUI_AIDE_[A-Z_]+\b", text)) - {"TUI_AIDE_RUN"}  # that one marks processes of our own
    page = PAGE.read_text(encoding="utf-8")
    assert read
    assert {name for name in read if name not in page} == set()


@pytest.mark.parametrize(
    "command",
    [
        ["mandoc", "-Tlint", "-Wwarning", str(PAGE)],
        ["groff", "-ww", "-man", "-Kutf8", "-Tutf8", "-z", str(PAGE)],
    ],
    ids=lambda command: str(command[0]),
)
def test_formatters_find_nothing_wrong(command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} here")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
