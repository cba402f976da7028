from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.sessions.exports.made import Made, usual
from tui_aide.errors import SessionError, UsageError
from tui_aide.sessions.exports.writing import export
from tui_aide.tree import events as ev

# the reference expression of PEP 723
BLOCK = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")


def metadata(text: str) -> dict[str, object]:
    """What readers of inline metadata see; they refuse more than one block."""
    (block,) = [m for m in BLOCK.finditer(text) if m["type"] == "script"]
    lines = [line[2:] if line.startswith("# ") else line[1:] for line in block["content"].splitlines()]
    return tomllib.loads("\n".join(lines))


def test_the_best_is_headed_by_where_it_comes_from_and_what_it_requires(tmp_path: Path) -> None:
    made = usual(tmp_path / "toy-session")
    text = export(made.folder, "script").text
    assert metadata(text) == {"requires-python": ">=3.8", "dependencies": ["numpy"]}
    assert "tui_aide session toy-session, node #1" in text
    assert "accuracy 0.8 ± 0.01" in text
    assert "The versions that it ran with are not known." in text
    assert text.endswith((made.folder.node(1) / "solution.py").read_text())
    compile(text, "solution.py", "exec")


def test_versions_are_those_of_the_python_that_ran_it(tmp_path: Path) -> None:
    made = usual(tmp_path / "toy")
    made.add(ev.ScriptsPlaced(words="here", python="3.12.4", packages={"numpy": "2.1.3", "pandas": "2.2"}))
    text = export(made.folder, "script").text
    assert metadata(text) == {"requires-python": ">=3.12", "dependencies": ["numpy==2.1.3"]}
    assert "not known" not in text


def test_a_script_with_metadata_of_its_own_keeps_them(tmp_path: Path) -> None:
    made = Made(tmp_path / "toy")
    own = '# /// script\n# requires-python = ">=3.9"\n# dependencies = ["numpy<2"]\n# ///\nimport numpy\n'
    made.node(0, 0.5, code=own, best=True)
    assert metadata(export(made.folder, "script").text) == {"requires-python": ">=3.9", "dependencies": ["numpy<2"]}


def test_a_node_can_be_asked_for(tmp_path: Path) -> None:
    made = usual(tmp_path / "toy")
    assert "node #0: First" in export(made.folder, "script", 0).text
    assert "this node has no score (crash)" in export(made.folder, "script", 2).text
    with pytest.raises(UsageError, match="--node 9: session toy has nodes 0 to 3"):
        export(made.folder, "script", 9)
    with pytest.raises(UsageError, match="--node 3: it has no script"):
        export(made.folder, "script", 3)


def test_of_a_blend_the_best_script_is_written_and_the_rest_told(tmp_path: Path) -> None:
    made = usual(tmp_path / "toy")
    chosen = tuple(ev.Candidate(node=n, search=s, selection=s) for n, s in ((1, 0.8), (0, 0.7)))
    made.add(ev.SelectionMade(candidates=chosen, node=1, gap=0.0, reason="a test"))
    members = (ev.Member(1, 0.6), ev.Member(0, 0.4))
    made.add(
        ev.EnsembleMade(
            candidates=(1, 0),
            selected=1,
            members=members,
            search=0.9,
            selection=0.9,
            gain=0.1,
            se=0.01,
            kept=True,
            reason="better",
        )
    )
    exported = export(made.folder, "script")
    assert "# What is handed in is a blend: #1 60 %, #0 40 %." in exported.text
    (remark,) = exported.remarks
    assert "best/members" in remark
    assert "#1 60 %, #0 40 %" in remark
    assert not export(made.folder, "script", 0).remarks


def test_the_published_best_stands_in_for_a_lost_node(tmp_path: Path) -> None:
    made = usual(tmp_path / "toy")
    (made.folder.node(1) / "solution.py").unlink()
    made.folder.best.mkdir()
    (made.folder.best / "solution.py").write_text("print('published')\n")
    assert "print('published')" in export(made.folder, "script").text


def test_no_solution_and_no_start_are_told(tmp_path: Path) -> None:
    made = Made(tmp_path / "toy")
    made.node(0, None)
    with pytest.raises(SessionError, match="no valid solution yet"):
        export(made.folder, "script")
    made.folder.journal.write_bytes(b"")
    with pytest.raises(SessionError, match="was never started"):
        export(made.folder, "csv")
