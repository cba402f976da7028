from __future__ import annotations

import pytest

from tests.tui.forked import Forked
from tests.tui.recorded import RecordedSession
from tests.tui.watching import SMALL, WIDE, Watcher, watching
from tui_aide.sessions.view import SessionView
from tui_aide.tree import events as ev
from tui_aide.tree.node import Node
from tui_aide.tui.candidates import candidate_folder, lead
from tui_aide.tui.widgets.tree_rows import TreeRows


def _rows(w: Watcher) -> list[str]:
    """Return the tree's rows as text, without what is right of the tree."""
    tree = w.search.tree_view
    return ["".join(text for text, _ in tree.row(i, 76)).rstrip() for i in range(tree.row_count())]


def _node(session: RecordedSession, number: int = 0) -> Node:
    view = SessionView(session.folder)
    view.refresh()
    return view.tree.nodes[number]


async def test_candidates_of_a_live_node_stand_below_it_with_their_phases(live: RecordedSession) -> None:
    live.valid(0.8, title="parent")
    forked = Forked(live, 0)
    forked.think(0, "I think of zero\n")
    async with watching(live, WIDE) as w:
        await w.until(lambda: w.search.tree_view.row_count() == 5)
        rows = _rows(w)
        assert rows[2].endswith("thinking")
        assert rows[3].endswith("queued")
        assert " ◦ 0 " in rows[2]
        assert " ◦ 2 " in rows[4]
        forked.script(0, "ridge")
        forked.run(0)
        forked.ended(0)
        await w.until(lambda: "crash" in _rows(w)[2])
        assert "KeyError: 'x'" in _rows(w)[2]


async def test_a_done_node_folds_its_candidates_and_tells_their_number(session: RecordedSession) -> None:
    Forked(session).make()
    async with watching(session, WIDE) as w:
        assert w.search.tree_view.row_count() == 1
        assert "boosting ◦ 3 candidates" in _rows(w)[0]
        await w.press("l")
        zero, one, two = _rows(w)[1:]
        assert "◦ 0 ridge · outvoted: 1 of 2 votes" in zero
        assert "crash" in one
        assert "KeyError: 'x'" in one
        assert "crash: KeyError" not in one, "the verdict stands at the right already"
        assert "◉ 2 in the heaviest cluster" in two
        assert two.endswith("0.8200")
        assert "candidates" not in _rows(w)[0]


async def test_the_sign_of_hidden_candidates_is_never_cut(session: RecordedSession) -> None:
    forked = Forked(session)
    forked.make(titles=("a " * 40, "b " * 40, "a very long title of a script " * 3))
    async with watching(session, WIDE) as w:
        assert "… ◦ 3 candidates 0.8200" in _rows(w)[0]
        narrow = "".join(text for text, _ in w.search.tree_view.row(0, 44))
        assert "… ◦ 3 " in narrow
        assert len(narrow) == 44


async def test_the_cursor_goes_through_candidates_and_the_tabs_show_their_files(session: RecordedSession) -> None:
    Forked(session).make()
    async with watching(session) as w:
        tree = w.search.tree_view
        await w.press("l", "l")
        assert (tree.cursor, tree.candidate) == (0, 0)
        await w.press("3")
        await w.shows("# ridge")
        await w.press("j")
        assert tree.candidate == 1
        await w.shows("# forest")
        await w.press("5")
        await w.shows("output of forest")
        await w.press("2")
        await w.shows("I think of forest")
        await w.press("8")
        await w.shows("prompt of 1")
        await w.press("1")
        await w.shows("What became of it")
        await w.shows("plan of forest")
        await w.press("j", "3")
        await w.shows("# boosting")
        assert "#0 candidate 2: boosting" in w.screen_text()
        await w.press("h", "h")
        assert w.search.tree_view.candidate is None
        assert tree.row_count() == 1


async def test_the_candidate_under_the_cursor_stays_in_view_when_its_node_is_done(live: RecordedSession) -> None:
    forked = Forked(live)
    async with watching(live) as w:
        tree = w.search.tree_view
        await w.press("j", "j")
        assert tree.candidate == 1
        forked.make()
        await w.until(lambda: w.search.feed.tree.nodes[0].done)
        await w.ticks(3)
        assert tree.candidate == 1
        assert tree.row_count() == 4
        assert tree.row_style(2) in ("cursor", "weak-cursor")
        assert tree.row_style(0) == ""


async def test_a_node_that_starts_over_takes_the_cursor_off_its_lost_candidates(live: RecordedSession) -> None:
    forked = Forked(live)
    async with watching(live) as w:
        await w.press("j", "j")
        live.add(ev.NodeRestarted(node=forked.node))
        await w.until(lambda: w.search.tree_view.row_count() == 1)
        assert (w.search.tree_view.cursor, w.search.tree_view.candidate) == (0, None)


