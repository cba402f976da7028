"""The commands of a shell block are found as a shell finds them."""

from __future__ import annotations

from tests.docs.shell import Command, commands_of, found

BLOCK = """\
cd there && .venv/bin/tui-aide run ./x --strategy "a(n=5)+b"   # why; not a && command
cat > f.py <<'PY'
not = "a command"
PY
TUI_AIDE_X=1 one --long \\
  'two words' > out.txt
"""


def test_words_lines_comments_and_here_documents() -> None:
    assert list(commands_of(BLOCK)) == [
        (0, ("cd", "there")),
        (0, (".venv/bin/tui-aide", "run", "./x", "--strategy", "a(n=5)+b")),
        (1, ("cat",)),
        (4, ("one", "--long", "two words")),
    ]
    assert Command("p", 1, (".venv/bin/tui-aide", "run", "a b")).text == "tui-aide run a b"


def test_every_line_that_begins_with_the_program_is_found() -> None:
    assert len([c for c in found() if c.text.startswith("tui-aide ")]) > 100
