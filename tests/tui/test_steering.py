from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.tui.forked import Forked
from tests.tui.recorded import LineServer, RecordedSession
from tests.tui.watching import WIDE, watching
from tui_aide.errors import SessionError
from tui_aide.sessions.folder import SessionFolder
from tui_aide.tree import events as ev
from tui_aide.tree.commands import Reply
from tui_aide.tui.app import TuiAideApp
from tui_aide.tui.editor import editor
from tui_aide.tui.widgets.prompt_line import PromptLine


async def test_branch_sends_the_node_and_the_instruction(live: RecordedSession, tmp_path: Path) -> None:
    live.valid(0.8, title="parent")
    live.valid(0.8)
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        w.search.tree_view.go(0)
        await w.press("b")
        await w.shows("Branch from #0")
        await w.enter("use [b]trees")
        await w.until(lambda: server.commands)
        (sent,) = server.commands
        assert sent == {"command": "branch", "by": "user", "node": 0, "instruction": "use [b]trees", "samples": 1}
        await w.shows("done as asked")


async def test_keys_and_words_change_strategy_and_policy(live: RecordedSession, tmp_path: Path) -> None:
    live.valid(0.8)
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        await w.press("S")
        assert w.search.query_one(PromptLine).value == "strategy "
        await w.press(*"preflight", "enter")
        await w.until(lambda: len(server.commands) == 1)
        await w.press("P", *"mcts", "enter")
        await w.until(lambda: len(server.commands) == 2)
        assert server.commands == [
            {"command": "set-strategy", "by": "user", "spec": "preflight"},
            {"command": "set-policy", "by": "user", "spec": "mcts"},
        ]
        await w.shows("done as asked")


async def test_the_palette_opens_the_command_line_for_a_strategy(live: RecordedSession) -> None:
    live.valid(0.8)
    async with watching(live) as w:
        commands = {c.title: c for c in w.app.get_system_commands(w.search)}
        commands["Strategy"].callback()
        await w.until(lambda: w.search.query_one(PromptLine).value == "strategy ")


async def test_space_pauses_and_goes_on(live: RecordedSession, tmp_path: Path) -> None:
    live.valid(0.8)
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        await w.press("space")
        await w.until(lambda: server.commands)
        live.add(ev.Paused())
        await w.shows("PAUSED")
        await w.press("space")
        await w.until(lambda: len(server.commands) == 2)
        assert [c["command"] for c in server.commands] == ["pause", "resume"]


async def test_keys_retry_prune_pin_and_pause_the_branch_under_the_cursor(
    live: RecordedSession, tmp_path: Path
) -> None:
    live.valid(0.8)
    live.valid(0.7)
    async with LineServer(live, tmp_path) as server, watching(live) as w:

        def marked(mark: str) -> bool:
            return ("◂" in w.screen_text()) == bool(mark) and mark in w.screen_text()

        w.search.tree_view.go(1)
        for count, (key, event, mark) in enumerate(
            (
                ("r", None, ""),
                ("m", ev.Pinned(node=1), "◂ pinned"),
                ("m", ev.Unpinned(node=1), ""),
                ("p", ev.BranchPaused(node=1), "◂ paused"),
                ("p", ev.BranchUnpaused(node=1), ""),
                ("x", ev.Pruned(node=1), "◂ pruned"),
            ),
            1,
        ):
            await w.press(key)
            await w.until(partial(server.sent, count))
            if event is not None:
                live.add(event)
            await w.until(partial(marked, mark))
        await w.shows("⊘ 1 pruned")
        w.search.tree_view.go(0)
        await w.press("u")
        await w.until(lambda: len(server.commands) == 7)
        live.add(ev.Restored(node=1))
        await w.until(lambda: "◂" not in w.screen_text())
        await w.press("u")
        await w.shows("No branch is pruned.")
        told = [(c["command"], c["node"]) for c in server.commands]
        assert told == [(name, 1) for name in ("retry", "pin", "unpin", "pause", "resume", "prune", "restore")]


async def test_stop_asks_first(live: RecordedSession, tmp_path: Path) -> None:
    live.valid(0.8)
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        await w.press("s", "enter")
        await w.shows("Stop the search?")
        await w.press("n")
        assert w.search.tree_view.has_focus
        assert not server.commands
        await w.press("s", "y")
        await w.until(lambda: w.search.stopped_here)
        assert server.commands[0]["command"] == "stop"
        assert w.search.left_as == "stopped"


