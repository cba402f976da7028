from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sessions.exports.made import usual
from tui_aide.engine.incumbent import challenge
from tui_aide.errors import SessionError, UsageError
from tui_aide.sessions.exports.writing import FORMATS, export
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.importing import Import
from tui_aide.sessions.launch import launch
from tui_aide.sessions.view import SessionView
from tui_aide.tasks.task import ScoreReport
from tui_aide.tree.events import IncumbentChanged
from tui_aide.tree.solution_tree import SolutionTree


def node(name: str, value: float | None, **more: Any) -> dict[str, Any]:
    """A node as aideml 0.2.2 writes it."""
    return {
        "code": f"print({name!r})\n",
        "plan": f"Plan of {name}. And more.",
        "step": 0,
        "id": name,
        "ctime": 1.7e9,
        "parent": None,
        "children": [],
        "_term_out": ["one ", "two\n", "Execution time: a second"],
        "exec_time": 2.5,
        "exc_type": None,
        "exc_info": None,
        "exc_stack": None,
        "analysis": f"What came of {name}.",
        "metric": {"value": value, "maximize": True if value is not None else None},
        "is_buggy": value is None,
        **more,
    }


def journal(path: Path, nodes: list[dict[str, Any]], parents: dict[str, str] | None = None) -> Path:
    path.write_text(json.dumps({"nodes": nodes, "node2parent": parents or {}, "__version": "2"}))
    return path


FAILED = {"exc_type": "KeyError", "exc_info": {"args": ["'price'"]}, "exc_stack": [["a.py", 3, "<module>", None]]}


@pytest.fixture
def usual_journal(tmp_path: Path) -> Path:
    nodes = [
        node("a", 0.7),
        node("b", None, **FAILED),
        node("c", 0.8, ctime=1.7e9 + 60),
        node("d", None, exc_type="TimeoutError", ctime=1.7e9 + 30),
        node("e", 0.75),
        node("f", None, is_buggy=True, exc_type=None),
    ]
    return journal(tmp_path / "journal.json", nodes, {"c": "b", "d": "a", "e": "c"})


def folded(folder: SessionFolder) -> SolutionTree:
    view = SessionView(folder)
    view.refresh()
    assert view.status == "stopped"
    return view.tree


def test_nodes_keep_their_parents_verdicts_scores_and_files(usual_journal: Path, tmp_path: Path) -> None:
    folder = Import(usual_journal).alone(tmp_path / "sessions", "aide-run")
    tree = folded(folder)
    nodes = list(tree.nodes.values())
    assert [n.parents for n in nodes] == [(), (), (1,), (0,), (2,), ()]
    assert [n.operator for n in nodes] == ["draft", "draft", "debug", "improve", "improve", "draft"]
    assert [n.verdict for n in nodes] == ["valid", "crash", "valid", "timeout", "valid", "crash"]
    assert [n.score.value if n.score else None for n in nodes] == [0.7, None, 0.8, None, 0.75, None]
    assert {n.score.source for n in nodes if n.score} == {"reported"}
    assert nodes[1].message == "KeyError: 'price'"
    assert nodes[5].message == "What came of f."
    assert nodes[0].title == "Plan of a"
    assert tree.incumbent == 2
    assert [c[2] for c in tree.curve] == [0.7, 0.8]
    assert tree.wall_seconds == 60.0
    assert tree.execution_seconds == 15.0
    assert (folder.node(2) / "solution.py").read_text() == "print('c')\n"
    assert (folder.node(2) / "output.log").read_text().startswith("one two\n")
    assert (folder.best / "solution.py").read_text() == "print('c')\n"


def test_it_can_be_exported_from_and_not_resumed(usual_journal: Path, tmp_path: Path) -> None:
    folder = Import(usual_journal).alone(tmp_path / "sessions", "aide-run")
    for kind in FORMATS:
        assert export(folder, kind).text
    assert "self-reported" in export(folder, "script").text
    page = export(folder, "html").text
    assert "are what scripts reported of themselves" in page
    assert page.count('class="s own"') == 3
    assert 'class="line own"' in page
    assert 'class="line"' not in page
    with pytest.raises(SessionError, match="it has no data"):
        launch(folder)


