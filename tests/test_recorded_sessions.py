"""The recorded sessions open, fold and export as on the day they were run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_aide.errors import SessionError
from tui_aide.sessions.exports.writing import export
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.launch import launch
from tui_aide.sessions.places import find_session
from tui_aide.sessions.summary import summarise
from tui_aide.sessions.view import SessionView
from tui_aide.tree.events import CommandReceived, IncumbentChanged, SelectionMade, SessionResumed

RECORDED = sorted(p.parent for p in (Path(__file__).parent.parent / "sessions").glob("*/session.toml"))


@pytest.fixture(params=RECORDED, ids=lambda p: p.name)
def recorded(request: pytest.FixtureRequest) -> SessionFolder:
    return find_session(str(request.param), Path("nowhere"))


def test_there_is_a_recorded_session() -> None:
    assert RECORDED


def test_it_folds_to_a_finished_search(recorded: SessionFolder) -> None:
    view = SessionView(recorded)
    events = view.refresh()
    assert view.status == "finished"
    assert len(view.tree.nodes) == view.tree.finished_count == view.tree.budget.nodes
    assert sum(isinstance(e, IncumbentChanged) for e in events) == len(view.tree.curve) > 1
    (selection,) = [e for e in events if isinstance(e, SelectionMade)]
    summary = summarise(recorded, view.tree)
    assert summary["best"]["node"] == selection.node
    assert (recorded.best / "submission.csv").is_file()


def test_it_cannot_go_on_and_is_left_untouched(recorded: SessionFolder) -> None:
    before = sorted(p.name for p in recorded.path.iterdir())
    with pytest.raises(SessionError, match="it has no data"):
        launch(recorded)
    assert sorted(p.name for p in recorded.path.iterdir()) == before


def test_its_best_script_is_exported(recorded: SessionFolder) -> None:
    text = export(recorded, "script").text
    compile(text, "solution.py", "exec")
    assert text.endswith((recorded.best / "solution.py").read_text())


def test_each_node_has_what_a_viewer_shows(recorded: SessionFolder) -> None:
    view = SessionView(recorded)
    view.refresh()
    for node in view.tree.nodes.values():
        wanted = ["solution.py", "plan.md", "prompt.md", "reasoning.md", "output.log"]
        if node.operator == "edit":
            wanted = ["solution.py", "plan.md", "edit.py", "output.log"]
        elif node.verdict in ("no_code", "cancelled"):
            wanted = ["prompt.md", "reasoning.md"]
        for name in wanted:
            assert (recorded.node(node.id) / name).is_file(), (node.id, name)
        assert (recorded.node(node.id) / "score.json").is_file() == node.valid


def test_the_steered_one_holds_what_its_readme_says() -> None:
    view = SessionView(find_session(str(RECORDED[0].parent / "steered"), Path("nowhere")))
    events = view.refresh()
    told = {(e.command, e.accepted) for e in events if isinstance(e, CommandReceived)}
    assert told >= {
        (c, True) for c in ("hint", "branch", "prune", "restore", "pin", "unpin", "retry", "edit", "set-policy")
    }
    assert ("retry", False) in told
    assert any(isinstance(e, SessionResumed) and e.restarted for e in events)
    verdicts = {n.verdict for n in view.tree.nodes.values()}
    assert verdicts >= {"valid", "crash", "no_code", "cancelled"}
    assert view.tree.pruned
    assert {n.operator for n in view.tree.nodes.values() if n.by == "user"} >= {"branch", "edit"}
