from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tui_aide.errors import SessionError
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.lock import WriterLock, is_running

_HOLD = """
import sys
from pathlib import Path
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.lock import WriterLock
lock = WriterLock(SessionFolder(Path(sys.argv[1])))
print("held", flush=True)
sys.stdin.read()
"""


def test_one_writer_a_session(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path)
    assert not is_running(folder)
    lock = WriterLock(folder)
    assert is_running(folder)
    with pytest.raises(SessionError, match=r"running already.*tui-aide attach"):
        WriterLock(folder, patience=0)
    lock.release()
    assert not is_running(folder)
    WriterLock(folder, patience=0).release()


def test_killed_holder_leaves_no_lock_behind(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert is_running(SessionFolder(tmp_path))
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    assert not is_running(SessionFolder(tmp_path))
