"""`--python`, `[python]` in task.toml and `--disk`, as users meet them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.program import Program, write_task
from tests.pythons import environment
from tui_aide.errors import TaskError, UsageError
from tui_aide.sessions.config import read_config
from tui_aide.sessions.interpreters import choose_python, remarks

USUAL = ("pandas 2.3.0", "numpy 2.0.1", "scikit-learn 1.7.0")


def toml(task: Path, text: str) -> None:
    (task / "task.toml").write_text(text)


def test_the_option_goes_before_the_task_and_both_before_our_own(tmp_path: Path) -> None:
    task = tmp_path / "task"
    task.mkdir()
    ours, theirs = environment(tmp_path / "a"), environment(task / ".venv")
    assert choose_python(None, task) is None
    toml(task, '[python]\npath = ".venv/bin/python"\n')
    found = choose_python(None, task)
    assert found is not None
    assert found.path == theirs
    found = choose_python(str(ours), task)
    assert found is not None
    assert found.path == ours
    toml(task, '[python]\npath = ".venv"\n')  # a whole environment
    found = choose_python(None, task)
    assert found is not None
    assert found.path == theirs


def test_a_relative_option_is_kept_as_an_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(tmp_path / "env")
    monkeypatch.chdir(tmp_path)
    found = choose_python("env/bin/../bin/python", tmp_path)
    assert found is not None
    assert str(found.path) == os.path.join(tmp_path, "env/bin/python")  # noqa: PTH118


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('python = "python3"', r"`python` must be a table \[python\] with the key path"),
        ("[python]\n", "must be a table"),
        ("[python]\npath = 3\n", "must be a table"),
        ('[python]\npath = "x"\nversion = 3\n', "must be a table"),
        (
            '[python]\npath = "nowhere/python"\n',
            r"task.toml: `path` in \[python\]: .*/nowhere/python is no Python",
        ),
        ('[python]\npath = "."\n', "is a folder without bin/python; name a Python, or the folder of an environment"),
    ],
)
def test_a_task_that_names_none_is_told(tmp_path: Path, text: str, message: str) -> None:
    toml(tmp_path, text)
    with pytest.raises(TaskError, match=message):
        choose_python(None, tmp_path)


def test_what_scripts_will_miss_is_said(tmp_path: Path) -> None:
    bare = choose_python(str(environment(tmp_path / "bare", "numpy 2.0.1")), tmp_path)
    assert bare is not None
    (line,) = remarks(bare, "some-model")
    assert line.startswith(
        f"warning: {bare.path} has no pandas and no scikit-learn, which most scripts import; install"
    )
    with pytest.raises(UsageError, match="has no pandas and no scikit-learn, which the built-in proposer's scripts"):
        remarks(bare, "builtin")
    whole = choose_python(str(environment(tmp_path / "whole", *USUAL)), tmp_path)
    assert whole is not None
    assert remarks(whole, "builtin") == []


def test_runs_refuse_it_before_any_work_or_keep_it(tmp_path: Path) -> None:
    program = Program(tmp_path)
    task = write_task(tmp_path / "task")
    bad = program.run("run", str(task), "--model", "builtin", "--headless", "--python", "/bin/true")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert "tui-aide: --python: /bin/true does not answer as a Python does" in bad.stderr
    bare = environment(tmp_path / "bare")
    bad = program.run("run", str(task), "--model", "builtin", "--headless", "--python", str(bare))
    assert bad.returncode == 2
    assert "which the built-in proposer's scripts need" in bad.stderr
    little = program.run("run", str(task), "--model", "builtin", "--headless", "--disk", "10k")
    assert (little.returncode, "scripts need more to write to" in little.stderr) == (2, True)
    assert not program.sessions.exists()
    names = environment(tmp_path / "names", *USUAL)
    options = ("--nodes", "1", "--headless", "--name", "kept", "--disk", "64m", "--python", str(names))
    done = program.run("run", str(task), "--model", "builtin", *options)
    search = read_config(program.sessions / "kept" / "session.toml").search
    assert (search.python, search.disk) == (str(names), 64 * 2**20)
    node = program.summary("kept")["nodes"][0]
    assert (node["verdict"], done.returncode) != ("valid", 0)  # its packages are only names
    log = (program.sessions / "kept" / "nodes" / "0000" / "output.log").read_text()
    assert "Error" in log
