from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.tui.recorded import RecordedSession
from tests.tui.watching import SMALL, Watcher, watching
from tui_aide.tui.clipboard import MOST

_PYPERCLIP = """
class PyperclipException(RuntimeError):
    pass

def copy(text):
    try:
        with open("{path}", "w") as file:
            file.write(text)
    except OSError:
        raise PyperclipException("no program")
"""


def _copied(w: Watcher, text: str) -> bool:
    return w.app.clipboard == text


@pytest.fixture(autouse=True)
def clipboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module in pyperclip's place, which writes to this file, and finds no program where the folder is missing."""
    module = tmp_path / "modules" / "pyperclip.py"
    module.parent.mkdir()
    module.write_text(_PYPERCLIP.format(path=tmp_path / "board" / "text"))
    monkeypatch.syspath_prepend(str(module.parent))
    monkeypatch.delitem(sys.modules, "pyperclip", raising=False)
    return tmp_path / "board" / "text"


async def test_y_copies_what_is_chosen(session: RecordedSession) -> None:
    session.valid(0.8, title="ridge", code="x = 1\n")
    session.write(0, "output.log", "fold 1\nfold 2\n")
    async with watching(session) as w:
        for key, text in {
            "s": "x = 1\n",
            "p": "the plan",
            "o": "fold 1\nfold 2\n",
            "f": str(session.folder.node(0)),
            "r": f"tui-aide export {session.folder.id} --format script --node 0 -o {session.folder.id}-0.py",
            "l": f"{session.folder.id} #0: roc_auc 0.8000 ± 0.0100, ridge",
        }.items():
            await w.press("y")
            await w.shows("Copy of #0")
            await w.press(key)
            await w.until(partial(_copied, w, text))
        await w.shows("Copied the score line of #0.")


async def test_a_text_too_long_for_terminals_says_so_and_is_not_cut(session: RecordedSession) -> None:
    session.valid(0.8, code="x = 1\n" + "#" * MOST)
    async with watching(session) as w:
        await w.press("y", "s")
        await w.shows("75 000 bytes; terminals take 74 994")
        assert w.app.clipboard == ""


async def test_a_program_takes_any_length(session: RecordedSession, clipboard: Path) -> None:
    clipboard.parent.mkdir()
    session.valid(0.8, code="x = 1\n" + "#" * MOST)
    async with watching(session) as w:
        await w.press("y", "s")
        await w.shows("Copied the script of #0: 2 lines.")
        assert clipboard.read_text() == "x = 1\n" + "#" * MOST
        assert w.app.clipboard == ""


async def test_a_menu_is_left_by_esc_and_taken_by_the_mouse(session: RecordedSession) -> None:
    session.valid(0.8, code="x = 1\n")
    async with watching(session, SMALL) as w:
        await w.press("y")
        await w.shows("Copy of #0")
        await w.press("escape")
        assert w.app.clipboard == ""
        await w.press("y")
        await w.shows("Copy of #0")
        await w.pilot.click("#choices", offset=(5, 1))
        await w.until(lambda: w.app.clipboard == "x = 1\n")
        await w.press("y", "down", "down", "enter")
        await w.until(lambda: w.app.clipboard == "the plan")


@pytest.mark.parametrize(
    ("key", "name", "start"),
    [("s", "toy-fern-0001-0.py", ""), ("n", "toy-fern-0001-0.ipynb", "{"), ("c", "toy-fern-0001.csv", "node,")],
)
async def test_e_exports_into_the_current_folder_and_says_where(
    session: RecordedSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, name: str, start: str
) -> None:
    session.valid(0.8, code="x = 1\n", best=True)
    monkeypatch.chdir(tmp_path)
    async with watching(session) as w:
        await w.press("E")
        await w.shows("Export into")
        await w.press(key)
        await w.until((tmp_path / name).exists)
        await w.shows("Wrote ")
        assert (tmp_path / name).read_text().startswith(start)
        if key == "n":
            assert "x = 1" in json.dumps(json.loads((tmp_path / name).read_text()))
        await w.press("E", key)
        second = tmp_path / name.replace(".", "-2.")
        await w.until(second.exists)


async def test_what_cannot_be_exported_is_said(
    session: RecordedSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.finish(session.begin(), verdict="no_code", message="the answer held no code")
    monkeypatch.chdir(tmp_path)
    async with watching(session) as w:
        await w.press("E", "s")
        await w.shows("it has no script")
        assert not list(tmp_path.glob("*.py"))
