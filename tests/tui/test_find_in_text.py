from __future__ import annotations

from tests.tui.recorded import RecordedSession
from tests.tui.watching import SMALL, watching
from tui_aide.tui.documents import StreamText
from tui_aide.tui.output_text import OutputText, line_counts
from tui_aide.tui.widgets.text_pane import TextPane


def _printed(session: RecordedSession) -> RecordedSession:
    node = session.begin()
    session.execute(node)
    lines = [f"epoch {i} loss" if i % 50 else f"epoch {i} [b]LOSS" for i in range(300)]
    session.write(node, "output.log", "\n".join(lines) + "\n")
    session.finish(node, 0.8)
    return session


async def test_slash_in_a_text_finds_in_it_and_n_goes_on(session: RecordedSession) -> None:
    async with watching(_printed(session)) as w:
        await w.press("5", "enter")
        await w.until(lambda: w.search.focused is w.search.node_panel.pane)
        pane = w.search.node_panel.pane
        await w.press("g", "slash")
        await w.press(*"[b]loss")
        assert pane.sought == "[b]loss"
        await w.press("enter")
        await w.shows("6 lines; n and N go through them")
        assert pane.has_focus
        assert pane.first == 0
        await w.press("n")
        await w.shows("epoch 50 [b]LOSS")
        await w.press("N", "N")
        await w.shows("epoch 250 [b]LOSS")
        await w.press("escape")
        assert not pane.sought
        assert w.search.has_class("zoomed")
        await w.press("escape")
        assert not w.search.has_class("zoomed")


async def test_a_text_that_is_not_there_is_said_and_the_tree_is_searched_elsewhere(session: RecordedSession) -> None:
    async with watching(_printed(session), SMALL) as w:
        await w.press("5")
        await w.until(lambda: w.search.focused is w.search.node_panel.pane)
        await w.press("slash", *"nowhere", "enter")
        await w.shows("Nothing here holds 'nowhere'.")
        assert w.search.node_panel.pane.has_focus
        assert not w.search.node_panel.pane.sought
        await w.press("escape", "slash", *"draft", "enter")
        assert w.search.tree_view.matches == {0}
        await w.press("escape")
        assert not w.search.tree_view.matches


async def test_the_output_counts_its_lines(session: RecordedSession) -> None:
    async with watching(_printed(session)) as w:
        await w.press("5")
        await w.shows("stdout 300 lines  ·  0.8000")


def test_lines_of_stderr_are_counted_as_they_are_told() -> None:
    marks: set[int] = set()
    output = OutputText(lambda begin, end: any(begin <= m < end for m in marks))
    assert line_counts(output) == ""
    output.feed(b"one\ntwo\nthree", 0)
    assert line_counts(output) == "stdout 3 lines"
    marks.add(5)
    assert line_counts(output) == "stdout 2  stderr 1 lines"
    output.feed(b"\n" * 2000, 13)
    assert line_counts(output) == "stdout 2 001  stderr 1 lines"
    assert line_counts(output) == "stdout 2 001  stderr 1 lines"
    assert line_counts(StreamText()) == ""


def test_what_is_found_is_marked_over_the_spans_of_a_row() -> None:
    import re

    from tui_aide.tui.widgets.text_pane import marked

    spans = [("import ", "code-keyword"), ("numpy", ""), (" as np", "")]
    assert marked(spans, re.compile("rt num"), "match") == [
        ("impo", "code-keyword"),
        ("rt ", "match"),
        ("num", "match"),
        ("py", ""),
        (" as np", ""),
    ]
    assert marked(spans, re.compile("torch"), "match") is spans


def test_going_on_searching_keeps_its_place_when_rows_are_dropped() -> None:
    pane = TextPane()
    assert pane.find("x") == 0
    pane.go_found(1)
