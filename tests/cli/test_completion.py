"""Completion: what is offered at the cursor, and that bash, zsh and fish themselves complete by it."""

from __future__ import annotations

import argparse
import importlib
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tui_aide.cli import COMMANDS, main, module_of
from tui_aide.cli.completing import SOURCES, offers
from tui_aide.cli.parser import Parser
from tui_aide.sessions.places import shipped

WAIT = 40.0


def words(*typed: str) -> list[str]:
    return [offer.word for offer in offers(typed)]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sessions folder with one session, and one that has a name which no shell takes as it is."""
    sessions = tmp_path / "sessions"
    for name in ("tumours-fern-0001", "x; reboot"):
        shutil.copytree(shipped("sessions") / "tumours", sessions / name)
    monkeypatch.setenv("TUI_AIDE_SESSIONS_DIR", str(sessions))
    return sessions


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (("comp",), ["compare", "completion"]),
        (("--v",), ["--version"]),
        (("run", "dig"), ["digits", ":folders"]),
        (("run", "--sandb"), ["--sandbox"]),
        (("run", "--sandbox", ""), ["auto", "bwrap", "namespaces", "landlock", "none"]),
        (("run", "--sandbox=l"), ["--sandbox=landlock"]),
        (("run", "--seed", ""), []),
        (("run", "--executor", "d"), ["docker"]),
        (("run", "--strategy", "recomm"), ["recommended"]),
        (("run", "digits", "--policy", "gre"), ["greedy"]),
        (("run", "digits", "--python=/usr"), [":files"]),
        (("attach", ""), ["tumours-fern-0001", ":folders", "sessions/steered", "sessions/tiny-r1", "sessions/tumours"]),
        (("delete", "a", "b", "tum"), ["tumours-fern-0001", ":folders"]),
        (("attach", "--sessions-dir", "/nowhere", "tum"), [":folders"]),
        (("show", "a", "--j"), ["--json"]),
        (("show", "--json", "--j"), []),
        (("send", "s", "pr"), ["prune"]),
        (("serve", "deepseek-r1-1"), ["deepseek-r1-1.5b", "deepseek-r1-14b"]),
        (("serve", "m", "--", "--x"), []),
        (("bench", "re"), ["resume", "report", ":files"]),
        (("bench", "leaderboard", "til"), ["tiles"]),
        (("strategies", "mct"), ["mcts"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
        (("nothing", ""), []),
    ],
    ids=" ".join,
)
def test_what_is_offered(typed: tuple[str, ...], offered: list[str]) -> None:
    assert words(*typed) == offered


def test_options_that_may_come_again_are_offered_again() -> None:
    assert "--base-url" in words("run", "digits", "--base-url", "http://a", "--b")
    assert "--model" not in words("run", "digits", "--model", "m", "--m")


def test_every_option_with_a_value_has_its_source_or_is_free() -> None:
    """A new option is thought of: it has choices or a source, or stands here."""
    free = {
        *("base_url", "api_key_env", "role", "max_tokens", "thinking_budget", "workers", "slots", "seed", "nodes"),
        *("tokens", "time", "execution_time", "timeout", "memory", "disk", "image", "ray_address", "ray_gpus", "name"),
        *("speed", "node", "host", "port", "argument", "instruction", "samples", "candidate", "limit", "older_than"),
        *("keep_best", "rescore", "seeds", "parallel", "salt", "context", "tensor_parallel", "memory_fraction"),
    }
    lacking = set()
    for command in COMMANDS:
        module = importlib.import_module(module_of(command))
        for name in (command, *(f"{command} {below}" for below in getattr(module, "SUBCOMMANDS", ()))):
            module = importlib.import_module(module_of(name.replace(" ", "_")))
            parser: argparse.ArgumentParser = Parser(name, "", "")
            module.add_arguments(parser)
            for action in parser._actions:
                valued = action.nargs != 0 and action.choices is None
                known = free | set(SOURCES)
                if valued and action.dest not in known and f"{name} {action.dest}" not in known:
                    lacking.add(f"{name} {action.dest}")
    assert not lacking


def test_what_is_wrong_offers_nothing_and_says_nothing(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    place.chmod(0)
    assert main(["completion", "zsh", "--", "rename", "tum"]) == 0
    place.chmod(0o755)
    assert capsys.readouterr().err == ""


def terminal_says(command: list[str], setup: str, typed: str, wanted: str, environment: dict[str, str]) -> str:
    """What an interactive shell shows after some keys, up to what is wanted."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, environment)
    shown = ""
    try:
        for keys, until in ((f"{setup}; echo re''ady\n", "ready"), (typed, wanted)):
            os.write(fd, keys.encode())
            shown, end = "", time.monotonic() + WAIT
            while until not in shown and time.monotonic() < end:
                if select.select([fd], [], [], 0.2)[0]:
                    shown = re.sub("[^\b]\b", "", shown + os.read(fd, 65536).decode(errors="replace"))
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(fd)
    return shown


SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(tui-aide completion bash)"'),
    "zsh": (["zsh", "-f", "-i"], "autoload -Uz compinit; compinit -u -D; source <(tui-aide completion zsh)"),
}


def environment_of(tmp_path: Path) -> dict[str, str]:
    """One in which `tui-aide` is this program."""
    program = tmp_path / "bin" / "tui-aide"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tui_aide "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "TERM": "dumb", "HOME": str(tmp_path), "PS1": "> "}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("tui-aide run digits --sandbox=land\t", "--sandbox=landlock"),
        ("tui-aide run --base-url http://gpu:8000 --executo\td\t", "--executor docker"),
        ("tui-aide show tum\t", "show tumours-fern-0001"),
    ],
)
def test_the_shell_completes(tmp_path: Path, shell: str, typed: str, completed: str) -> None:
    command, setup = SHELLS[shell]
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    assert completed in terminal_says(command, setup, typed, completed, environment_of(tmp_path))


def test_bash_completes_folders_with_blanks(tmp_path: Path) -> None:
    (tmp_path / "my data").mkdir()
    command, setup = SHELLS["bash"]
    typed = "tui-aide run my\t"
    shown = terminal_says(command, f"cd '{tmp_path}'; {setup}", typed, r"my\ data/", environment_of(tmp_path))
    assert r"run my\ data/" in shown


def test_fish_completes(tmp_path: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("no fish here")
    code = (
        "tui-aide completion fish | source; complete -C 'tui-aide run --sandbox=land'; complete -C 'tui-aide show tum'"
    )
    done = subprocess.run(
        ["fish", "--no-config", "-c", code], env=environment_of(tmp_path), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["--sandbox=landlock", "tumours-fern-0001\tsession"]
