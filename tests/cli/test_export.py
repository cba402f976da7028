"""What a real search exports runs on its own; a journal of AIDE becomes a search that goes on."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Program, write_task
from tests.durability.pty_viewer import PtyViewer

_CELLS = """\
import json, sys
namespace = {"__name__": "__main__"}
for cell in json.load(open(sys.argv[1]))["cells"]:
    if cell["cell_type"] == "code":
        exec(compile(cell["source"], "cell", "exec"), namespace)
"""


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A finished search of two nodes by the built-in proposer."""
    place = tmp_path_factory.mktemp("searched")
    program = Program(place)
    task = write_task(place / "tiny")
    done = program.run("run", str(task), "--model", "builtin", "--nodes", "2", "--headless", "--name", "tiny-search")
    assert done.returncode == 0, done.stderr
    return program


@pytest.fixture
def beside_input(searched: Program, tmp_path: Path) -> Path:
    """An empty folder, but for the task's files in `input`."""
    folder = tmp_path / "alone"
    shutil.copytree(searched.sessions.parent / "tiny", folder / "input")
    return folder


def rows(path: Path) -> list[list[str]]:
    return [line.split(",") for line in path.read_text().splitlines()]


def check_submission(folder: Path) -> None:
    """It has a value for each row of the test file, near three times its `a`."""
    test = {r[0]: float(r[1]) for r in rows(folder / "input" / "test.csv")[1:]}
    found = rows(folder / "submission.csv")
    assert found[0] == ["id", "y"]
    assert {r[0] for r in found[1:]} == set(test)
    errors = [abs(float(value) - 3 * test[name]) for name, value in found[1:]]
    assert sum(errors) / len(errors) < 2.5


def test_the_script_runs_on_its_own(searched: Program, beside_input: Path) -> None:
    path = beside_input / "solution.py"
    done = searched.run("export", "tiny-search", "-o", str(path))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr.endswith(f"wrote {path}\n")
    import sklearn

    assert f'"scikit-learn=={sklearn.__version__}"' in path.read_text()
    assert f'requires-python = ">={sys.version_info[0]}.{sys.version_info[1]}"' in path.read_text()
    subprocess.run([sys.executable, "-I", "solution.py"], cwd=beside_input, check=True, capture_output=True)
    check_submission(beside_input)


def test_the_notebook_runs_top_to_bottom(searched: Program, beside_input: Path) -> None:
    path = beside_input / "solution.ipynb"
    assert searched.run("export", "tiny-search", "--format", "notebook", "-o", str(path)).returncode == 0
    found = json.loads(path.read_text())
    assert sum(c["cell_type"] == "code" for c in found["cells"]) > 2
    subprocess.run([sys.executable, "-c", _CELLS, path.name], cwd=beside_input, check=True, capture_output=True)
    check_submission(beside_input)


