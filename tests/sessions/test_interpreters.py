"""What a session is told of a Python that is not on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_aide.errors import UsageError
from tui_aide.execution.interpreter import Interpreter
from tui_aide.sessions.interpreters import remarks

FOUND = Interpreter(Path("python3 of IMAGE"), "3.12.1", (), {"numpy": "2.0"}, elsewhere=True)


def test_what_it_lacks_is_to_be_installed_where_it_is() -> None:
    (line,) = remarks(FOUND, "some-model")
    assert line == (
        "warning: python3 of IMAGE has no pandas and no scikit-learn, which most scripts import; "
        "install pandas scikit-learn there, or name another Python by --python"
    )


def test_the_builtin_proposer_does_not_begin_without_it() -> None:
    with pytest.raises(UsageError, match="which the built-in proposer's scripts need; install pandas scikit-learn"):
        remarks(FOUND, "builtin")
