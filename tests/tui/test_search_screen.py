from __future__ import annotations

from pathlib import Path

import pytest
from textual.geometry import Size

from tests.tui.recorded import LineServer, RecordedSession
from tests.tui.watching import SMALL, WIDE, watching
from tui_aide.tree import events as ev
from tui_aide.tree.commands import RunningNode
from tui_aide.tui.widgets.tree_view import SolutionTreeView


async def test_a_finished_session_shows_its_best_its_nodes_and_its_end(session: RecordedSession) -> None:
    session.valid(0.81, title="first try")
    session.valid(0.87, 0, title="better one", best=True)
    session.end()
    async with watching(session) as w:
        text = w.screen_text()
        assert "FINISHED" in text
        assert "2/20 nodes" in text
        assert "★ 0.8700" in text
        assert "better one" in text
        assert "+.0600" in text
        assert "the budget of nodes is spent" in text


async def test_the_cursor_keeps_its_node_while_the_tree_grows(live: RecordedSession) -> None:
    first = live.valid(0.8, title="first")
    live.valid(0.81, title="second")
    async with watching(live) as w:
        w.search.tree_view.go(1)
        for i in range(30):
            live.valid(0.8, first, title=f"child {i}")
        await w.until(lambda: len(w.search.tree_view.rows.ids) == 32)
        tree = w.search.tree_view
        assert tree.cursor == 1
        assert tree.rows.row_of[1] == 31
        assert tree.row_style(31 - tree.first) in ("cursor", "weak-cursor")


async def test_following_live_moves_to_each_new_node_until_the_user_moves(live: RecordedSession) -> None:
    live.valid(0.8)
    live.begin(0)
    async with watching(live) as w:
        await w.press("full_stop")
        live.begin(0)
        await w.until(lambda: w.search.tree_view.cursor == 2)
        await w.press("up")
        live.begin(0)
        await w.until(lambda: len(w.search.tree_view.rows.ids) == 4)
        assert w.search.tree_view.cursor != 3


async def test_keys_move_fold_and_find_the_best(session: RecordedSession) -> None:
    session.valid(0.8)
    session.valid(0.9, 0, best=True)
    session.valid(0.7, 1)
    session.valid(0.6)
    async with watching(session) as w:
        tree = w.search.tree_view
        await w.press("g")
        assert tree.cursor == 0
        await w.press("j")
        assert tree.cursor == 1
        await w.press("h")
        assert tree.rows.ids == [0, 1, 3]
        await w.press("G")
        assert tree.cursor == 3
        await w.press("asterisk")
        assert tree.cursor == 1
        await w.press("l", "l")
        assert tree.cursor == 2
        await w.press("h")
        assert tree.cursor == 1


async def test_a_fold_that_hides_the_cursor_moves_it_to_the_visible_ancestor(session: RecordedSession) -> None:
    session.valid(0.8)
    session.valid(0.9, 0)
    session.valid(0.7, 1)
    async with watching(session) as w:
        w.search.tree_view.go(2)
        await w.press("Z")
        assert w.search.tree_view.rows.ids == [0]
        assert w.search.tree_view.cursor == 0


async def test_reasoning_streams_and_the_tab_follows_the_phase(live: RecordedSession) -> None:
    node = live.begin()
    live.think(node, "First I look at the data.\n")
    async with watching(live) as w:
        await w.shows("First I look at the data.")
        live.write(node, "reasoning.md", "Then I choose a model")
        await w.shows("Then I choose a model")
        live.execute(node)
        live.write(node, "output.log", "fold 1 done\n")
        await w.until(lambda: w.search.node_panel.tab == "output")
        await w.shows("fold 1 done")


async def test_a_chosen_tab_stays_though_the_phase_changes(live: RecordedSession) -> None:
    node = live.begin(reason="the very reason")
    live.think(node, "hm")
    async with watching(live) as w:
        await w.press("1")
        live.execute(node)
        await w.until(lambda: w.search.feed.tree.nodes[node].phase == "executing")
        await w.ticks(3)
        assert w.search.node_panel.tab == "plan"
        await w.press("1")
        await w.until(lambda: w.search.node_panel.tab == "output")


async def test_tree_reasoning_and_output_stand_side_by_side(live: RecordedSession, tmp_path: Path) -> None:
    thinking, executing = live.begin(), live.begin()
    live.think(thinking, "I think of trees")
    live.execute(executing, title="runs now")
    live.write(executing, "output.log", "epoch 3 of 9\n")
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        await w.until(lambda: w.connected)
        server.push(RunningNode(thinking, "thinking", 5.0, 100, 61.0), RunningNode(executing, "executing", 9.0))
        await w.until(
            lambda: all(t in w.screen_text() for t in ("61 t/s", "I think of trees", "epoch 3 of 9", "executing"))
        )