def test_our_own_journal_comes_back_as_it_was(tmp_path: Path) -> None:
    made = usual(tmp_path / "toy")
    path = tmp_path / "journal.json"
    path.write_text(export(made.folder, "journal").text)
    tree = folded(Import(path).alone(tmp_path / "sessions", "again"))
    before = SessionView(made.folder)
    before.refresh()
    for old, new in zip(before.tree.nodes.values(), tree.nodes.values(), strict=True):
        assert (old.id, old.parents[:1], old.valid) == (new.id, new.parents, new.valid)
        assert (old.score.value if old.score else None) == (new.score.value if new.score else None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no journal.json of AIDE"),
        ("[1, 2]", "no journal.json of AIDE"),
        ('{"nodes": []}', "missing required field `node2parent`"),
        ('{"nodes": [], "node2parent": {}}', "it holds no nodes"),
        ('{"nodes": [{"id": "a"}, {"id": "a"}], "node2parent": {}}', r"nodes\[1\]: its `id` 'a' is another node's"),
        ('{"nodes": [{"id": "a"}], "node2parent": {"a": "b"}}', r"nodes\[0\]: its parent 'b' .* no node before it"),
        ('{"nodes": [{"id": "a"}, {"id": "b"}], "node2parent": {"a": "b", "b": "a"}}', r"nodes\[0\]: its parent"),
        ('{"nodes": [{"id": "a", "code": 7}], "node2parent": {}}', r"Expected `str"),
        ("[" * 100_000, "nested too deeply|no journal.json"),
    ],
)
def test_what_is_no_journal_is_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "journal.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        Import(path)


def test_scores_that_disagree_on_their_direction_are_refused(tmp_path: Path) -> None:
    nodes = [node("a", 0.7), node("b", 0.8, metric={"value": 0.8, "maximize": False})]
    with pytest.raises(UsageError, match="disagree on `maximize`"):
        Import(journal(tmp_path / "journal.json", nodes))


def test_not_a_number_is_no_score_and_a_node_may_lack_all_but_its_id(tmp_path: Path) -> None:
    nodes = [
        node("a", float("nan"), is_buggy=False),
        {"id": "b"},
        node("c", 3.0, metric={"value": 3, "maximize": False}),
    ]
    found = Import(journal(tmp_path / "journal.json", nodes))
    assert (len(found), found.valid, found.direction) == (3, 1, "min")
    tree = folded(found.alone(tmp_path / "sessions", "run"))
    assert [n.verdict for n in tree.nodes.values()] == ["crash", "no_code", "valid"]
    assert tree.direction == "min"


def test_a_taken_name_is_refused_and_nothing_stays(usual_journal: Path, tmp_path: Path) -> None:
    place = tmp_path / "sessions"
    Import(usual_journal).alone(place, "run")
    with pytest.raises(UsageError, match="choose another with --name"):
        Import(usual_journal).alone(place, "run")
    assert [p.name for p in place.iterdir()] == ["run"]


def test_a_measured_score_replaces_a_reported_one_and_never_the_other_way_round() -> None:
    reported, measured = ScoreReport(0.99, None, (), 0, "reported"), ScoreReport(0.6, 0.01, (0.6, 0.6), 100)
    changed = challenge("max", 5, measured, 2, reported)
    assert isinstance(changed, IncumbentChanged)
    assert (changed.node, changed.previous, changed.gain) == (5, 2, None)
    assert "its script's own word" in changed.reason
    assert challenge("max", 6, reported, 5, measured) is None
    assert isinstance(challenge("max", 7, ScoreReport(0.995, None, (), 0, "reported"), 2, reported), IncumbentChanged)
