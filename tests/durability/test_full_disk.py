"""Disks that are full, read-only or limited: the search ends in words, and goes on when there is room again."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durability.holding import holds
from tests.durability.quick_model import QuickModel
from tests.durability.session import Place, Runner, finish_what_began, make_session
from tui_aide.sessions.view import SessionView

SIZE = 16 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Place]:
    """A place on a small file system of its own."""
    mount = Path("/tmp") / f"durdisk{os.getpid()}"
    mount.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", mount], capture_output=True, check=False
    )
    if done.returncode:
        mount.rmdir()
        pytest.skip("no file system can be mounted here; that needs root")
    place = Place(mount)
    yield place
    place.close()
    subprocess.run(["umount", mount], check=True)
    mount.rmdir()


def fill(place: Place) -> Path:
    """Leave no byte free."""
    path = place.path / "fill"
    with path.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
    return path


def test_full_disk_ends_the_search_in_words_and_a_resume_goes_on(disk: Place, model: QuickModel) -> None:
    folder = make_session(disk, model.url, 200)
    runner = Runner(disk, folder)
    runner.until(lambda data: data.count(b"node_finished") >= 2)
    filled = fill(disk)
    assert runner.finish(60) == 0, folder.runner_log.read_text()  # the journal has the reason
    disk.no_process_left()
    view = SessionView(folder)
    view.refresh()
    assert view.status == "failed", view.tree.status_reason
    assert "No space left on device" in view.tree.status_reason, view.tree.status_reason
    assert "free some space, then resume" in view.tree.status_reason
    before = folder.journal.read_bytes()
    again = disk.run("resume", "one", "--headless")
    assert again.returncode == 1
    assert again.stderr.count(b"\n") <= 2, again.stderr
    filled.unlink()
    before = folder.journal.read_bytes()
    holds(disk, folder, before, finish_what_began(disk, folder))


@pytest.mark.kill
def test_disk_that_is_full_now_and_then(disk: Place, model: QuickModel) -> None:
    rng, folder = random.Random(1), make_session(disk, model.url, 40)
    runner, before = Runner(disk, folder), b""
    for _ in range(20):
        time.sleep(rng.uniform(0.2, 1.2))
        filled = fill(disk)
        time.sleep(rng.uniform(0.0, 0.5))
        filled.unlink()
        if not runner.alive:
            disk.no_process_left()
            assert folder.journal.read_bytes().startswith(before)
            before = folder.journal.read_bytes()
            before = before[: before.rfind(b"\n") + 1]
            runner = Runner(disk, folder)
    if runner.finish() or SessionView(folder).status != "finished":
        assert Runner(disk, folder).finish() == 0
    holds(disk, folder, before, 40)


def test_read_only_file_system_is_told_and_can_be_looked_at(disk: Place, model: QuickModel) -> None:
    folder = make_session(disk, model.url, 200, refit=False, ensemble=False)
    runner = Runner(disk, folder)
    runner.until(lambda data: b"node_finished" in data)
    before = runner.kill()
    subprocess.run(["mount", "-o", "remount,ro", disk.path.parent], check=True)
    try:
        for words in (("sessions",), ("show", "one")):
            assert disk.run(*words).returncode == 0
        done = disk.run("resume", "one", "--headless")
        assert done.returncode == 1
        assert b"Read-only file system" in done.stderr
        assert done.stderr.count(b"\n") == 1
    finally:
        subprocess.run(["mount", "-o", "remount,rw", disk.path.parent], check=True)
    holds(disk, folder, before, finish_what_began(disk, folder))


def test_limit_on_the_size_of_files_is_told(place: Place, model: QuickModel) -> None:
    folder = make_session(place, model.url, 6, refit=False, ensemble=False)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8000, hard))
    try:
        runner = Runner(place, folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert runner.finish() == 1
    last = folder.runner_log.read_text().splitlines()[-1]
    assert last.startswith(f"error: {folder.journal}: cannot be written: File too large; raise the limit")
    before = folder.journal.read_bytes()
    assert before.endswith(b"\n")
    assert Runner(place, folder).finish() == 0
    holds(place, folder, before, 6)