async def test_keys_fold_candidates_apart_from_branches(session: RecordedSession) -> None:
    Forked(session).make()
    session.valid(0.7, 0, title="child")
    async with watching(session, WIDE) as w:
        tree = w.search.tree_view
        w.search.tree_view.go(0)
        await w.press("l")
        assert [r.lstrip("▌ ")[:1] for r in _rows(w)] == ["▾", "│", "│", "│", "└"]
        await w.press("h")
        assert tree.rows.ids == [0, 1]
        await w.press("h")
        assert tree.rows.ids == [0]
        await w.press("z")
        assert tree.rows.ids == [0, 1]
        await w.press("l", "Z")
        assert tree.rows.ids == [0], "folding all hides candidates, too"
        await w.press("Z")
        assert tree.rows.ids == [0, 1]


async def test_a_live_node_is_shown_by_its_furthest_candidate(live: RecordedSession) -> None:
    forked = Forked(live)
    forked.think(0, "zero thinks\n")
    forked.think(1, "one thinks\n")
    async with watching(live) as w:
        await w.shows("zero thinks")
        forked.script(1, "forest")
        forked.run(1, "epoch 1 of one\n")
        await w.shows("epoch 1 of one")
        assert "#0 (candidate 1) forest" in w.screen_text()
        await w.shows("#0 candidate 1 executing")


async def test_the_tab_turns_to_the_comparison_when_all_candidates_are_there(live: RecordedSession) -> None:
    forked = Forked(live)
    for c in range(3):
        forked.script(c, f"script {c}")
        live.add(ev.CandidateFinished(node=forked.node, candidate=c, verdict=None, message=""))
    async with watching(live, WIDE) as w:
        await w.shows("3 candidates, none chosen yet")
        assert "written" in _rows(w)[1]
        forked.choose(1, {1: "ranked 1", 0: "ranked 2", 2: "ranked 3"})
        await w.until(lambda: "not run" in _rows(w)[1])


async def test_the_facts_tell_the_chosen_ones_plan_and_who_chose_it(session: RecordedSession) -> None:
    Forked(session).make(0)
    async with watching(session, WIDE) as w:
        await w.shows("plan    plan of ridge")
        await w.shows("made    candidate 0 of 3, chosen by self-consistency")


def test_the_lead_stays_while_it_is_as_far_as_any(session: RecordedSession) -> None:
    forked = Forked(session)
    for c in range(3):
        forked.think(c)
    node = _node(session)
    assert lead(node) == 0
    assert lead(node, before=2) == 2
    forked.run(1)
    node = _node(session)
    assert lead(node, before=2) == 1
    plain = session.begin()
    assert lead(_node(session, plain)) is None


@pytest.mark.parametrize(("chosen", "places"), [(0, ["", "candidates/1", "candidates/2"]),
                                               (2, ["candidates/0", "candidates/1", ""])])  # fmt: skip
def test_files_are_found_where_they_lie_after_the_choice(
    session: RecordedSession, chosen: int, places: list[str]
) -> None:
    forked = Forked(session)
    before = _node(session)
    own = session.folder.node(0)
    assert [candidate_folder(session.folder, before, c) for c in (0, 1)] == [own, own / "candidates/1"]
    forked.make(chosen)
    node = _node(session)
    found = [candidate_folder(session.folder, node, c) for c in range(3)]
    assert found == [own / place for place in places]
    assert candidate_folder(session.folder, node, None) == own
    for c, title in enumerate(("ridge", "forest", "boosting")):
        assert (found[c] / "solution.py").read_text() == f"# {title}\n"


async def test_the_code_on_screen_follows_the_files_when_they_are_moved(live: RecordedSession) -> None:
    forked = Forked(live)
    async with watching(live) as w:
        w.search.tree_view.go(0, 0)
        await w.press("3")
        forked.make(2)
        await w.until(lambda: w.search.feed.tree.nodes[0].done)
        await w.shows("# ridge")
        w.search.tree_view.go(0)
        await w.shows("# boosting")


async def test_candidates_fit_a_small_screen(session: RecordedSession) -> None:
    Forked(session).make()
    async with watching(session, SMALL) as w:
        await w.press("l")
        await w.shows("◦ 0 ridge · outvoted: 1 of 2 votes")
        await w.press("j", "7")
        await w.shows("Chosen by")
        assert "8 Prompt" in w.screen_text()
        assert all(len(row) <= 80 for row in w.screen_text().splitlines())


async def test_tabs_that_lack_room_keep_their_numbers(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session, (60, 20)) as w:
        await w.press("1")
        await w.until(  # the first layout may know another width
            lambda: any(row.rstrip().endswith("9") for row in w.screen_text().splitlines() if "1 Plan" in row)
        )


def test_ten_thousand_nodes_with_candidates_have_no_rows_for_them(session: RecordedSession) -> None:
    for i in range(500):
        session.begin(*([i - 1] if i % 3 else []))
        session.add(ev.CandidatesForked(node=i, candidate=0, candidates=(0, 1, 2), by="x"))
        session.finish(i, 0.5)
    view = SessionView(session.folder)
    view.refresh()
    rows = TreeRows()
    rows.rebuild(view.tree)
    assert len(rows.ids) == 500
    rows.show_candidates(7, True)
    assert rows.stale(view.tree)
    rows.rebuild(view.tree)
    assert len(rows.ids) == 503
    assert rows.row_of[8] == 11
    assert [rows.find(7, c) for c in (None, 0, 2)] == [7, 8, 10]
    assert not rows.stale(view.tree)
