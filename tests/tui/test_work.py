from __future__ import annotations

import os
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.forked import Forked
from tests.tui.recorded import RecordedSession
from tests.tui.watching import watching
from tui_aide.sessions.view import SessionView
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.documents import Document
from tui_aide.tui.node_documents import NodeDocument
from tui_aide.tui.node_tabs import Tab
from tui_aide.tui.table import Table
from tui_aide.tui.transcript import Asked, Transcript
from tui_aide.tui.work_report import work_document

SESSIONS = Path(__file__).resolve().parent.parent.parent / "sessions"


def _tree(session: RecordedSession) -> SolutionTree:
    view = SessionView(session.folder)
    view.refresh()
    return view.tree


def _rows(document: Document, width: int = 100) -> list[str]:
    document.resize(width)
    return ["".join(text for text, _ in document.row(i)).rstrip() for i in range(len(document))]


def _work(session: RecordedSession, node: int = 0, candidate: int | None = None, width: int = 100) -> list[str]:
    return _rows(work_document(_tree(session).nodes[node], candidate), width)


def _tab(session: RecordedSession, node: int, tab: Tab) -> str:
    tree = _tree(session)
    return NodeDocument(session.folder, tree, tree.nodes[node], tab).document.text()


def test_the_work_tab_lines_up_candidates_with_why_each_lost(session: RecordedSession) -> None:
    Forked(session).make()
    rows = _work(session)
    assert rows[:8] == [
        "3 candidates, candidate 2 chosen",
        "     state   score  cluster  weight  tokens  script  title",
        "◉ 2  valid  0.8200        1       2     150      4s  boosting",
        "     in the heaviest cluster",
        "◦ 0  valid  0.8000        2       2     150      4s  ridge",
        "     outvoted: 1 of 2 votes",
        "◦ 1  crash                2       2     150      4s  forest",
        "     KeyError: 'x'",
    ]
    assert rows[8:11] == ["", "Chosen by", "self-consistency: 2 of 3 predict alike"]


def test_steps_stand_in_order_with_their_candidate_and_text(session: RecordedSession) -> None:
    forked = Forked(session)
    session.add(ev.StepTaken(node=0, by="planner", title="the plan to follow", text="one\ntwo"))
    session.add(ev.StepTaken(node=0, by="self-debugging", title="fix 1 of 2", text="[b]KeyError[/b]", candidate=1))
    forked.think(0)
    rows = _work(session)
    at = rows.index("Steps")
    assert rows[at + 1 : at + 6] == [
        "◦ 0  planner: the plan to follow",
        "     one",
        "     two",
        "◦ 1  self-debugging: fix 1 of 2",
        "     [b]KeyError[/b]",
    ]
    alone = _work(session, candidate=1)
    assert "self-debugging: fix 1 of 2" in alone
    assert not any("planner" in row for row in alone)


def test_a_plain_node_says_so_in_a_sentence_and_tells_its_cost(session: RecordedSession) -> None:
    node = session.begin()
    session.think(node)
    session.sample(node)
    session.execute(node)
    session.finish(node, 0.8)
    rows = _work(session)
    assert rows[0].startswith("One sample of the model, and nothing done beyond it")
    assert rows[2:] == [
        "Cost",
        "        prompt  thought  answer  in all",
        "script   18.2k     3.1k     812   22.1k",
        "1 sample · 1s with the model",
        "1 execution · 2s of scripts",
    ]


def test_the_plan_tab_tells_the_cost_by_purpose(session: RecordedSession) -> None:
    node = session.begin()
    for purpose, tokens in (("script", Tokens(100, 20, 30)), ("debugging", Tokens(400, 5, 10))):
        session.add(
            ev.SampleFinished(
                node=node, sample=0, tokens=tokens, seconds=2, first_token_seconds=0.1, finish="stop", purpose=purpose
            )
        )
    session.execute(node)
    session.execute(node)
    session.finish(node, 0.8)
    rows = _tab(session, node, "plan").splitlines()
    assert rows[rows.index("Cost") + 1 :] == [
        "           prompt  thought  answer  in all",
        "debugging     400        5      10     415",
        "script        100       20      30     150",
        "in all        500       25      40     565",
        "2 samples · 1s with the model",
        "2 executions · 2s of scripts",
    ]


def test_instructions_are_yours_only_where_you_gave_them(session: RecordedSession) -> None:
    mine = session.begin(instruction="use folds", by="user")
    told = session.begin(instruction="look at the features", reason="the ablation says so")
    assert "Your instruction\nuse folds" in _tab(session, mine, "plan")
    plan = _tab(session, told, "plan")
    assert "Told to the model\nlook at the features" in plan
    assert "Why the policy chose this\nthe ablation says so" in plan
    assert "Your" not in plan


async def test_the_facts_call_only_a_users_instruction_yours(session: RecordedSession) -> None:
    session.begin(instruction="look at the features", reason="the ablation says so")
    async with watching(session) as w:
        await w.shows("why     the ablation says so")
        assert "you     " not in w.screen_text()


