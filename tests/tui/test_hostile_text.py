"""Evil texts in every place that shows what models, scripts, data and files say: nothing breaks, nothing is obeyed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from tests.tui.filling import Filler, only_builtin
from tests.tui.forked import Forked
from tests.tui.hostile import HOSTILE, ORDERS, sound
from tests.tui.recorded import LineServer, RecordedSession
from tests.tui.watching import SMALL, USUAL, Watcher, watching
from tui_aide.sessions.folder import SessionFolder
from tui_aide.tree import events as ev
from tui_aide.tree.commands import Reply, RunningNode, ServerStatus
from tui_aide.tui.model_cards import ModelCard
from tui_aide.tui.node_tabs import TABS
from tui_aide.tui.screens.home import HomeScreen

BYTES = b"\xff\xfe\x00binary\x1b]0;owned\x07\xed\xa0\x80\n" + bytes(range(256)) * 20

_QUICK = ("markup",)
"""What is always tried in every place; the others are in the slow lane."""


def _lanes(values: dict[str, Any]) -> list[ParameterSet]:
    return [
        pytest.param(*value, id=name, marks=() if name in _QUICK else pytest.mark.slow)
        for name, value in values.items()
    ]


TEXTS = _lanes({name: (text,) for name, text in HOSTILE.items()})
WALKS = _lanes({name: (text, (USUAL, SMALL)[at % 2]) for at, (name, text) in enumerate(HOSTILE.items())})


def _evil_node(session: RecordedSession, text: str, *parents: int) -> int:
    """Add a node all of whose texts are evil, and whose output is binary besides."""
    node = session.begin(*parents, reason=text, instruction=text, by="user")
    lines = f"{text}\n```python\n{text}\n"
    session.think(node, lines)
    for name in ("answer.md", "prompt.md"):
        session.write(node, name, lines)
    session.sample(node, server=f"http://{text[:200]}/v1")
    session.execute(node, title=text, plan=lines, code=f"# {text}\nx = '{text}'\n")
    with session.write(node, "output.log", lines).open("ab") as file:
        file.write(BYTES)
    session.add(ev.Notice(level="warning", message=text))
    session.finish(node, message=text)
    return node


def _evil_session(place: Path, text: str) -> RecordedSession:
    made = RecordedSession(place, model=text[:300])
    made.valid(0.8, title=text, best=True, code=f"# {text}\n")
    _evil_node(made, text, 0)
    forked = Forked(made, 0, by=text[:300])
    forked.make(titles=(text, text, text))
    forked.choose(2, {0: text, 1: text, 2: text}, reason=text)
    made.add(ev.HintGiven(hint=1, text=text))
    made.add(ev.ServerChanged(server=f"http://{text[:300]}", state="lost", detail=text))
    return made


async def _all_tabs(w: Watcher) -> None:
    for node in (1, 2):
        w.search.tree_view.go(node)
        await w.pilot.pause()
        for tab in TABS:
            w.search.action_tab(tab)
            w.search.node_panel.update(deep=True)
            await w.pilot.pause()
            sound(w)


@pytest.mark.parametrize(("text", "size"), WALKS)
async def test_a_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, size: tuple[int, int]) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("TMUX", "STY", "KITTY_WINDOW_ID", "VTE_VERSION"):
        monkeypatch.delenv(name, raising=False)
    made = _evil_session(tmp_path / "sessions", text)
    made.hold()
    running = made.begin(0, reason=text)
    made.think(running, text)
    written: list[str] = []
    try:
        async with LineServer(made, tmp_path) as server, watching(made, size) as w:
            assert w.app._driver is not None
            w.app._driver.write = written.append  # type: ignore[method-assign, assignment]
            await w.until(lambda: w.connected)
            status = ServerStatus(f"http://{text[:300]}", text[:300], "lost", 1.0, detail=text)
            server.push(RunningNode(running, "thinking", 5.0, 100, 61.0), servers=(status,))
            await _all_tabs(w)
            server.reply = Reply(False, text)
            await w.press("p")
            await w.until(lambda: server.commands)
            await w.press("at")
            for keys in (("c",), ("y",), ("E",), ("question_mark",), ("colon", *"hint")):
                await w.press(*keys)
                sound(w)
                await w.press("escape")
            w.app.app_focus = False  # a key would bring it back
            made.add(ev.SessionFinished(status="failed", reason=text))
            made.die()
            await w.shows("FAILED")
            await w.until(lambda: any("\x1b]9;" in sequence for sequence in written))
            sound(w)
    finally:
        made.close()
    for sequence in written:  # ours; Textual's own hold no text
        if sequence.startswith(("\x1b]2;", "\x1b]9;")):
            inner = sequence[4:].removesuffix("\x07")
            assert not ORDERS.search(inner), repr(sequence)
        else:
            assert text not in sequence


def _card(place: Path, name: bytes, text: str) -> None:
    folder = Path(bytes(place).decode() + "/").joinpath(name.decode("utf-8", "surrogateescape"))
    folder.mkdir(parents=True)
    (folder / "session.toml").write_text("")
    data: dict[str, Any] = {"session": "x", "status": text, "task": text, "metric": text, "model": text,
                            "direction": "max", "node_count": 12, "best": {"node": 3, "score": 0.9}}  # fmt: skip
    (folder / "summary.json").write_text(json.dumps(data))


@pytest.mark.parametrize("size", [(200, 50), SMALL], ids=["wide", "small"])
async def test_the_list_of_sessions(tmp_path: Path, size: tuple[int, int]) -> None:
    place = tmp_path / "sessions"
    for number, text in enumerate(HOSTILE.values()):
        _card(place, f"{number:02d} {text}".encode().replace(b"/", b"").replace(b"\0", b"")[:200] + b"\xff", text)

    async def served() -> list[ModelCard]:
        return [ModelCard(text, f"http://{text}") for text in HOSTILE.values()]

    async with watching(place=place, size=size, list_models=served) as w:
        await w.until(lambda: isinstance(w.app.screen, HomeScreen) and len(w.app.screen.sessions.cards) == len(HOSTILE))
        for at in range(len(HOSTILE)):
            for key in "nfd"[at % 3]:
                await w.press(key)
                await w.pilot.pause(0.05)
                sound(w)
                if not isinstance(w.app.screen, HomeScreen):
                    await w.press("escape")
            await w.press("j")
            sound(w)


@pytest.mark.parametrize("text", TEXTS)
async def test_the_form_of_a_new_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUI_AIDE_SESSIONS_DIR", str(tmp_path / "sessions"))
    monkeypatch.setenv("TUI_AIDE_CACHE_DIR", str(tmp_path / "cache"))
    name = text.replace("/", "").replace("\0", "")[:60] or "x"
    task = tmp_path / name
    task.mkdir()
    cell = text.replace('"', '""').replace("\0", "")[:20_000]
    rows = [f'{i},{i * 0.5},"{cell}",{i % 2}' for i in range(60)]
    (task / "train.csv").write_text("\n".join([f'Id,x,"{cell}",y', *rows]) + "\n")
    (task / "test.csv").write_text("\n".join([f'Id,x,"{cell}"', *(r.rpartition(",")[0] for r in rows)]) + "\n")
    (task / name).write_text(text)
    async with watching(place=tmp_path / "sessions", size=(150, 45), list_models=only_builtin) as w:
        form = await Filler.open(w)
        await form.put("task", text)
        await form.quiet()
        sound(w)
        await form.put("task", str(task))
        await form.put("name", text)
        await form.put("metric", text)
        await form.quiet()
        sound(w)
        form.field("target").input.focus()
        await w.press("enter")
        await w.pilot.pause(0.05)
        sound(w)


@pytest.mark.parametrize("text", TEXTS)
async def test_a_folder_to_export_into_and_a_search_typed(
    session: RecordedSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    here = tmp_path / (text.replace("/", "").replace("\0", "")[:60] or "x")
    here.mkdir()
    monkeypatch.chdir(here)
    session.valid(0.8, title=text)
    session.end()
    async with watching(SessionFolder(session.folder.path)) as w:
        await w.press("E")
        sound(w)
        await w.press("c")
        await w.shows("Wrote")
        sound(w)
        for key in ("slash", "f", "colon"):
            await w.press(key)
            await w.enter(text)
            sound(w)