async def test_markup_in_texts_of_model_and_script_is_shown_literally(session: RecordedSession) -> None:
    node = session.begin(reason="[bold]why[/bold] [/]")
    session.think(node, "[red]thought[/red] [/nonsense]\n")
    session.execute(node, title="[b]title[/b] [@click=app.quit]x[/]", plan="[i]plan[/i]")
    session.write(node, "output.log", "[link=x]out[/link]\n")
    session.finish(node, message="[blink]broken[/blink]")
    async with watching(session) as w:
        await w.press("1")
        await w.shows("[i]plan[/i]")
        text = w.screen_text()
        assert "[b]title[/b] [@click=app.quit]x[/]" in text
        assert "[bold]why[/bold] [/]" in text
        assert "[blink]broken[/blink]" in text
        await w.press("2")
        await w.shows("[red]thought[/red] [/nonsense]")
        await w.press("5")
        await w.shows("[link=x]out[/link]")


@pytest.mark.parametrize("title", ['[1;@={\\"[[', "[@=@\\}b ", "\\[\\{[", "[/]", "[", "中文 [b", "e\u0301\u202e"])
async def test_titles_that_are_broken_markup_do_not_end_the_viewer(
    live: RecordedSession, tmp_path: Path, title: str
) -> None:
    live.valid(0.8, title=title)
    live.execute(live.begin(0), title=title)
    async with LineServer(live, tmp_path), watching(live) as w:
        w.search.tree_view.go(0)
        await w.press("b")
        await w.shows("Branch from #0")
        await w.press("escape")
        assert w.search.node_panel.node is w.search.feed.tree.nodes[0]


async def test_a_journal_that_names_an_unknown_node_is_told(session: RecordedSession) -> None:
    session.valid(0.8)
    session.add(ev.AnswerStarted(node=77, sample=0))
    async with watching(session) as w:
        await w.shows(" journal.jsonl: names node 77, which was never created; the rest is not shown")
        assert "0.8000" in w.screen_text()


async def test_escape_sequences_in_output_reach_no_screen(session: RecordedSession) -> None:
    node = session.begin()
    session.execute(node, title="evil \x1b[31mred\x1b[0m")
    session.write(node, "output.log", "\x1b]0;owned\x07\x1b[2Jclean\x1b[31m text\x08\x00\n")
    session.finish(node)
    async with watching(session) as w:
        await w.press("5")
        await w.shows("clean text")
        assert "\x1b" not in w.screen_text()
        assert "owned" not in w.screen_text()
        assert "evil red" in w.screen_text()


async def test_carriage_returns_show_the_last_state_of_a_progress_bar(live: RecordedSession) -> None:
    node = live.begin()
    live.execute(node)
    live.write(node, "output.log", "start\r\n 10%|#\r 55%|#####")
    async with watching(live) as w:
        await w.shows(" 55%|#####")
        assert " 10%" not in w.screen_text()
        live.write(node, "output.log", "\r100%|##########\nready\n")
        await w.shows("ready")
        await w.until(lambda: " 55%" not in w.screen_text())
        assert "100%|##########" in w.screen_text()


async def test_code_diff_and_score_have_their_tabs(session: RecordedSession) -> None:
    session.valid(0.8, code="a = 1\nb = 2\n")
    session.valid(0.85, 0, code="a = 1\nb = 3\n")
    async with watching(session) as w:
        w.search.tree_view.go(1)
        await w.press("3")
        await w.shows("b = 3")
        await w.press("4")
        await w.shows("-b = 2")
        assert "+b = 3" in w.screen_text()
        await w.press("6")
        await w.shows("rows          400")


async def test_the_score_tab_tells_why_a_better_looking_node_is_not_the_best(session: RecordedSession) -> None:
    session.valid(0.8, best=True)
    session.valid(0.81)
    session.add(
        ev.ChallengerRejected(node=1, incumbent=0, gain=0.01, gain_se=0.02, reason="the gain is within its error")
    )
    async with watching(session) as w:
        w.search.tree_view.go(1)
        await w.press("6")
        await w.shows("not the best  the gain is within its error")


async def test_the_node_selected_at_the_end_has_its_own_mark(session: RecordedSession) -> None:
    session.valid(0.9, best=True)
    session.valid(0.89, 0, title="the safe one")
    candidates = (ev.Candidate(0, 0.9, 0.7), ev.Candidate(1, 0.89, 0.88))
    session.add(ev.SelectionMade(candidates=candidates, node=1, gap=0.01, reason="#1 is best on the selection part"))
    session.end()
    async with watching(session) as w:
        assert "◆ #1 the safe one" in w.screen_text()
        assert "handed in ◆ #1 selection 0.8800" in w.screen_text()
        assert w.search.tree_view.cursor == 0


async def test_text_selected_with_the_mouse_is_copied(session: RecordedSession) -> None:
    session.valid(0.8, code="alpha = 1\nbeta = 2\n")
    async with watching(session) as w:
        await w.press("3")
        await w.shows("beta = 2")
        await w.pilot.mouse_down("#node-text", offset=(4, 0))
        await w.pilot.hover("#node-text", offset=(13, 1))
        await w.pilot.mouse_up("#node-text", offset=(13, 1))
        await w.press("ctrl+c")
        assert "alpha = 1" in w.app.clipboard


