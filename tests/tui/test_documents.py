from __future__ import annotations

from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_aide.tui.documents import Paragraphs, StreamText
from tui_aide.tui.node_documents import OutputTint
from tui_aide.tui.plain_text import StreamCleaner, clean, fit, fit_right, fold_returns, wrap
from tui_aide.tui.transcript import StreamFile


def _rows(document: StreamText) -> list[str]:
    return ["".join(t for t, _ in document.row(i)) for i in range(len(document))]


@example("\n0000¡", 5)
@given(st.text(), st.integers(1, 40))
def test_wrapped_rows_fit_and_lose_no_word(text: str, width: int) -> None:
    line = clean(text).replace("\n", " ").replace("\r", " ")
    rows = wrap(line, width)
    assert all(cell_len(row) <= max(width, 2) for row in rows)
    assert "".join("".join(rows).split()) == "".join(line.split())


@given(st.lists(st.text("ab \n\ré中", max_size=12)), st.integers(3, 20))
def test_pieces_give_the_same_rows_as_the_whole(pieces: list[str], width: int) -> None:
    streamed, whole = StreamText(width=width), StreamText(width=width)
    for piece in pieces:
        streamed.feed(piece)
    joined = "".join(pieces)
    if "\r\n" in joined:
        return  # a pair cut in two is seen as one return and one newline, which shows the same text
    whole.feed(joined)
    assert _rows(streamed) == _rows(whole)


@given(st.text("ab \né", max_size=60), st.integers(3, 20), st.integers(3, 20))
def test_another_width_gives_the_rows_that_a_new_document_has(text: str, first: int, second: int) -> None:
    changed, fresh = StreamText(width=first), StreamText(width=second)
    changed.feed(text)
    changed.resize(second)
    fresh.feed(text)
    assert _rows(changed) == _rows(fresh)


def test_memory_is_bounded_and_what_was_dropped_is_counted() -> None:
    document = StreamText(limit=1000, width=20)
    for i in range(1000):
        document.feed(f"line {i}\n")
    assert len(document.text()) <= 1300
    assert document.dropped + len(document) == 1000
    assert _rows(document)[-1] == "line 999"


def test_an_endless_progress_line_is_one_row() -> None:
    document = StreamText(width=80)
    for i in range(5000):
        document.feed(f"\r{i} of 5000")
    assert _rows(document) == ["4999 of 5000"]
    assert len(document._open) < 40


def test_an_escape_sequence_cut_in_two_does_not_show() -> None:
    cleaner = StreamCleaner()
    assert cleaner.feed("red \x1b[3") + cleaner.feed("1mtext\x1b]0;ti") + cleaner.feed("tle\x07 end") == "red text end"


def test_hidden_direction_marks_are_removed() -> None:
    assert clean("a\u202eb\u2066c\u200bd\x9be\x85f") == "abcdef"


def test_returns_fold_to_the_last_text() -> None:
    assert fold_returns("10%\r20%\r30%") == "30%"
    assert fold_returns("done\r") == "done"


@given(st.text(), st.integers(0, 30))
def test_fitted_text_has_exactly_the_width(text: str, width: int) -> None:
    shown = clean(text).replace("\n", " ").replace("\r", " ")
    assert cell_len(fit(shown, width)) == width
    assert cell_len(fit_right(shown, width)) == width


def test_styles_stay_on_their_words_when_a_line_wraps() -> None:
    document = Paragraphs([[("aaa bbb ", "x"), ("ccc ddd", "y")]])
    document.resize(8)
    assert [list(document.row(i)) for i in range(len(document))] == [[("aaa bbb", "x")], [("ccc ddd", "y")]]


def test_tracebacks_and_warnings_are_tinted() -> None:
    tint = OutputTint()
    lines = ["ok", "Traceback (most recent call last):", '  File "x.py"', "KeyError: 'a'", "UserWarning: b", "on"]
    assert [tint(line) for line in lines] == ["", "bad", "muted", "bad", "warn", ""]


def test_of_a_burst_only_the_end_is_read(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_text("first\n")
    stream = StreamFile(path, window=1000)
    stream.poll()
    with path.open("a") as file:
        for i in range(10_000):
            file.write(f"row {i}\n")
    assert stream.poll()
    rows = _rows(stream.document)
    assert rows[-1] == "row 9999"
    assert "before this stand in" in " ".join(rows[:3])
    assert len(rows) < 200


def test_a_file_that_was_rewritten_is_shown_anew(tmp_path: Path) -> None:
    path = tmp_path / "reasoning.md"
    path.write_text("a long first thought\n")
    stream = StreamFile(path)
    stream.poll()
    path.write_text("again\n")
    stream.poll()
    assert _rows(stream.document) == ["again"]
