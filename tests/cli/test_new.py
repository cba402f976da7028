from __future__ import annotations

from pathlib import Path

from tests.cli.program import Program
from tests.durability.pty_viewer import PtyViewer


def test_the_form_needs_a_terminal_and_says_so(program: Program, task: Path) -> None:
    done = program.run("new", str(task))
    assert done.returncode == 2
    assert "no terminal here" in done.stderr


def test_a_terminal_that_cannot_move_its_cursor_gets_no_screen(program: Program) -> None:
    for words in ((), ("new",)):
        viewer = PtyViewer(program.environment, *words, term="dumb")
        viewer.ended()
        assert b"export TERM=xterm-256color" in viewer.output
        assert b"\x1b" not in viewer.output
    assert not program.sessions.exists()


def test_init_keeps_what_says_how_scripts_run(program: Program, task: Path) -> None:
    (task / "task.toml").write_text('network = true\n[python]\npath = "elsewhere/bin/python"\n')
    assert program.run("init", str(task), "--force").returncode == 0
    text = (task / "task.toml").read_text()
    assert "network = true" in text
    assert text.endswith('[python]\npath = "elsewhere/bin/python"\n')
