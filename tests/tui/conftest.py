from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.recorded import RecordedSession
from tests.vllm_double.fixtures import double

__all__ = ["double"]


@pytest.fixture(autouse=True)
def _own_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("NO_COLOR", "VISUAL", "EDITOR", "TUI_AIDE_ASCII", "USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("TUI_AIDE_CONFIG_DIR", str(tmp_path / "config"))


@pytest.fixture
def session(tmp_path: Path) -> Iterator[RecordedSession]:
    """A session that has begun and has no node yet; nobody runs it."""
    recorded = RecordedSession(tmp_path / "sessions")
    yield recorded
    recorded.close()


@pytest.fixture
def live(session: RecordedSession) -> RecordedSession:
    """The same, held by a runner."""
    session.hold()
    return session
