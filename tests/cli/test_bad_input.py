"""Every kind of bad input, as users meet it: one line, the right exit code, no traceback, and nothing left behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Program, write_task
from tui_aide.installing import install_command

RUN = ("--model", "builtin", "--nodes", "1", "--headless")
ROWS = [(i, f"{i * 0.37 % 5:.2f}", "uvw"[i % 3], "no" if i % 3 else "yes") for i in range(30)]
TRAIN = "id,a,b,y\n" + "".join(f"{i},{a},{b},{y}\n" for i, a, b, y in ROWS)
TEST = "id,a,b\n" + "".join(f"{i + 30},{a},{b}\n" for i, a, b, _ in ROWS[:20])


def complaint(program: Program, *words: str, code: int = 2) -> str:
    """Run a command that must fail; return its one line of complaint."""
    done = program.run(*words)
    assert "Traceback" not in done.stderr + done.stdout
    lines = [line for line in done.stderr.splitlines() if not line.startswith("reading ")]
    assert (done.returncode, done.stdout, len(lines)) == (code, "", 1), done.stderr + done.stdout
    assert lines[0].startswith("tui-aide: ")
    return lines[0]


def left_behind(program: Program) -> list[str]:
    return sorted(p.name for p in program.sessions.iterdir()) if program.sessions.exists() else []


@pytest.mark.parametrize(
    ("files", "parts"),
    [
        pytest.param({}, ["the folder is empty", "put train.csv"], id="empty folder"),
        pytest.param({"train": TRAIN, "test": TRAIN}, ["train.csv", "no target", "task.toml"], id="no target"),
        pytest.param(
            {"train": TEST, "test": TEST, "task.toml": 'target = "y"'},
            ["task.toml", "`target`", "train.csv has no such column"],
            id="target missing in train",
        ),
        pytest.param(
            {"train": TRAIN + TRAIN.splitlines()[5], "test": TEST}, ["train.csv: 1 ids repeat", "`id`"], id="ids repeat"
        ),
        pytest.param(
            {"train": TRAIN, "test": TEST.replace("a", "z", 1)}, ["only in train.csv: 'a'"], id="different columns"
        ),
        pytest.param({"train": bytes(range(256)), "test": TEST}, ["train.csv: not a CSV file"], id="binary"),
        pytest.param({"train": "<html>\n<p>Log in</p>", "test": TEST}, ["it is a web page"], id="web page"),
        pytest.param(
            {"train": TRAIN, "test": TEST, "task.toml": 'separator = ";"'},
            ["task.toml", "separator is ';'", "','"],
            id="wrong separator",
        ),
        pytest.param(
            {"train": TRAIN.replace("\n7,", '\n"7,'), "test": TEST}, ["train.csv, line 9: broken quotes"], id="quotes"
        ),
        pytest.param(
            {"train": "\ufeff" + TRAIN, "test": TEST, "task.toml": 'target = "z"'},
            ["no such column. Its columns: 'id', 'a'"],
            id="byte order mark is no part of a name",
        ),
        pytest.param(
            {"train": TRAIN.replace("yes", "olé").encode("latin-1"), "test": TEST, "task.toml": 'encoding = "utf-8"'},
            ["train.csv: not written in 'utf-8'", "`encoding`"],
            id="Latin-1 called UTF-8",
        ),
        pytest.param({"train": "id,a,b,y\n", "test": TEST}, ["train.csv", "no rows"], id="no rows"),
        pytest.param({"train": TRAIN.replace("yes", "no"), "test": TEST}, ["'y' has one class only"], id="one class"),
        pytest.param(
            {"train": TRAIN.replace(",yes", ",").replace(",no", ",NaN"), "test": TEST},
            ["'y' has no value in any row"],
            id="no targets",
        ),
        pytest.param(
            {"train": TRAIN, "test": TEST, "task.toml": 'metric = "rmse"'},
            ["task.toml", "'rmse' does not fit the target 'y'", "needs numbers"],
            id="metric that does not fit",
        ),
        pytest.param(
            {"train": TRAIN, "test": TEST, "task.toml": 'metric = "accurracy"'},
            ["task.toml", "`metric`", "Did you mean 'accuracy'?"],
            id="unknown metric",
        ),
        pytest.param(
            {"train": TRAIN, "test": TEST, "task.toml": 'metrics = "f1"'},
            ["task.toml", "unknown key 'metrics'", "Did you mean 'metric'?"],
            id="unknown key",
        ),
        pytest.param(
            {"train": TRAIN, "test": TEST, "task.toml": 'folds = "5"'}, ["`folds` must be a whole number"], id="type"
        ),
        pytest.param({"train": TRAIN, "test": TEST, "task.toml": "metric = f1"}, ["not valid TOML"], id="no TOML"),
        pytest.param(
            {
                "train": TRAIN,
                "test": TEST,
                "task.toml": 'metric = "m.py:score"\ndirection = "max"',
                "m.py": "def score(t, p):\n    return 1 / 0",
            },
            ["m.py: score(y_true, y_pred) failed: ZeroDivisionError"],
            id="metric of the user's that fails",
        ),
    ],
)
def test_folder_that_is_no_task(
    program: Program, tmp_path: Path, files: dict[str, str | bytes], parts: list[str]
) -> None:
    folder = tmp_path / "task"
    folder.mkdir()
    for name, content in files.items():
        path = folder / (name if "." in name else f"{name}.csv")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = {path: path.read_bytes() for path in folder.iterdir()}
    line = complaint(program, "run", str(folder), *RUN)
    assert [part for part in parts if part not in line] == [], line
    assert left_behind(program) == []
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["run", "nowhere", *RUN], ["no folder and no bundled task 'nowhere'"]),
        (["run", "digist", *RUN], ["Did you mean 'digits'?"]),
        (["run", "digits", "--model", "bultin", "--headless"], ["--model 'bultin'", "Did you mean 'builtin'?"]),
        (["run", "digits", "--strategy", "singel", *RUN], ["--strategy 'singel'", "Did you mean 'single'?"]),
        (["run", "digits", "--policy", "greedi", *RUN], ["--policy 'greedi'", "Did you mean 'greedy'?"]),
        (["run", "digits", "--name", "../up", *RUN], ["'../up' is no name for a session"]),
        (["run", "digits", "--name", "", *RUN], ["'' is no name for a session"]),
        (["run", "digits", "--seed", "-1", *RUN], ["--seed", "0 or more"]),
        (["run", "digits", "--time", "99999999999999999999h", *RUN], ["--time", "is no duration"]),
        (["run", "digits", "--memory", "1", *RUN], ["--memory", "500m or 4g"]),
        (["run", "digits", "--nods", "3"], ["Did you mean '--nodes'?"]),
        (["run", "digits", "--json"], ["--json goes with --headless"]),
        (["resume", "nothing", "--headless"], ["no session 'nothing'"]),
        (["show", "nothing"], ["no session 'nothing'"]),
        (["fork"], ["required: SESSION", "The names: tui-aide sessions."]),
        (["run"], ["required: TASK", "a folder with train.csv and test.csv, or one of: tui-aide tasks."]),
        (["attach", "nothing"], ["no session 'nothing'"]),
        (["replay", "nothing"], ["no session 'nothing'"]),
        (["sessions", "--sort", "bst"], ["'touched', 'best'", "Did you mean 'best'?"]),
        (["run", "digits", "--base-url", "http://localhost:9/v1"], ["no model server answers there (connection ref"]),
        (["run", "digits", "--base-url", "http://gpu-box.invalid/v1"], ["there (no such host); correct the address"]),
        (["init", "nowhere"], ["nowhere: there is no such folder"]),
        (["sesions"], ["Did you mean 'sessions'?"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) and len(value) > 1 else None,
)
def test_words_that_mean_nothing(program: Program, words: list[str], parts: list[str]) -> None:
    line = complaint(program, *words)
    assert [part for part in parts if part not in line] == [], line
    assert left_behind(program) == []


def test_a_misspelt_folder_is_told_the_one_beside_it(program: Program, tmp_path: Path) -> None:
    write_task(tmp_path / "house-prices")
    (tmp_path / "house-prizes").mkdir()
    line = complaint(program, "run", str(tmp_path / "hose-prices"), *RUN)
    assert f"Did you mean '{tmp_path / 'house-prices'}'?" in line


def test_a_missing_package_is_told_with_the_command_that_installs_it(program: Program, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "msgspec.py").write_text("raise ModuleNotFoundError(\"No module named 'msgspec'\", name='msgspec')\n")
    program.environment["PYTHONPATH"] = str(hidden)
    for words in (("run", "digits", *RUN), ("doctor",)):
        done = program.run(*words)
        assert done.returncode == 1
        assert done.stderr == f"tui-aide: the package msgspec is missing; install again: {install_command()}\n"


def test_init_keeps_the_task_file_that_is_there(program: Program, task: Path) -> None:
    before = (task / "task.toml").read_text()
    assert "--force" in complaint(program, "init", str(task))
    assert (task / "task.toml").read_text() == before


def test_place_for_sessions_that_is_a_file(program: Program, task: Path) -> None:
    program.sessions.write_text("mine")
    assert "--sessions-dir" in complaint(program, "run", str(task), *RUN, code=1)
    assert program.sessions.read_text() == "mine"


@pytest.fixture
def finished(program: Program, task: Path) -> Path:
    """A finished session, "one", of one node."""
    done = program.run("run", str(task), *RUN, "--name", "one")
    assert done.returncode == 0, done.stderr
    return program.sessions / "one"


def test_damaged_session_is_told_and_left_as_it_is(program: Program, finished: Path) -> None:
    assert "Did you mean 'one'?" in complaint(program, "show", "onne")
    assert "--nodes 21" in complaint(program, "resume", "one", "--headless")

    (finished / "summary.json").write_text("{")
    (finished / "runner.json").write_text("{")
    assert program.run("sessions").returncode == 0
    assert "is not running" in complaint(program, "send", "one", "pause", code=1)
    assert program.summary("one")["status"] == "finished"

    config, journal = finished / "session.toml", finished / "journal.jsonl"
    whole, events = config.read_text(), journal.read_bytes()
    config.write_text(whole.replace("[search]", "[search"))
    assert "session.toml" in complaint(program, "resume", "one", "--nodes", "3", "--headless", code=1)
    config.write_text(whole)

    lines = events.splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:3], b'{"type":"no such"}\n', *lines[3:]]))
    damaged = journal.read_bytes()
    assert "journal.jsonl" in complaint(program, "resume", "one", "--nodes", "3", "--headless", code=1)
    assert journal.read_bytes() == damaged

    journal.write_bytes(events + b'{"type":"node_cre')  # torn by a loss of power
    assert program.summary("one")["status"] == "finished"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 3 MB, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("only root may mount a small disk")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("no small disk can be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def remount(place: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", str(place)], check=True)


def fill(place: Path) -> Path:
    """Leave no byte free."""
    path = place / "fill"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    return path


def test_no_space_to_prepare_leaves_nothing(program: Program, tmp_path: Path, disk: Path) -> None:
    program.sessions = disk / "sessions"
    program.environment["TUI_AIDE_SESSIONS_DIR"] = str(program.sessions)
    task = write_task(tmp_path / "large", rows=4000)
    remount(disk, "size=100k")
    assert "no space left" in complaint(program, "run", str(task), *RUN, code=1)
    assert left_behind(program) == []


def test_read_only_place_is_told(program: Program, task: Path, disk: Path) -> None:
    program.environment["TUI_AIDE_SESSIONS_DIR"] = str(disk)
    remount(disk, "ro")
    line = complaint(program, "run", str(task), *RUN, code=1)
    assert "Read-only file system" in line
    assert "--sessions-dir" in line


def test_disk_that_fills_up_fails_the_search_with_its_reason_and_resume_goes_on(
    program: Program, task: Path, disk: Path
) -> None:
    program.sessions = disk
    program.environment["TUI_AIDE_SESSIONS_DIR"] = str(disk)
    viewer = program.start("run", str(task), "--model", "builtin", "--nodes", "3", "--headless", "--name", "one")
    assert viewer.stdout is not None
    for line in viewer.stdout:
        if "new best" in line:
            break
    filling = fill(disk)
    out, err = viewer.communicate(timeout=60)
    assert viewer.returncode == 1
    assert "Traceback" not in out + err
    assert "No space left on device" in out
    failed = program.summary("one")
    assert failed["status"] == "failed"
    assert "free some space, then resume" in failed["reason"]
    assert failed["best"] is not None
    assert [n["message"] for n in failed["nodes"] if "No space" in n["message"]] == []  # no fault of a node's

    filling.unlink()
    done = program.run("resume", "one", "--headless", "--json")
    assert done.returncode == 0, done.stderr
    after = json.loads(done.stdout.splitlines()[-1])
    assert (after["status"], len(after["nodes"])) == ("finished", 3)
    kept = {n["id"]: n["score"] for n in failed["nodes"] if n["verdict"] == "valid"}
    assert {n["id"]: n["score"] for n in after["nodes"] if n["id"] in kept} == kept