async def test_a_refusal_is_shown_in_the_runners_words(live: RecordedSession, tmp_path: Path) -> None:
    live.valid(0.8)
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        server.reply = Reply(False, "the budget [is] spent")
        await w.press("space")
        await w.shows("the budget [is] spent")


async def test_a_refused_instruction_is_kept_for_the_next_branch_of_its_node(
    live: RecordedSession, tmp_path: Path
) -> None:
    live.valid(0.8)
    live.valid(0.8)
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        server.reply = Reply(False, "not now")
        w.search.tree_view.go(0)
        await w.press("b")
        await w.enter("use trees")
        await w.shows("not now Your instruction is kept")
        w.search.tree_view.go(1)
        await w.press("b")
        await w.shows("Branch from #1")
        assert "use trees" not in w.screen_text()
        await w.press("escape")
        server.reply = Reply(True, "done as asked")
        w.search.tree_view.go(0)
        await w.press("b", *" now", "enter")
        await w.shows("done as asked")
        assert [c["instruction"] for c in server.commands] == ["use trees", "use trees now"]
        await w.press("b")
        await w.shows("Branch from #0")
        assert "use trees" not in w.screen_text()


async def test_a_refused_script_is_opened_again_by_the_next_edit(
    live: RecordedSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.valid(0.8, code="x = 1\n")
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\necho "y = 2" >> "$1"\n')
    script.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(script))
    monkeypatch.setattr(TuiAideApp, "suspend", _no_suspend)
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        server.reply = Reply(False, "not now")
        await w.press("e")
        await w.shows("Your script is kept")
        await w.press("e")
        await w.until(lambda: len(server.commands) == 2)
        assert server.commands[1]["code"] == "x = 1\ny = 2\ny = 2\n"


async def test_only_the_newest_messages_stay_and_none_twice(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session) as w:
        for text in ("one", "two", "two", "three", "three"):
            w.search.say(text)
        await w.pilot.pause()
        assert [n.message for n in w.app._notifications] == ["two", "three"]


async def test_a_picture_of_the_screen_lands_in_the_current_folder(
    session: RecordedSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.valid(0.8)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    async with watching(session, WIDE) as w:
        w.app.action_save_picture()
        await w.shows("Saved ")
        assert [p.suffix for p in (tmp_path / "here").iterdir()] == [".svg"]


async def test_without_a_runner_the_screen_only_reads_and_says_so(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session) as w:
        assert "INTERRUPTED" in w.screen_text()
        await w.press("space")
        await w.shows("R resumes it")
        await w.press("b")
        assert w.search.tree_view.has_focus
        assert w.search.left_as == "closed"


async def test_the_runners_death_is_noticed_and_the_remedy_named(live: RecordedSession, tmp_path: Path) -> None:
    live.valid(0.8)
    async with LineServer(live, tmp_path) as server, watching(live, WIDE) as w:
        await w.until(lambda: w.connected)
        await server.close()
        live.die()
        await w.shows("tui-aide resume toy-fern-0001")
        await w.shows("INTERRUPTED")
        await w.shows("Search interrupted")


async def test_resume_calls_back_and_comes_alive_again(session: RecordedSession) -> None:
    session.valid(0.8)
    called: list[SessionFolder] = []

    def resume(folder: SessionFolder) -> None:
        called.append(folder)
        session.hold()

    async with watching(session, resume=resume) as w:
        await w.press("R")
        await w.shows("RUNNING")
        assert called == [session.folder]


async def test_a_resume_that_fails_says_why(session: RecordedSession) -> None:
    def resume(folder: SessionFolder) -> None:
        raise SessionError("the model server is gone; start it")

    session.valid(0.8)
    async with watching(session, resume=resume) as w:
        await w.press("R")
        await w.shows("the model server is gone; start it")


async def test_a_resume_with_a_spent_budget_says_how_to_extend_it(session: RecordedSession) -> None:
    session.valid(0.8)
    session.end()
    async with watching(session, resume=lambda _: None) as w:
        await w.press("R")
        await w.shows("extend the")


async def test_a_node_that_is_not_done_cannot_be_branched_from_yet(live: RecordedSession) -> None:
    live.begin()
    async with watching(live) as w:
        await w.press("b")
        await w.shows("not done yet")


@contextmanager
def _no_suspend(_: TuiAideApp) -> Iterator[None]:
    yield


@pytest.mark.parametrize("changes", [True, False])
async def test_edit_sends_the_script_only_when_it_changed(
    live: RecordedSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: bool
) -> None:
    live.valid(0.8, code="x = 1\n")
    script = tmp_path / "editor"
    script.write_text("#!/bin/sh\n" + ('echo "y = 2" >> "$1"\n' if changes else "true\n"))
    script.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(script))
    monkeypatch.setattr(TuiAideApp, "suspend", _no_suspend)
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        await w.press("e")
        if changes:
            await w.until(lambda: server.commands)
            assert server.commands[0]["command"] == "edit"
            assert server.commands[0]["code"] == "x = 1\ny = 2\n"
        else:
            await w.shows("Nothing was changed")
            assert not server.commands


