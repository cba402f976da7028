"""A script's output on the screen: folded, marked, and no harm whatever it holds or becomes."""

from __future__ import annotations

import os
import time
import unicodedata
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.recorded import RecordedSession
from tests.tui.watching import SMALL, WIDE, watching
from tui_aide.execution.spool import Spool
from tui_aide.sessions.stderr_marks import StderrMarks
from tui_aide.tui.output_text import OutputText
from tui_aide.tui.transcript import OutputFile


def nothing(begin: int, end: int) -> bool:
    return False


def shown(document: OutputText) -> list[str]:
    return ["".join(t for t, _ in document.row(i)) for i in range(len(document))]


def text_of(*pieces: bytes, width: int = 80) -> list[str]:
    document = OutputText(nothing, width=width)
    at = 0
    for piece in pieces:
        document.feed(piece, at)
        at += len(piece)
    return [row.rstrip() for row in shown(document)]


@given(st.lists(st.binary(max_size=8) | st.sampled_from([b"\r", b"\n", b"ab", b"\r\n", b"\xc3"]), max_size=12))
def test_pieces_give_the_same_rows_as_the_whole(pieces: list[bytes]) -> None:
    assert text_of(*pieces) == text_of(b"".join(pieces))


@given(st.binary(max_size=200), st.integers(4, 30))
def test_any_bytes_fit_the_pane(data: bytes, width: int) -> None:
    document = OutputText(nothing, width=width)
    document.feed(data, 0)
    assert all(cell_len(row) <= width for row in shown(document))
    kinds = {unicodedata.category(char) for row in shown(document) for char in row}
    assert not kinds & {"Cc", "Cs", "Zl", "Zp"}  # what is not assigned yet, or for private use, does no harm


def test_progress_bars_are_one_row_with_their_last_state() -> None:
    bar = b"".join(b"\r%3d%%|%s" % (i, b"#" * (i // 10)) for i in range(101))
    assert text_of(bar) == ["  100%|##########"]
    assert text_of(bar, b"\x1b[0m\n", b"done\n") == ["  100%|##########", "  done"]
    assert text_of(b"\r 10%\r", b" 20%\r", b"\x1b[2K\r") == ["   20%"]
    assert text_of(b"one\r\ntwo\r\n") == ["  one", "  two"]


def test_escapes_nuls_and_broken_characters_reach_no_screen() -> None:
    rows = text_of(b"\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m\0\x08\xff\xfe caf\xc3", b"\xa9\n")
    assert rows == ["  red\ufffd\ufffd café"]


def test_a_line_without_end_costs_little() -> None:
    begun = time.perf_counter()
    document = OutputText(nothing)
    for at in range(0, 1 << 20, 1 << 14):
        document.feed(b"x" * (1 << 14), at)
    assert time.perf_counter() - begun < 1
    assert document.text().endswith("x … 1.04 MB more")
    assert len(document) < 150
    document.feed(b"\rover\n", 1 << 20)
    assert document.text().rstrip() == "over"


def test_lines_of_stderr_have_a_sign() -> None:
    document = OutputText(lambda begin, end: begin < 10 and end > 4, width=12)
    document.feed(b"out\nerror in it\nout\npart", 0)
    assert [row[0] for row in shown(document)] == [" ", "▎", "▎", " ", " "]
    assert document.text() == "out\nerror in it\nout\npart"
    document.resize(40)
    assert [row[0] for row in shown(document)] == [" ", "▎", " ", " "]


def test_memory_is_bounded_and_what_was_dropped_is_counted() -> None:
    document, at = OutputText(nothing, limit=1000, width=22), 0
    for number in range(500):
        line = b"line %06d of many words that wrap\n" % number
        document.feed(line, at)
        at += len(line)
    assert len(document.text()) < 1400
    assert document.dropped + len(document) == 1000
    assert "line 000499" in "".join(shown(document))


def test_the_spool_and_its_marks_are_read_as_they_grow(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "output.log")
    file = OutputFile(tmp_path / "output.log", None, wraps=True, window=1 << 16)
    spool.write(b"begun\n")
    spool.write(b"Warning: slow\n", stderr=True)
    spool.write_marks()
    assert file.poll()
    spool.write(b"half ")
    assert file.poll()
    spool.write(b"done\n", stderr=True)
    assert file.poll()
    assert [row[0] for row in shown(file.document)] == [" ", "▎", " "]
    spool.write_marks()
    assert file.poll()
    assert shown(file.document) == ["  begun", "▎ Warning: slow", "▎ half done"]
    assert not file.poll()
    spool.close()


def test_a_spool_that_is_shortened_while_it_is_followed_is_no_harm(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "output.log", kept=2_000)
    file = OutputFile(tmp_path / "output.log", None, wraps=True, window=1 << 16)
    for number in range(2_000):
        spool.write(b"line %05d\n" % number, stderr=number % 10 == 0)
        if number % 7 == 0:
            spool.write_marks()
            file.poll()
    spool.close()
    file.poll()
    rows = shown(file.document)
    assert "".join(rows).count("bytes of output cut out") == 1
    assert rows[0].startswith("▎ line 00000")
    assert rows[-1] == "  line 01999"
    text = (tmp_path / "output.log").read_text()
    assert file.document.text().rstrip("\n") == text.rstrip("\n")
    marked = [row for row in rows if row[0] == "▎"]
    assert all(row.endswith("0") for row in marked)
    assert len(marked) > 20


def test_bursts_show_their_end_and_cost_little(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"\n" * 400_000 + b"the end\n")
    begun = time.perf_counter()
    file = OutputFile(path, None, wraps=True, window=1 << 18)
    assert file.poll()
    with path.open("ab") as more:
        more.write(os.urandom(3_000_000) + b"\nlast\n")
    assert file.poll()
    assert time.perf_counter() - begun < 1.5
    rows = shown(file.document)
    assert rows[-1] == "  last"
    assert "MB before this stand in" in "".join(rows[:4])


def test_marks_that_cannot_be_read_mark_nothing(tmp_path: Path) -> None:
    marks = StderrMarks(tmp_path / "output.log")
    assert not marks.poll()
    (tmp_path / "output.stderr").write_bytes(b"\xff\n3\n1 2 3\n-4 5\n10 20\n")
    assert marks.poll()
    assert not marks.poll()
    assert [marks.touch(a, b) for a, b in ((0, 10), (0, 11), (19, 30), (20, 30))] == [False, True, True, False]


async def test_the_sign_stands_on_every_screen_without_colour(session: RecordedSession) -> None:
    node = session.begin()
    session.execute(node)
    session.write(node, "output.log", "fold 1\nUserWarning: odd\n\r 50%\r100%\n")
    session.write(node, "output.stderr", "7 35\n")
    session.finish(node, 0.8)
    for size in (WIDE, SMALL):
        async with watching(session, size) as w:
            await w.press("5")
            await w.shows("▎ UserWarning: odd")
            await w.shows("▎ 100%")
            assert "▎ fold 1" not in w.screen_text()
            assert " 50%" not in w.screen_text()
