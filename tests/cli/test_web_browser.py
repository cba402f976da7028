"""The screens in a real browser: it shows them, takes keys, and closes without a trace."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.cli.program import Program
from tests.sessions.exports.chromium import Chromium, Page
from tests.tui.recorded import LineServer, RecordedSession
from tui_aide.models.serving.ports import free_port
from tui_aide.tree.commands import Reply

pytestmark = pytest.mark.browser

CODE = "import pandas as pd\n\nprint('a script')\n"
_TRAP = """
Object.defineProperty(Object.prototype, "terminal", { configurable: true, set(made) {
  Object.defineProperty(this, "terminal", { value: made, writable: true, configurable: true });
  if (made && made.buffer) window.xterm = made;
} });
"""
"""The page keeps its terminal to itself; this notes it as it is made."""
_TEXT = """(() => {
  if (!window.xterm) return "";
  const lines = [], all = window.xterm.buffer.active, cols = window.xterm.cols;
  for (let i = 0; i < all.length; i++) lines.push(all.getLine(i).translateToString(true, 0, cols));
  return lines.join("\\n");
})()"""
_CODES = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowDown": 40, "F2": 113}


class Browsing:
    """A page with the screens in it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def text(self) -> str:
        return str(await self.page.value(_TEXT))

    async def until(self, condition: Callable[[str], bool], seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not condition(shown := await self.text()):
            assert time.monotonic() < end, f"it did not come; the page shows:\n{shown}"
            await asyncio.sleep(0.1)

    async def shows(self, text: str) -> None:
        await self.until(lambda shown: text in shown)

    async def press(self, *keys: str) -> None:
        """Press keys; `ctrl+` before one holds it."""
        for word in keys:
            key = word.removeprefix("ctrl+")
            parameters: dict[str, object] = {"key": key, "modifiers": 2 if key != word else 0}
            parameters["windowsVirtualKeyCode"] = _CODES.get(key) or ord(key.upper())
            if key == word and (len(key) == 1 or key == "Enter"):
                parameters["text"] = "\r" if key == "Enter" else key
            await self.page.ask("Input.dispatchKeyEvent", type="keyDown", **parameters)
            await self.page.ask("Input.dispatchKeyEvent", type="keyUp", **parameters)


@pytest.fixture
async def browsing(chromium: Chromium) -> AsyncIterator[Browsing]:
    async with chromium.page() as page:
        await page.ask("Page.addScriptToEvaluateOnNewDocument", source=_TRAP)
        await page.ask("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        await page.ask("Page.bringToFront")
        yield Browsing(page)
        await page.open("about:blank")


@contextmanager
def serving(tmp_path: Path, *words: str) -> Iterator[tuple[str, psutil.Process]]:
    """Serve what lies in the test's folder; give the address and the server."""
    runs = Program(tmp_path)
    address = f"http://127.0.0.1:{free_port()}"
    process = runs.start("web", "--port", address.rpartition(":")[2], *words)
    try:
        assert process.stdout is not None
        assert address in process.stdout.readline()
        yield address, psutil.Process(process.pid)
    finally:
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert said == ""
    assert process.returncode == 0


@pytest.fixture
def session(tmp_path: Path) -> Iterator[RecordedSession]:
    recorded = RecordedSession(tmp_path / "sessions")
    recorded.hold()
    recorded.valid(0.8, title="a plain baseline", best=True, code=CODE)
    yield recorded
    recorded.close()


async def test_a_session_is_shown_followed_and_steered(
    browsing: Browsing, session: RecordedSession, tmp_path: Path
) -> None:
    async with LineServer(session, tmp_path) as server:
        server.reply = Reply(True, "done as asked")
        with serving(tmp_path, session.folder.id) as (address, _):
            await browsing.page.open(address)
            await browsing.shows("★ 0.8000")
            assert await browsing.page.value("document.title") == "toy-fern-0001 · tui_aide"
            assert "╭" in await browsing.text(), "the page has all signs, whatever the server's terminal can show"
            session.valid(0.8731, 0, title="a bag of seeds", best=True, code=CODE)
            await browsing.shows("★ 0.8731 (#1)")
            await browsing.press("*", "3")
            await browsing.shows("print('a script')")
            await browsing.press("y")
            await browsing.shows("Copy of #1")
            await browsing.press("s")
            await browsing.shows("Copied the script of #1")
            assert str(await browsing.page.value("navigator.clipboard.readText()")).strip() == CODE.strip()
            await browsing.press("e")
            await browsing.shows("#1: the script")
            await browsing.press(*"x = 1", "Enter", "ctrl+s")
            await browsing.shows("done as asked")
            assert server.commands[0]["code"] == "x = 1\n" + CODE
            assert all(request.startswith(address) for request in browsing.page.requests)


async def test_home_opens_a_session_and_leaving_says_that_searches_go_on(
    browsing: Browsing, session: RecordedSession, tmp_path: Path
) -> None:
    with serving(tmp_path) as (address, server):
        await browsing.page.open(address)
        await browsing.shows("toy-fern-0001")
        await browsing.press("Enter")
        await browsing.shows("a plain baseline")
        await browsing.press("q")
        await browsing.shows("Sessions")
        assert len(server.children(recursive=True)) >= 1
        await browsing.press("q")
        closed = "getComputedStyle(document.getElementById('closed')).display"
        end = time.monotonic() + 20
        while await browsing.page.value(closed) != "flex":
            assert time.monotonic() < end
            await asyncio.sleep(0.1)
        while server.children(recursive=True):
            assert time.monotonic() < end, "the viewer of a closed page goes on"
            await asyncio.sleep(0.1)
        await browsing.press("Enter")
        await browsing.shows("toy-fern-0001")
        await browsing.page.open("about:blank")
        while server.children(recursive=True):
            assert time.monotonic() < end + 20, "the viewer of a page that was left goes on"
            await asyncio.sleep(0.1)


async def test_the_page_is_painted_at_any_size(browsing: Browsing, session: RecordedSession, tmp_path: Path) -> None:
    with serving(tmp_path, session.folder.id) as (address, _):
        await browsing.page.open(address + "/?fontsize=12")
        await browsing.shows("★ 0.8000")
        wide = await browsing.page.value("window.xterm.cols")
        await browsing.page.size(700, 500)
        await browsing.until(lambda shown: bool(shown) and max(map(len, shown.splitlines())) < wide / 1.5)
        await browsing.shows("★ 0.8000")
        await asyncio.sleep(0.5)
        picture = base64.b64decode(await browsing.page.picture())
        assert len(picture) > 8_000, "a page of one colour is smaller"
