"""Deaths in chosen moments: in the middle of a line, of fsync, of publishing, of a resume; and of other processes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.durability.holding import holds
from tests.durability.quick_model import QuickModel
from tests.durability.session import Place, Runner, finish_what_began, make_session, whole_lines
from tui_aide.sessions.journal import JournalReader
from tui_aide.tree import events as ev

MOMENTS = (
    ("in_write", 1),  # the first line of all
    ("in_truncate", 1),  # of the resume that follows
    ("in_write", 1),  # the resume's own line
    ("in_encode", 12),
    ("in_fsync", 3),
    ("in_replace", 6),
    ("before_exchange", 1),
    ("after_exchange", 1),
)


@pytest.mark.kill
def test_deaths_in_chosen_moments_lose_nothing(place: Place, model: QuickModel) -> None:
    folder, before = make_session(place, model.url, 200, seed=4), b""
    for kind, number in MOMENTS:
        runner = Runner(place, folder, kind, str(number), program="tests.durability.dying_runner")
        runner.finish(60)
        assert runner.process.returncode == -signal.SIGKILL, (kind, number)
        place.no_process_left()
        lines = whole_lines(folder)
        assert lines.startswith(before)
        if b"incumbent_changed" in before:
            assert (folder.best / "solution.py").is_file()  # there is no moment without
        before = lines
    holds(place, folder, before, finish_what_began(place, folder))


def test_a_journal_may_be_cut_at_any_byte(place: Place, model: QuickModel, tmp_path: Path) -> None:
    folder = make_session(place, model.url, 2, refit=False, ensemble=False)
    assert Runner(place, folder).finish() == 0
    data = folder.journal.read_bytes()
    lines = data.splitlines(keepends=True)
    for size in range(len(data) - sum(map(len, lines[-4:])), len(data)):
        path = tmp_path / "journal.jsonl"
        path.write_bytes(data[:size])
        reader = JournalReader(path)
        kept = len(reader.read())
        assert b"".join(lines[:kept]) == data[: size - reader.torn]
        assert reader.drop_torn() < len(lines[kept])
        assert path.read_bytes() == b"".join(lines[:kept])
    kept = sum(map(len, lines[:-3]))
    os.truncate(folder.journal, kept + 11)  # in the end's first line
    assert Runner(place, folder).finish() == 0
    holds(place, folder, data[:kept], 2)
    notices = [e.message for e in JournalReader(folder.journal).read() if isinstance(e, ev.Notice)]
    assert any("torn last line (11 bytes)" in m for m in notices)
    lines = folder.journal.read_bytes().splitlines(keepends=True)
    whole = b"".join(lines[:-4])
    folder.journal.write_bytes(
        whole + lines[-4][:20] + bytes(4096) + lines[-1]
    )  # blocks that a power cut left unwritten
    assert Runner(place, folder).finish() == 0
    holds(place, folder, whole, 2)


def test_the_search_survives_its_helpers_and_its_viewers(place: Place, model: QuickModel) -> None:
    folder = make_session(place, model.url, 200, warm=True)
    runner = Runner(place, folder)
    viewers = [viewer(place, "attach", "one", "--headless", "--json"), viewer(place, "attach", "--headless")]
    runner.until(lambda data: data.count(b"node_finished") > 1)
    processes = place.processes()
    assert runner.process.pid in processes
    doomed = [pid for pid, command in processes.items() if "zygote.py" in command or "scoring_worker" in command]
    assert len(doomed) >= 3  # the zygote's launcher is one of them
    for pid in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for process in viewers:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.kill()
        process.communicate()
    done = folder.journal.read_bytes().count(b"node_finished")
    runner.until(lambda data: data.count(b"node_finished") >= done + 3)
    before = runner.kill()
    holds(place, folder, before, finish_what_began(place, folder))


def viewer(place: Place, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tui_aide", *words],
        env=place.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