def test_recorded_sessions_show_no_sign_of_strategies(tmp_path: Path) -> None:
    from tui_aide.sessions.folder import SessionFolder

    for name in ("tumours", "tiny-r1"):
        folder = SessionFolder(SESSIONS / name)
        view = SessionView(folder)
        view.refresh()
        for node in view.tree.nodes.values():
            plan = NodeDocument(folder, view.tree, node, "plan").document.text()
            assert "Cost" not in plan
            assert "Told to the model" not in plan
            for tab in ("reasoning", "output"):
                text = NodeDocument(folder, view.tree, node, tab).document.text()
                assert "newest" not in text
                assert "sample 0" not in text


# --- transcripts


def _write(place: Path, name: str, text: str, at: int) -> None:
    path = place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (at, at))


def _headings(transcript: Transcript) -> list[str]:
    return [line for line in transcript.document.text().splitlines() if line.startswith("──") and "answer" not in line]


def test_one_sample_has_no_title(tmp_path: Path) -> None:
    (tmp_path / "reasoning.md").write_text("a thought\n")
    (tmp_path / "answer.md").write_text("an answer\n")
    text = Transcript(tmp_path, ("reasoning.md", "answer.md"), "sample").document.text()
    assert text.split() == ["a", "thought", "──", "answer", "──", "an", "answer"]


def test_earlier_samples_and_side_questions_stand_in_the_order_of_time(tmp_path: Path) -> None:
    for number, (name, folder) in enumerate((("-0", ""), ("", "asides/0/"), ("", "asides/1/"), ("", "")), 1):
        _write(tmp_path, f"{folder}prompt{name}.md", "p", number)
        _write(tmp_path, f"{folder}reasoning{name}.md", f"thought {number}\n", number)
        _write(tmp_path, f"{folder}answer{name}.md", f"said {number}\n", number)
    names = ("reasoning.md", "answer.md")
    untold = Transcript(tmp_path, names, "sample")
    assert _headings(untold) == [
        "── earlier sample ──",
        "── side question 1 ──",
        "── side question 2 ──",
        "── newest sample ──",
    ]
    words = untold.document.text()
    assert [words.index(f"said {n}") for n in (1, 2, 3, 4)] == sorted(words.index(f"said {n}") for n in (1, 2, 3, 4))
    purposes = {0: "script", 3: "vote", 5: "vote", 8: "debugging"}
    told = Transcript(tmp_path, names, "sample", purposes=lambda: purposes)
    assert _headings(told) == [
        "── sample 0: script ──",
        "── sample 3: vote ──",
        "── sample 5: vote ──",
        "── sample 8: debugging ──",
    ]
    doubtful = Transcript(tmp_path, names, "sample", purposes=lambda: {**purposes, 9: "script"})
    assert _headings(doubtful)[1:] == _headings(untold)[1:]


def test_a_sample_put_by_while_one_looks_stays_in_view(tmp_path: Path) -> None:
    (tmp_path / "output.log").write_text("first run\n")
    transcript = Transcript(tmp_path, ("output.log",), "run")
    (tmp_path / "output.log").rename(tmp_path / "output-1.log")
    (tmp_path / "output.log").write_text("second run\n")
    transcript._scanned = 0.0
    assert transcript.poll()
    assert transcript.document.text().split("\n") == ["── run 1 ──", "", "first run", "", "", "── newest run ──", "",
                                                      "second run", ""]  # fmt: skip
    with (tmp_path / "output.log").open("a") as file:
        file.write("goes on\n")
    transcript.poll()
    assert "goes on" in transcript.document.text()


async def test_purposes_reach_the_reasoning_tab_from_the_journal(live: RecordedSession) -> None:
    forked = Forked(live)
    forked.think(0, "I plan\n", purpose="plan")
    own = live.folder.node(0)
    for name in ("prompt", "reasoning"):
        (own / f"{name}.md").rename(own / f"{name}-0.md")
    forked.think(0, "I write\n")
    async with watching(live) as w:
        await w.press("2")
        await w.shows("── sample 0: plan ──")
        await w.shows("── sample 1: script ──")
        assert w.search.feed.chronicle.asked[0] == [Asked(0, 0, "plan"), Asked(1, 0, "script")]
        live.add(ev.NodeRestarted(node=0))
        await w.until(lambda: 0 not in w.search.feed.chronicle.asked)


# --- tables


@given(st.lists(st.lists(st.text("ab中 ", max_size=30), min_size=3, max_size=3), max_size=5), st.integers(24, 90))
def test_tables_stay_within_their_width(cells: list[list[str]], width: int) -> None:
    rows = [[(cell[:6] if i < 2 else cell, "") for i, cell in enumerate(row)] for row in cells]
    table = Table(["a", "b", "title"], rows, [("a note of some words", "")] * len(rows), left=(0,))
    table.resize(width)
    assert all(sum(cell_len(text) for text, _ in table.row(i)) <= max(width, 40) for i in range(len(table)))


def test_a_column_without_a_cell_is_left_out() -> None:
    table = Table(["", "score", "weight"], [[("a", ""), ("1", ""), ("", "")], [("b", ""), ("", ""), ("", "")]])
    assert table.text().splitlines()[0].split() == ["score"]


def test_journals_of_candidates_fold_from_their_bytes(session: RecordedSession) -> None:
    Forked(session).make()
    lines = session.folder.journal.read_bytes().splitlines()
    types = {msgspec.json.decode(line)["type"] for line in lines}
    assert {"candidates_forked", "candidate_finished", "candidate_chosen"} <= types
