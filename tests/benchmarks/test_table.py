"""The table: verdicts, figures in words, and rows that stay when others are taken anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.machine import Run, describe
from benchmarks.result import Result, compared, measured
from benchmarks.table import Table, markdown, number, read_table, render, write_table
from tui_aide.errors import UsageError


def a_run(number: int, date: str = "2026-01-02") -> Run:
    return describe(number, date, "python -m benchmarks run")


def test_medians_ratio_and_spread() -> None:
    row = compared("speed", [3.0, 1.0, 2.0], [4.0, 8.0, 4.0], "s", "them", limit=0.5)
    assert (row.figure, row.peer_figure, row.ratio, row.spread) == (2.0, 4.0, 0.5, (1.0, 3.0))
    assert row.verdict == "ok"
    faster = compared("speed-up", [2.0], [20.0], "s", "cold", limit=10, bound="least", inverse=True)
    assert (faster.ratio, faster.spread, faster.verdict) == (10.0, None, "ok")


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (measured("a", [1.0], "s"), ""),
        (measured("a", [1.0], "s", limit=1.0), "ok"),
        (measured("a", [1.1], "s", limit=1.0), "missed"),
        (measured("a", [0.9], "s", limit=1.0, bound="least"), "missed"),
        (compared("a", [100.0], [99.0], "s", "b", limit=1.0), "missed"),  # the ratio's limit, not the figure's
        (compared("a", [1.0], [0.0], "s", "b", limit=2.0), "ok"),  # without a ratio the figure's
        (Result(what="a", failed="it broke", limit=1.0), "failed"),
    ],
)
def test_verdicts(row: Result, verdict: str) -> None:
    assert row.verdict == verdict


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (0.01234, "0.0123"),
        (1.0, "1"),
        (1.234, "1.23"),
        (12.34, "12.3"),
        (259629.4, "259,629"),
        (-3.5, "-3.50"),
    ],
)
def test_figures_have_three_digits(value: float, words: str) -> None:
    assert number(value) == words


def test_a_row_in_words() -> None:
    row = compared("paint | first", [0.2, 0.1], [0.1, 0.1], "s", "empty", limit=1.6, remark="two\nlines")
    lines = markdown([row, Result(what="b", failed="took longer than 3 s")]).splitlines()
    assert "| paint / first | 0.15 s | 0.1 (empty) | 1.50 | ≤ 1.60 | 0.1 to 0.2 | ok |" in lines[2]
    assert lines[2].endswith("| two lines |")
    assert "failed: took longer than 3 s" in lines[3]
    assert len({line.count("|") for line in lines}) == 1


def test_other_rows_stay_with_their_own_run(tmp_path: Path) -> None:
    rows = [Result(name="startup", what="a", figure=1.0, run=1), Result(name="overlap", what="b", figure=2.0, run=1)]
    table = Table().updated(a_run(1, "2026-01-01"), rows)
    assert table.next_run == 2
    table = table.updated(a_run(2), [Result(name="startup", what="a", figure=3.0, run=2)])
    assert [(row.name, row.figure, row.run) for row in table.rows] == [("startup", 3.0, 2), ("overlap", 2.0, 1)]
    assert [run.number for run in table.runs] == [1, 2]
    page = render(table)
    assert "- Run 1: 2026-01-01, " in page
    assert "- Run 2: 2026-01-02, " in page
    table = table.updated(a_run(3), [Result(name="overlap", what="b", figure=4.0, run=3)])
    assert [run.number for run in table.runs] == [2, 3]  # nothing is left of the first
    write_table(table, tmp_path / "kept.json", tmp_path / "page.md")
    assert read_table(tmp_path / "kept.json") == table
    assert (tmp_path / "page.md").read_text() == render(table)


def test_a_run_says_on_what(tmp_path: Path) -> None:
    run = a_run(1)
    assert run.cores >= 1
    assert run.memory_gib > 0
    assert run.cpu
    assert {"textual", "msgspec", "pandas"} <= set(run.packages)


def test_a_broken_file_is_told_in_one_line(tmp_path: Path) -> None:
    assert read_table(tmp_path / "none.json") == Table()
    (tmp_path / "kept.json").write_text('{"rows": 3}')
    with pytest.raises(UsageError, match=r"kept\.json: .*take the file away") as told:
        read_table(tmp_path / "kept.json")
    assert "\n" not in str(told.value)
