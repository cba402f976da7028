from __future__ import annotations

import pytest

from tests.tui.recorded import RecordedSession
from tests.tui.watching import SMALL, WIDE, watching
from tui_aide.errors import UsageError
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.branch_figures import BranchCourses, branch_sums
from tui_aide.tui.node_filter import NodeFilter
from tui_aide.tui.widgets.tree_rows import TreeRows


def _grown(session: RecordedSession) -> RecordedSession:
    """0 valid 0.80 - 1 valid 0.85 - 2 crash; 3 valid 0.90 - 4 valid 0.70, made by the user; 5 is thinking."""
    session.valid(0.80, title="ridge")
    session.valid(0.85, 0, title="boosting")
    session.finish(session.begin(1, operator="debug"), message="KeyError: 'x'")
    session.valid(0.90, title="blend", best=True)
    node = session.begin(3, operator="branch", by="user", instruction="use fewer leaves")
    session.execute(node, title="fewer leaves")
    session.finish(node, 0.70)
    session.think(session.begin(0))
    session.add(ev.Pinned(node=3))
    return session


def _tree(session: RecordedSession) -> SolutionTree:
    from tui_aide.sessions.view import SessionView

    view = SessionView(session.folder)
    view.refresh()
    return view.tree


@pytest.mark.parametrize(
    ("words", "nodes"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("valid", [0, 1, 3, 4]),
        ("buggy", [2]),
        ("crash valid", [0, 1, 2, 3, 4]),
        ("live", [5]),
        ("pinned", [3]),
        ("marked", [1]),
        ("mine", [4]),
        ("improve branch", [1, 4, 5]),
        ("valid improve", [1]),
        (">0.8", [1, 3]),
        (">=0.8", [0, 1, 3]),
        ("<0.85", [0, 4]),
        ("0.75..0.85", [0, 1]),
        (">0.7 <0.9", [0, 1]),
        ("!valid", [2, 5]),
        ("valid !mine", [0, 1, 3]),
        ("boost", [1]),
        ("keyerror", [2]),
        ('"fewer leaves"', [4]),
        ("BOOST valid", [1]),
        ('"boost', [1]),
    ],
)
def test_words_of_a_filter_choose_nodes(session: RecordedSession, words: str, nodes: list[int]) -> None:
    tree = _tree(_grown(session))
    wanted = NodeFilter(words)
    assert [n.id for n in tree.nodes.values() if wanted.holds(n, tree, {1})] == nodes


def test_a_score_that_is_no_number_is_named() -> None:
    with pytest.raises(UsageError, match=r"'>much' is no range of scores; type such as >0\.8"):
        NodeFilter(">much")


def test_a_filter_keeps_what_leads_to_its_nodes_and_their_guides(session: RecordedSession) -> None:
    tree, rows = _tree(_grown(session)), TreeRows()
    rows.filter = NodeFilter("buggy mine")
    rows.rebuild(tree)
    assert rows.ids == []
    rows.filter = NodeFilter("crash")
    rows.rebuild(tree)
    assert rows.ids == [0, 1, 2]
    assert rows.hits == {2}
    assert rows.guides(tree, tree.nodes[1], 9) == "└ "  # 5 has no row, so that 1 is the last child
    rows.rebuild(tree, keep=4)
    assert rows.ids == [0, 1, 2, 3, 4]


def test_orders_keep_the_shape_of_the_tree_or_make_a_list(session: RecordedSession) -> None:
    tree, rows = _tree(_grown(session)), TreeRows()
    found = {}
    for rows.order in ("created", "newest", "score", "flat"):
        rows.rebuild(tree)
        found[rows.order] = rows.ids
    assert found == {
        "created": [0, 1, 2, 5, 3, 4],
        "newest": [3, 4, 0, 5, 1, 2],
        "score": [3, 4, 0, 1, 2, 5],
        "flat": [3, 1, 0, 4, 2, 5],
    }
    assert rows.guides(tree, tree.nodes[4], 9) == ""


def test_sums_and_courses_of_branches(session: RecordedSession) -> None:
    tree = _tree(_grown(session))
    sums = branch_sums(tree)
    assert (sums[0].nodes, sums[0].good, sums[0].buggy, sums[0].live, sums[0].best) == (3, 1, 1, 1, 0.85)
    assert sums[3].best == 0.9
    courses = BranchCourses()
    assert courses.take(tree)
    assert not courses.take(tree)
    assert (courses.low, courses.high) == (0.80, 0.90)
    assert courses.shares(0, 6) == pytest.approx([0.0, 0.5])
    assert courses.shares(3, 6) == [1.0]
    assert courses.shares(2, 6) == []