@pytest.mark.parametrize("size", [WIDE, (120, 30), (100, 40), SMALL, (60, 16)])
async def test_best_budget_and_what_runs_are_in_view_at_each_size(live: RecordedSession, size: tuple[int, int]) -> None:
    live.valid(0.8, best=True)
    live.execute(live.begin(0))
    async with watching(live, size) as w:
        top = w.screen_text().splitlines()[0]
        assert "RUNNING 1" in top
        assert "1/20" in top
        assert "0.8000" in top
        assert len(w.screen_text().splitlines()) == size[1]


async def test_a_small_screen_has_views_instead_of_panes(live: RecordedSession) -> None:
    live.valid(0.8, title="the script", best=True)
    async with watching(live, SMALL) as w:
        assert "the script" in w.screen_text()
        await w.until(lambda: not w.search.node_panel.display)
        await w.press("enter")
        await w.until(lambda: w.search.node_panel.display)
        assert w.search.node_panel.region.size.width == 80
        await w.press("escape")
        assert w.search.tree_view.display
        await w.press("tab", "tab", "tab")
        await w.shows("0.8080 ┤")
        await w.press("tab")
        await w.shows("new best 0.8000")


async def test_the_layout_follows_the_size_while_running(live: RecordedSession) -> None:
    live.valid(0.8)
    async with watching(live) as w:
        assert w.search.tree_view.display
        assert w.search.node_panel.display
        await w.pilot.resize_terminal(80, 24)
        await w.until(lambda: not w.search.node_panel.display)
        await w.pilot.resize_terminal(50, 12)
        await w.shows("too small: at least 60 x 16")
        await w.pilot.resize_terminal(160, 45)
        await w.until(lambda: w.search.node_panel.display and w.search.tree_view.display)


async def test_enter_shows_the_node_full_screen_and_escape_goes_back(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session) as w:
        await w.press("enter")
        await w.until(lambda: w.search.node_panel.region.width == 150)
        await w.press("escape")
        await w.until(lambda: w.search.tree_view.region.width > 40)
        assert w.search.focused is w.search.tree_view


async def test_ten_thousand_nodes_draw_only_their_visible_rows(
    session: RecordedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(10_000):
        session.begin(*([(i - 1) // 3] if i else []))
    drawn: list[int] = []
    real = SolutionTreeView.row

    def row(self: SolutionTreeView, index: int, width: int) -> object:
        drawn.append(index)
        return real(self, index, width)

    monkeypatch.setattr(SolutionTreeView, "row", row)
    async with watching(session) as w:
        await w.until(lambda: len(w.search.tree_view.rows.ids) == 10_000, 30)
        assert 0 < len(set(drawn)) <= w.search.tree_view.size.height
        drawn.clear()
        await w.press("G")
        assert len(set(drawn)) <= w.search.tree_view.size.height
        await w.press("up")
        drawn.clear()
        await w.press("up")
        assert len(drawn) <= 4


async def test_a_tick_redraws_only_the_live_rows(live: RecordedSession, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(12):
        live.valid(0.8)
    runs = live.begin(0)
    live.execute(runs)
    async with watching(live) as w:
        tree = w.search.tree_view
        await w.until(lambda: tree._version == w.search.feed.tree.version)
        await w.ticks(4)
        drawn: list[int] = []
        real = SolutionTreeView.row
        monkeypatch.setattr(SolutionTreeView, "row", lambda s, i, n: drawn.append(i) or real(s, i, n))  # type: ignore[func-returns-value]
        await w.until(lambda: len(drawn) >= 3)
        assert {tree.rows.ids[i] for i in drawn} == {runs}


async def test_no_colour_leaves_only_greys(session: RecordedSession, monkeypatch: pytest.MonkeyPatch) -> None:
    session.valid(0.8, best=True)
    session.finish(session.begin())
    monkeypatch.setenv("NO_COLOR", "1")
    async with watching(session) as w:
        colours = {
            c.triplet
            for strip in w.search._compositor.render_strips(Size(150, 40))
            for line in [w.search.tree_view.render_lines(w.search.tree_view.size.region)]
            for s in [*strip, *(seg for row in line for seg in row)]
            if s.style
            for c in (s.style.color, s.style.bgcolor)
            if c is not None and c.triplet is not None
        }
        assert colours
        assert all(c.red == c.green == c.blue for c in colours)
        text = w.screen_text()
        assert "★" in text
        assert "✗" in text


async def test_themes_change_the_colours_at_once(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session) as w:
        tree = w.search.tree_view
        before = tree.render_line(0)
        await w.press("T", "down")
        assert w.app.theme == "paper"
        await w.until(lambda: tree.render_line(0) != before)