async def test_edit_takes_the_script_of_the_candidate_under_the_cursor(
    live: RecordedSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Forked(live).make()
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\necho "y = 2" >> "$1"\n')
    script.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(script))
    monkeypatch.setattr(TuiAideApp, "suspend", _no_suspend)
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        w.search.tree_view.go(0, 1)
        await w.press("e")
        await w.until(lambda: server.commands)
        assert server.commands[0]["code"] == "# forest\ny = 2\n"
        assert server.commands[0]["node"] == 0
        await w.press("Y")
        assert w.app.clipboard.endswith("nodes/0000/candidates/1")
        await w.press("3", "y")
        await w.shows("Copy of #0 candidate 1")
        await w.press("t")
        await w.shows("Copied the code of #0 candidate 1")


async def test_an_editor_that_is_not_there_is_named(
    live: RecordedSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.valid(0.8)
    monkeypatch.setenv("EDITOR", str(tmp_path / "nothing-here"))
    monkeypatch.setattr(TuiAideApp, "suspend", _no_suspend)
    async with LineServer(live, tmp_path), watching(live) as w:
        await w.press("e")
        await w.shows("cannot be run")


async def test_the_command_line_sends_what_was_typed(live: RecordedSession, tmp_path: Path) -> None:
    live.valid(0.8)
    live.valid(0.9)
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        await w.press("colon")
        await w.enter('branch 1 "use folds"')
        await w.press("colon")
        await w.enter("nodes 40")
        await w.until(lambda: len(server.commands) == 2)
        assert server.commands[0]["instruction"] == "use folds"
        assert server.commands[1]["nodes"] == 40
        await w.press("colon")
        await w.enter("goto 0")
        assert w.search.tree_view.cursor == 0
        await w.press("colon")
        await w.enter("brnch 1")
        await w.shows("Did you mean 'branch'?")


async def test_copy_gives_the_text_in_view_to_the_terminal(session: RecordedSession) -> None:
    session.valid(0.8, code="x = 1\ny = 2\n")
    async with watching(session) as w:
        await w.press("3", "y")
        await w.shows("Code, the tab in view")
        await w.press("enter")
        await w.until(lambda: w.app.clipboard == "x = 1\ny = 2")
        await w.shows("Copied the code of #0: 2 lines.")
        await w.press("Y")
        assert w.app.clipboard == str(session.folder.node(0))


async def test_q_leaves_and_tells_that_the_search_goes_on(live: RecordedSession) -> None:
    live.valid(0.8)
    async with watching(live) as w:
        await w.press("q")
        await w.until(lambda: not w.app.is_running)
        assert w.app.left_as == "detached"


async def test_ctrl_c_twice_leaves(live: RecordedSession) -> None:
    live.valid(0.8)
    async with watching(live) as w:
        await w.press("ctrl+c")
        await w.shows("again to leave")
        await w.press("ctrl+c")
        await w.until(lambda: not w.app.is_running)
        assert w.app.left_as == "detached"


def test_the_editor_is_the_users_and_one_with_windows_waits() -> None:
    assert editor({"VISUAL": "code", "EDITOR": "vi"}) == ["code", "--wait"]
    assert editor({"EDITOR": "emacs -nw"}) == ["emacs", "-nw"]
    assert editor({"EDITOR": "code -w"}) == ["code", "-w"]
