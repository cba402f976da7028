from __future__ import annotations

from tests.tui.recorded import RecordedSession
from tests.tui.watching import watching
from tui_aide.tree import events as ev


async def test_the_search_marks_matches_and_n_goes_through_them(session: RecordedSession) -> None:
    session.valid(0.8, title="gradient boosting")
    session.valid(0.8, title="ridge")
    session.valid(0.8, 0, title="boosting again")
    async with watching(session) as w:
        w.search.tree_view.go(1)
        await w.press("slash", *"boo", "enter")
        assert w.search.tree_view.matches == {0, 2}
        assert w.search.tree_view.cursor == 0
        await w.press("n")
        assert w.search.tree_view.cursor == 2
        await w.press("n")
        assert w.search.tree_view.cursor == 0
        await w.press("escape")
        assert not w.search.tree_view.matches


async def test_an_empty_session_says_what_is_being_waited_for(live: RecordedSession) -> None:
    async with watching(live) as w:
        assert "The first draft is being prepared" in w.screen_text()
        await w.press("j", "enter", "3", "y", "asterisk", "n", "escape", "b")
        live.begin()
        await w.shows("#0 draft")


async def test_a_session_without_a_journal_yet_is_waited_for(live: RecordedSession) -> None:
    live.valid(0.8, title="comes later")
    hidden = live.folder.journal.rename(live.folder.path / "later")
    async with watching(live) as w:
        assert "The search is being prepared" in w.screen_text()
        hidden.rename(live.folder.journal)
        await w.shows("comes later")
        await w.shows("RUNNING")


async def test_a_damaged_journal_is_told_and_not_a_crash(session: RecordedSession) -> None:
    with session.folder.journal.open("ab") as file:
        file.write(b"not json\n")
    async with watching(session) as w:
        await w.shows("The journal cannot be read.")
        assert " journal.jsonl: damaged line b'not json'" in w.screen_text()


async def test_the_log_tells_what_happened(session: RecordedSession) -> None:
    session.valid(0.8, best=True)
    session.add(ev.Notice(level="warning", message="the model server is slow [/]"))
    async with watching(session) as w:
        await w.press("at")
        await w.shows("the model server is slow [/]")
        assert "#0 scored 0.8000" in w.screen_text()


async def test_help_lists_every_action(session: RecordedSession) -> None:
    from tui_aide.tui.actions import EVERYWHERE, FOLD, HOME, MOVE, SEARCH
    from tui_aide.tui.screens.keys import key_lines

    text = "\n".join("".join(t for t, _ in line) for line in key_lines())
    assert all(a.description in text for a in (*SEARCH, *EVERYWHERE, *MOVE, *FOLD, *HOME))
    async with watching(session) as w:
        await w.press("question_mark")
        await w.shows("Pause the search")
        await w.press("escape")
        assert w.search.tree_view.has_focus
