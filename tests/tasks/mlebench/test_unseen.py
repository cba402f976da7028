"""What scripts see of a competition in a sandbox: the linked public data, and nothing of the answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tasks.mlebench.layouts import dogs_vs_cats
from tui_aide.execution.executor import Execution
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.sandboxes.choosing import try_out
from tui_aide.tasks.linked import linked_places
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.mlebench.adapting import adapt
from tui_aide.tasks.mlebench.data_folder import CompetitionFolder
from tui_aide.tasks.preparing import prepare

SPY = """
import json, os, pathlib

found = {}

def attempt(name, deed):
    try:
        found[name] = deed()
    except OSError as error:
        found[name] = type(error).__name__

public = pathlib.Path(os.path.realpath("input/train")).parent
private = public.parent / "private"
attempt("pictures", lambda: len(os.listdir("input/train")))
attempt("picture", lambda: len(pathlib.Path("input/train/cat.0.jpg").read_bytes()))
attempt("by_path", lambda: (private / "answers.csv").read_text())
attempt("walk_up", lambda: pathlib.Path("input/train/../../private/answers.csv").read_text())
attempt("listing", lambda: os.listdir(private))
attempt("write", lambda: pathlib.Path("input/train/cat.0.jpg").write_bytes(b"dog"))
attempt("add", lambda: pathlib.Path("input/train/new.jpg").write_bytes(b"dog"))
attempt("change", lambda: os.chmod("input/train/cat.0.jpg", 0o777))
pathlib.Path("found.json").write_text(json.dumps(found))
"""


@pytest.mark.parametrize("mode", ["bwrap", "namespaces", "landlock"])
async def test_a_script_reads_the_pictures_but_no_answers(tmp_path: Path, mode: str) -> None:
    trial = try_out(mode)
    if not trial.sandbox:
        pytest.skip(trial.why)
    dogs_vs_cats(tmp_path / "data")
    id_ = "dogs-vs-cats-redux-kernels-edition"
    competition = CompetitionFolder(id_, tmp_path / "data" / id_)
    result = prepare(load_task(adapt(competition, tmp_path / "cache")), tmp_path / "session", 0)
    work, source = tmp_path / "session" / "work", result.inputs[0]
    work.mkdir()
    (work / "solution.py").write_text(SPY)
    (work / "input").symlink_to(source)
    picture = competition.public / "train" / "cat.0.jpg"
    before = picture.stat()
    executor = LocalExecutor(sandbox=trial.sandbox)
    try:
        outcome = await executor.run(
            Execution(folder=work, output=tmp_path / "output.log", inputs=(source, *linked_places(source)), seconds=60)
        )
    finally:
        await executor.aclose()
    assert outcome.returncode == 0, (tmp_path / "output.log").read_text()
    found = json.loads((work / "found.json").read_text())
    assert (found["pictures"], found["picture"]) == (24, 30)
    refused = {"FileNotFoundError", "PermissionError", "OSError"}
    assert {found[deed] for deed in ("by_path", "walk_up", "listing", "write", "add")} <= refused
    assert picture.stat() == before
