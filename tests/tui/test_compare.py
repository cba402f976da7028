from __future__ import annotations

from pathlib import Path

from tests.tui.recorded import LineServer, RecordedSession
from tests.tui.watching import SMALL, WIDE, watching
from tui_aide.tree import events as ev
from tui_aide.tui.difference import Difference, fit_spans
from tui_aide.tui.screens.comparison import ComparisonScreen
from tui_aide.tui.widgets.text_pane import TextPane


def _three(session: RecordedSession) -> RecordedSession:
    session.valid(0.80, title="first", code="a = 1\nb = 2\nc = 3\n")
    session.valid(0.85, 0, title="second", code="a = 1\nb = 20\nc = 3\n", best=True)
    session.valid(0.82, 0, title="third", code="a = 1\nb = 2\nc = 3\nd = 4\n")
    return session


def _rows(difference: Difference) -> list[str]:
    return ["".join(t for t, _ in difference.row(i)) for i in range(len(difference))]


def test_a_difference_stands_side_by_side_where_there_is_room() -> None:
    before = [f"line {i}" for i in range(40)]
    after = [*before[:20], "line twenty", *before[21:30], *before[31:]]
    difference = Difference(before, after, ("#1", "#2"))
    difference.resize(80)
    assert _rows(difference)[0] == "#1 -> #2   +1 -2 lines"
    assert "-line 20" in _rows(difference)
    assert not difference.same
    unified = difference.text()
    difference.resize(120)
    rows = _rows(difference)
    changed = next(r for r in rows if "line twenty" in r)
    assert "  21 - line 20 " in changed
    assert "  21 + line twenty" in changed
    gone = next(r for r in rows if "- line 30" in r)
    assert gone.partition("│")[2].strip() == ""
    assert rows[2].count("…") == 2
    assert all(len(r) <= 120 for r in rows)
    assert difference.text() == unified
    difference.split = False
    difference.resize(120)
    assert "-line 20" in _rows(difference)


def test_what_changed_within_a_line_stands_out() -> None:
    difference = Difference(["model = Ridge(alpha=1.0)"], ["model = Ridge(alpha=2.5)"], ("#1", "#2"))
    difference.resize(140)
    spans = difference.row(2)
    assert ("1", "removed-part") in spans
    assert ("2", "added-part") in spans
    assert ("model = Ridge(alpha=", "added") in spans


def test_spans_are_cut_and_padded_to_a_width() -> None:
    assert fit_spans([("ab", "x"), ("cdef", "y")], 4) == [("ab", "x"), ("c…", "y")]
    assert fit_spans([("ab", "x")], 4) == [("ab", "x"), ("  ", "")]


async def test_v_marks_and_c_compares_what_is_marked(session: RecordedSession) -> None:
    async with watching(_three(session), WIDE) as w:
        view = w.search.tree_view
        view.go(1)
        await w.press("v")
        view.go(2)
        await w.press("v")
        assert list(view.marked) == [1, 2]
        await w.shows("Tree  2 marked")
        assert "▪✓ #2" in w.screen_text()
        await w.press("c")
        await w.shows("Compare #1 and #2")
        text = w.screen_text()
        assert "0.8500 ± 0.0100" in text
        row = next(r for r in text.splitlines() if "b = 20" in r)
        assert "- b = 20" in row
        assert "+ b = 2" in row.partition("│")[2].partition("│")[2]
        assert "the plan" in text
        await w.press("w")
        await w.shows("-b = 20")
        await w.press("y")
        await w.until(lambda: "-b = 20" in w.app.clipboard)
        await w.press("escape")
        assert view.has_focus
        await w.press("V")
        assert not view.marked


async def test_of_three_marked_nodes_two_at_a_time_are_compared(session: RecordedSession) -> None:
    async with watching(_three(session), WIDE) as w:
        for node in (0, 1, 2):
            w.search.tree_view.go(node)
            await w.press("v")
        await w.press("c")
        await w.shows("Compare #0 and #1")
        await w.press("n")
        await w.shows("Compare #0 and #2")
        await w.press("N")
        await w.shows("Compare #0 and #1")
        await w.shows("n next pair (1 of 3)")


async def test_without_marks_a_node_is_compared_with_its_parent(session: RecordedSession) -> None:
    async with watching(_three(session), SMALL) as w:
        w.search.tree_view.go(0)
        await w.press("c")
        await w.shows("Mark two nodes by v")
        w.search.tree_view.go(1)
        await w.press("colon")
        await w.enter("compare")
        await w.shows("Compare #0 and #1")
        screen = w.app.screen
        assert isinstance(screen, ComparisonScreen)
        text = screen.query_one(TextPane).document.text()
        assert text.index("roc_auc") < text.index("+b = 20") < text.index("the plan")


async def test_d_compares_with_the_parent_and_then_with_each_marked_node(session: RecordedSession) -> None:
    async with watching(_three(session)) as w:
        view = w.search.tree_view
        view.go(1)
        await w.press("v")
        view.go(2)
        await w.press("d")
        await w.shows("#0 -> #2   +1 -0 lines")
        await w.press("d")
        await w.shows("#1 -> #2   +2 -1 lines")
        await w.press("d")
        await w.shows("#0 -> #2   +1 -0 lines")
        await w.press("w")
        await w.shows("4 + d = 4")
        await w.press("w")
        await w.shows("+d = 4")


async def test_the_history_tells_ancestors_and_what_was_done(session: RecordedSession) -> None:
    _three(session)
    session.add(ev.CommandReceived(command="pin", arguments={"node": 2}, by="ada", accepted=True, result="pinned #2"))
    node = session.begin(1)
    session.think(node)
    session.add(ev.NodeRestarted(node=node))
    async with watching(session, WIDE) as w:
        w.search.tree_view.go(2)
        await w.press("9")
        await w.shows("ada: pin: pinned #2")
        text = w.screen_text()
        assert "+.0200" in text
        assert "+1 -0" in text
        assert "scored 0.8200 ± 0.0100 after 3s" in text
        w.search.tree_view.go(1)
        await w.shows("new best with 0.8500")
        w.search.tree_view.go(node)
        await w.shows("started again; what it had until then is void")
        assert all(f"#{n}" in w.screen_text() for n in (0, 1, node))


async def test_a_command_that_comes_is_in_the_history_at_once(live: RecordedSession, tmp_path: Path) -> None:
    live.valid(0.8)
    async with LineServer(live, tmp_path), watching(live) as w:
        await w.press("9")
        await w.shows("What happened to it")
        live.add(ev.CommandReceived(command="pin", arguments={"node": 0}, by="ada", accepted=True, result="ok now"))
        await w.shows("ada: pin: ok now")
