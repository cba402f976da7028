from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from tui_aide.errors import ExecutionError
from tui_aide.execution.spool import Spool, marks_of, read_marks


def of_stderr(path: Path) -> bytes:
    data = path.read_bytes()
    return b"".join(data[a:b] for a, b in read_marks(path))


def test_a_short_output_is_kept_whole(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "output.log", kept=100)
    spool.write(b"x" * 100)
    spool.write(b"y" * 100)
    spool.close()
    assert (tmp_path / "output.log").read_bytes() == b"x" * 100 + b"y" * 100
    assert (spool.total, spool.cut) == (200, 0)
    assert not marks_of(tmp_path / "output.log").exists()


@pytest.mark.parametrize("chunk", [11, 500, 4000, 110_000])
def test_a_long_output_keeps_head_and_tail_at_line_ends_and_counts_the_middle(tmp_path: Path, chunk: int) -> None:
    path, data = tmp_path / "output.log", b"".join(b"line %05d\n" % n for n in range(10_000))
    spool, largest = Spool(path, kept=500), 0
    for begin in range(0, len(data), chunk):
        spool.write(data[begin : begin + chunk])
        largest = max(largest, path.stat().st_size)
    spool.close()
    head, note, tail = path.read_bytes().partition(b"\n[... %d bytes of output cut out ...]\n" % spool.cut)
    assert note
    assert head.startswith(b"line 00000\n")
    assert head.endswith(b"\n")
    assert tail.startswith(b"line ")
    assert tail.endswith(b"line 09999\n")
    assert len(head) + len(tail) + spool.cut == spool.total == len(data)
    assert len(head) + len(tail) <= 1100
    assert largest <= 2000 + chunk


def test_a_tail_is_moved_in_small_steps(tmp_path: Path) -> None:
    data = b"".join(b"line %07d\n" % n for n in range(300_000))
    spool = Spool(tmp_path / "output.log", kept=1_500_000)
    tracemalloc.start()
    try:
        for begin in range(0, len(data), 50_000):
            spool.write(memoryview(data)[begin : begin + 50_000])
        spool.close()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 600_000, "a thread's memory for it stays taken when the thread is gone"
    written = (tmp_path / "output.log").read_bytes()
    assert written.startswith(data[:1_000_000])
    assert written.endswith(data[-1_000_000:])
    assert len(written) - len(b"\n[... %d bytes of output cut out ...]\n" % spool.cut) == len(data) - spool.cut


def test_what_stood_in_the_file_before_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"before" * 1000)
    spool = Spool(path, kept=500)
    spool.write(b"x" * 5000)
    spool.close()
    assert path.read_bytes().startswith(b"before" * 1000 + b"x" * 500 + b"\n[... 4000 bytes")


def test_ranges_of_stderr_are_told_while_it_grows_and_after_a_second_run(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    first = Spool(path)
    first.write(b"out\n")
    first.write(b"err\n", stderr=True)
    first.write(b"or\n", stderr=True)
    first.write_marks()
    assert read_marks(path) == [(4, 11)]
    first.write(b"out\n")
    first.close()
    second = Spool(path)
    second.write(b"more\n", stderr=True)
    second.close()
    assert of_stderr(path) == b"err\nor\nmore\n"


def test_ranges_of_stderr_follow_the_tail_when_the_middle_is_cut_out(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    spool = Spool(path, kept=300)
    for n in range(500):
        spool.write(b"out %03d\n" % n)
        spool.write(b"err %03d\n" % n, stderr=True)
    spool.close()
    lines = of_stderr(path).split(b"\n")
    assert lines[0] == b"err 000"
    assert lines[-2] == b"err 499"
    assert all(line.startswith(b"err ") for line in lines[:-1])
    assert len(lines) - 1 == path.read_bytes().count(b"err ")


def test_very_many_ranges_forget_the_oldest(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "output.log")
    for _ in range(30_000):
        spool.write(b"o")
        spool.write(b"e", stderr=True)
    spool.close()
    marks = read_marks(tmp_path / "output.log")
    assert len(marks) == 20_000
    assert marks[-1] == (59_999, 60_000)


def test_a_full_disk_costs_only_the_file(tmp_path: Path) -> None:
    (tmp_path / "output.log").symlink_to("/dev/full")
    with pytest.raises(ExecutionError, match="cannot be written"):
        Spool(tmp_path / "output.log")
    spool = Spool(Path("/dev/full"))
    spool.write(b"x" * 10)
    spool.write(b"x" * 10)
    assert spool.error is not None
    assert spool.total == 20


def test_what_cannot_be_read_has_no_ranges(tmp_path: Path) -> None:
    marks_of(tmp_path / "output.log").write_text("1 2\nnonsense\n")
    assert read_marks(tmp_path / "output.log") == []
    assert read_marks(tmp_path / "other.log") == []