def test_standard_output_takes_what_no_file_is_named_for(searched: Program, tmp_path: Path) -> None:
    table = searched.run("export", "tiny-search", "--format", "csv").stdout.splitlines()
    assert len(table) == 3
    assert searched.run("export", "tiny-search", "--format", "html", "-o", "-").stdout.startswith("<!doctype html>")
    done = searched.run("export", "tiny-search", "--format", "journal", "-o", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert len(json.loads((tmp_path / "tiny-search.json").read_text())["nodes"]) == 2


def test_without_a_name_it_is_the_latest_session(searched: Program) -> None:
    latest, named = searched.run("export", "--format", "csv"), searched.run("export", "tiny-search", "--format", "csv")
    assert latest.returncode == 0, latest.stderr
    assert latest.stdout == named.stdout != ""


def test_who_leaves_the_screen_is_told_how_to_take_the_script(searched: Program) -> None:
    viewer = PtyViewer(searched.environment, "attach", "tiny-search")
    viewer.until(b"Best so far")
    viewer.send(b"q")
    viewer.ended()
    assert b"Its best script: tui-aide export tiny-search -o solution.py" in viewer.output


def test_in_a_terminal_a_page_goes_to_a_file_here(searched: Program, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        searched.command("export", "tiny-search", "--format", "html"),
        env=searched.environment,
        cwd=tmp_path,
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 0
    assert done.stderr == "wrote tiny-search.html\n"
    assert (tmp_path / "tiny-search.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--format", "csv", "--node", "1"], "--node 1: csv holds all nodes; --node goes with script and notebook"),
        (["--format", "pdf"], "invalid choice: 'pdf'"),
        (["--node", "7"], "session tiny-search has nodes 0 to 1"),
        (["-o", "/nowhere/at/all.py"], "--output /nowhere/at/all.py: cannot be written: No such file or directory"),
        (["-o", "/nowhere/at/"], "--output /nowhere/at/: there is no such folder"),
    ],
)
def test_wrong_usage_is_told(searched: Program, words: list[str], message: str) -> None:
    done = searched.run("export", "tiny-search", *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_imported_journal_goes_on_with_measured_scores(searched: Program, tmp_path: Path) -> None:
    program, task = Program(tmp_path), searched.sessions.parent / "tiny"
    path = tmp_path / "journal.json"
    path.write_text(searched.run("export", "tiny-search", "--format", "journal").stdout)
    words = ("--model", "builtin", "--rescore", "1", "--name", "aide")
    done = program.run("import", str(path), str(task), *words)
    assert done.returncode == 0, done.stderr
    assert "2 nodes imported, " in done.stderr
    assert "of them valid; their scores are their scripts' own word" in done.stderr
    before = program.summary("aide")
    assert (before["status"], before["budget"]["nodes"]) == ("stopped", 23)
    assert before["best"]["score_source"] == "reported"
    done = program.run("resume", "aide", "--nodes", "4", "--headless")
    assert done.returncode == 0, done.stderr
    after = program.summary("aide")
    nodes: list[dict[str, Any]] = after["nodes"]
    assert {n["score_source"] for n in nodes[:2] if n["verdict"] == "valid"} == {"reported"}
    assert (nodes[2]["operator"], nodes[2]["parents"]) == ("edit", [before["best"]["node"]])
    assert [n["score_source"] for n in nodes[2:] if n["verdict"] == "valid"]
    assert all(n["score_source"] == "holdout" for n in nodes[2:] if n["verdict"] == "valid")
    assert after["best"]["score_source"] == "holdout"
    assert after["best"]["node"] >= 2
    assert Path(after["best"]["submission"]).is_file()


def test_a_journal_of_another_direction_and_missing_parts_are_refused(searched: Program, tmp_path: Path) -> None:
    program, task = Program(tmp_path), searched.sessions.parent / "tiny"
    path = tmp_path / "journal.json"
    text = searched.run("export", "tiny-search", "--format", "journal").stdout
    path.write_text(text.replace('"maximize":false', '"maximize":true'))
    done = program.run("import", str(path), str(task), "--model", "builtin")
    assert done.returncode == 2
    assert "higher scores are better" in done.stderr.splitlines()[-1]
    assert not list(program.sessions.glob("*"))
    assert "--rescore needs TASK" in program.run("import", str(path), "--rescore", "2").stderr
    assert "cannot be read: No such file" in program.run("import", str(tmp_path / "none.json")).stderr


def test_without_a_task_it_is_there_to_look_at(searched: Program, tmp_path: Path) -> None:
    program = Program(tmp_path)
    path = tmp_path / "logs" / "journal.json"
    path.parent.mkdir()
    path.write_text(searched.run("export", "tiny-search", "--format", "journal").stdout)
    done = program.run("import", str(path), "--name", "look")
    assert done.returncode == 0, done.stderr
    assert len(program.summary("look")["nodes"]) == 2
    assert "it has no data" in program.run("resume", "look", "--headless").stderr
