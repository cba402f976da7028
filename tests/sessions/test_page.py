"""docs/sessions.md says what the code does, and what it calls a session is one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sessions.made import make_session
from tui_aide.cli import COMMANDS
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.listing import list_sessions
from tui_aide.sessions.store import FolderStore
from tui_aide.sessions.summary import summarise
from tui_aide.sessions.view import SessionView
from tui_aide.tree.events import Paused

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sessions.md").read_text(encoding="utf-8")


def example(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_its_tables_are_those_of_the_code() -> None:
    done = subprocess.run([sys.executable, ROOT / "docs" / "session_tables.py", "--check"], check=False)
    assert done.returncode == 0, "run: python docs/session_tables.py"


def test_a_session_that_another_program_writes_by_it_opens_and_goes_into_lists(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path / "by-hand")
    folder.path.mkdir()
    folder.config_file.write_text(example("toml"))
    folder.journal.write_text(example("json"))
    view = SessionView(folder)
    view.refresh()
    summary = summarise(folder, view.tree)
    assert (view.status, summary["best"]["score"], summary["tokens"]["reasoning"]) == ("finished", 0.93, 1200)
    assert summary["wall_seconds"] == 32.0
    (listed,) = list_sessions(tmp_path)
    assert (listed.status, listed.task, listed.model, listed.nodes) == ("finished", "tumours", "my-model", 1)


@pytest.mark.parametrize(
    "recorded", sorted(p.parent for p in ROOT.glob("sessions/*/session.toml")), ids=lambda p: p.name
)
def test_every_file_of_a_recorded_session_is_on_it(recorded: Path) -> None:
    for path in recorded.rglob("*"):
        name = "0004.py" if path.parent.name == "members" else re.sub(r"-\d+\.", "-0.", path.name)
        if path.is_file() and not path.name.startswith("."):
            assert f"`{name}`" in PAGE or f"  {name}" in PAGE or f"members/{name}" in PAGE, path
        elif path.parent == recorded:
            assert f"  {name}/" in PAGE, path


def test_every_path_of_a_session_folder_is_on_it(tmp_path: Path) -> None:
    folder = make_session(tmp_path, "one")
    store = FolderStore(folder, 5)
    store.append(Paused())
    for path in (folder.journal, folder.config_file, folder.summary_file, folder.lock_file, folder.runner_file):
        assert f"  {path.name}  " in PAGE
    for path in (folder.runner_log, folder.best, store.final_folder()):
        assert f"  {path.name}" in PAGE
    store.close()


@pytest.mark.parametrize("command", ["sessions", "rename", "delete", "prune", "fork", "compare"])
def test_the_commands_on_it_are_there(command: str) -> None:
    assert command in COMMANDS
    assert f"tui-aide {command}" in PAGE
