"""AIDE's own loader reads our journal; its dumper's journal is imported."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers import aideml_python
from tests.sessions.exports.made import usual
from tui_aide.sessions.exports.writing import export
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.importing import Import
from tui_aide.sessions.places import find_session
from tui_aide.sessions.view import SessionView

pytestmark = pytest.mark.aideml

_READ = """\
import json, sys, types, pathlib
# the package's own __init__ imports its agent with all providers; the journal's modules need none of that
import importlib.util
root = pathlib.Path(importlib.util.find_spec("aide").submodule_search_locations[0])
package = types.ModuleType("aide"); package.__path__ = [str(root)]; sys.modules["aide"] = package
utils = types.ModuleType("aide.utils"); utils.__path__ = [str(root / "utils")]; sys.modules["aide.utils"] = utils
from aide.journal import Journal
from aide.utils.serialize import load_json, dump_json
journal = load_json(pathlib.Path(sys.argv[1]), Journal)
if len(sys.argv) > 2:
    dump_json(journal, pathlib.Path(sys.argv[2]))
best = journal.get_best_node()
print(json.dumps({
    "nodes": [[n.step, n.parent.step if n.parent else None, n.stage_name, n.is_buggy, n.metric.value, n.metric.maximize,
               n.exc_type, n.term_out, n.debug_depth, sorted(c.step for c in n.children)] for n in journal.nodes],
    "best": best.step if best else None,
    "summary": journal.generate_summary(include_code=True),
    "drafts": len(journal.draft_nodes),
}))
"""


@pytest.fixture(scope="module")
def aide() -> Path:
    """A Python that has AIDE, in an environment of its own outside of the checkout."""
    return aideml_python()


def read_back(aide: Path, path: Path, copy: Path | None = None) -> dict[str, Any]:
    words = [str(aide), "-c", _READ, str(path), *([str(copy)] if copy else [])]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_its_loader_reads_a_recorded_session(aide: Path, tmp_path: Path) -> None:
    folder = find_session(str(Path(__file__).parents[3] / "sessions/tumours"), Path("nowhere"))
    path = tmp_path / "journal.json"
    path.write_text(export(folder, "journal").text)
    view = SessionView(folder)
    view.refresh()
    found = read_back(aide, path)
    nodes = list(view.tree.nodes.values())
    assert [n[1] for n in found["nodes"]] == [n.parents[0] if n.parents else None for n in nodes]
    assert [n[2] for n in found["nodes"]] == [n.operator for n in nodes]
    assert [n[3] for n in found["nodes"]] == [not n.valid for n in nodes]
    assert [n[4] for n in found["nodes"]] == [n.score.value if n.score else None for n in nodes]
    assert {n[5] for n in found["nodes"] if n[4] is not None} == {True}
    assert [n[9] for n in found["nodes"]] == [sorted(n.children) for n in nodes]
    assert found["nodes"][1][6] == "ValueError"
    assert "could not convert string" in found["nodes"][1][7]
    assert found["best"] == view.tree.ranked(1)[0].id
    assert "roc_auc_score" in found["summary"]


def test_its_loader_reads_odd_texts_and_merges(aide: Path, tmp_path: Path) -> None:
    path = tmp_path / "journal.json"
    path.write_text(export(usual(tmp_path / "toy").folder, "journal").text)
    found = read_back(aide, path)
    assert [n[1] for n in found["nodes"]] == [None, 0, None, 1]
    assert found["best"] == 1
    assert "A merge of #1, #0" in found["summary"]


def test_what_its_dumper_writes_is_imported(aide: Path, tmp_path: Path) -> None:
    folder = find_session(str(Path(__file__).parents[3] / "sessions/tumours"), Path("nowhere"))
    path, copy = tmp_path / "journal.json", tmp_path / "copy.json"
    path.write_text(export(folder, "journal").text)
    read_back(aide, path, copy)
    imported = Import(copy).alone(tmp_path / "sessions", "again")
    before, after = _told(folder), _told(imported)
    assert before == after


def _told(folder: SessionFolder) -> list[tuple[object, ...]]:
    view = SessionView(folder)
    view.refresh()
    return [
        (n.id, n.parents, n.operator, n.verdict, n.title, n.score.value if n.score else None)
        for n in view.tree.nodes.values()
    ]