async def test_f_filters_while_it_is_typed_and_esc_ends_it(session: RecordedSession) -> None:
    async with watching(_grown(session)) as w:
        view = w.search.tree_view
        await w.press("f", *"valid >0.8")
        assert view.rows.hits == {1, 3}
        await w.shows("Tree  valid >0.8 (2 of 6)")
        await w.press("enter")
        assert view.has_focus
        assert view.rows.ids == [0, 1, 3]
        assert view.cursor in (1, 3)
        await w.press("f")
        await w.shows("f valid >0.8")
        await w.press("enter", "escape")
        assert view.rows.filter is None
        assert len(view.rows.ids) == 6


async def test_esc_in_the_filters_line_leaves_none(session: RecordedSession) -> None:
    async with watching(_grown(session)) as w:
        await w.press("f", *"crash", "escape")
        assert w.search.tree_view.rows.filter is None
        assert w.search.tree_view.has_focus


async def test_a_filter_that_holds_for_nothing_says_what_it_may_say(session: RecordedSession) -> None:
    async with watching(_grown(session)) as w:
        await w.press("colon")
        await w.enter("filter nonsense")
        await w.shows("holds for no node")
        await w.press("colon")
        await w.enter("filter <=x")
        await w.shows("is no range of scores")


async def test_a_filter_takes_in_nodes_as_their_verdicts_come(live: RecordedSession) -> None:
    live.valid(0.8)
    live.execute(live.begin(0))
    async with watching(live) as w:
        view = w.search.tree_view
        await w.press("f", *"valid", "enter")
        assert view.rows.hits == {0}
        live.finish(1, 0.9)
        await w.until(lambda: view.rows.hits == {0, 1})
        await w.shows("(2 of 2)")


async def test_going_to_a_node_that_the_filter_hides_shows_it(session: RecordedSession) -> None:
    async with watching(_grown(session)) as w:
        await w.press("f", *"crash", "enter")
        w.search.go_to(4)
        await w.pilot.pause()
        assert w.search.tree_view.cursor == 4
        assert 4 in w.search.tree_view.rows.row_of


async def test_o_goes_through_the_orders_and_the_cursor_stays(session: RecordedSession) -> None:
    async with watching(_grown(session)) as w:
        view = w.search.tree_view
        view.go(1)
        for title in ("newest first", "best branch first", "a flat list by score"):
            await w.press("o")
            await w.shows(f"Tree  {title}")
            assert view.cursor == 1
        await w.press("o")
        assert view.rows.ids == [0, 1, 2, 5, 3, 4]
        await w.press("colon")
        await w.enter("sort score")
        assert view.rows.order == "score"
        await w.press("colon")
        await w.enter("sort size")
        await w.shows("sort needs one of created, newest, score, flat")


async def test_a_click_on_the_trees_title_orders_it(session: RecordedSession) -> None:
    async with watching(_grown(session)) as w:
        cursor = w.search.tree_view.cursor
        await w.pilot.click("#tree", offset=(4, 0))
        assert w.search.tree_view.rows.order == "newest"
        assert w.search.tree_view.cursor == cursor
        await w.press("f", *"valid", "enter")
        await w.shows("newest first  valid (4 of 6)")
        await w.pilot.click("#tree", offset=(25, 0))
        await w.shows("f valid")


async def test_a_small_screen_says_in_its_tabs_what_it_is_filtered_by(session: RecordedSession) -> None:
    async with watching(_grown(session), SMALL) as w:
        await w.press("f", *"valid", "enter")
        await w.until(lambda: "valid (4 of 6)" in w.screen_text().splitlines()[1])


async def test_a_folded_branch_tells_what_it_hides(session: RecordedSession) -> None:
    async with watching(_grown(session), WIDE) as w:
        w.search.tree_view.go(0)
        await w.press("z")
        await w.shows("ridge (3: 1✓ 1✗ best 0.8500)")


async def test_a_wide_tree_shows_how_the_best_of_each_branch_rose(session: RecordedSession) -> None:
    async with watching(_grown(session), WIDE) as w:
        row = next(r for r in w.screen_text().splitlines() if "#0 ridge" in r)
        assert "▁▄" in row
        assert row.index("▁▄") < row.index("0.8000")
        assert "█" in next(r for r in w.screen_text().splitlines() if "#3 blend" in r[:70])[:76]
