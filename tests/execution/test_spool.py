from __future__ import annotations

from pathlib import Path

from tui_aide.execution.spool import length, shorten


def test_a_short_spool_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 100)
    assert shorten(path, 0, 100) == 0
    assert path.read_bytes() == b"x" * 100


def test_a_long_spool_is_cut_at_line_ends_and_says_how_much(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"".join(b"line %05d\n" % n for n in range(1000)))
    cut = shorten(path, 0, 1000)
    head, note, tail = path.read_bytes().partition(b"\n[... %d bytes of output cut out ...]\n" % cut)
    assert note
    assert head.startswith(b"line 00000\n")
    assert head.endswith(b"\n")
    assert tail.startswith(b"line ")
    assert tail.endswith(b"line 00999\n")
    assert len(head) + len(tail) + cut == 11_000


def test_what_stood_in_the_spool_before_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"before" * 1000 + b"x" * 5000)
    assert shorten(path, 6000, 1000) == 4000
    assert path.read_bytes().startswith(b"before" * 1000 + b"x" * 500 + b"\n[...")


def test_a_spool_that_the_script_removed_counts_as_empty(tmp_path: Path) -> None:
    assert length(tmp_path / "log") == 0
    assert shorten(tmp_path / "log", 0, 10) == 0
