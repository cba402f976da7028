"""The suite of benchmarks: every file is known, each row comes from a real run, a failure is a row."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from benchmarks.__main__ import listed, main, run
from benchmarks.conductor import conduct
from benchmarks.registry import BENCHMARKS, BY_NAME, ELSEWHERE, Benchmark
from benchmarks.table import KEPT, PAGE, read_table, render

ROOT = Path(__file__).parents[2]


def test_each_file_is_a_benchmark_or_said_to_be_none() -> None:
    folder = ROOT / "benchmarks"
    suite = {"result", "registry", "machine", "conductor", "table"}
    found = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("__")}
    found |= {path.parent.name for path in folder.glob("*/__init__.py")}
    assert found - suite == {name.partition(".")[0] for name in BY_NAME} | set(ELSEWHERE)
    assert not set(BY_NAME) & set(ELSEWHERE)


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda b: b.name)
def test_each_benchmark_gives_results(benchmark: Benchmark) -> None:
    results = benchmark.load()
    assert list(inspect.signature(results).parameters) == ["quick"]
    assert inspect.signature(results).return_annotation == "list[Result]"
    assert results.__doc__
    assert 0 < benchmark.quick_seconds <= benchmark.seconds


def test_the_list_says_what_each_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == listed().splitlines()
    assert [line.split()[0] for line in lines] == [benchmark.name for benchmark in BENCHMARKS]
    assert "needs the extra ray" in next(line for line in lines if line.startswith("ray_overhead"))


def test_a_benchmark_runs_apart_and_its_rows_say_how() -> None:
    rows = conduct(BY_NAME["preflight"], quick=True, run=7)
    assert len(rows) == 2
    assert {(row.name, row.run, row.quick) for row in rows} == {("preflight", 7, True)}
    assert all(row.figure and row.seconds > 0 and row.load_after > 0 for row in rows)
    assert rows[0].limit == 20
    assert rows[1].peer == "compile()"
    assert rows[1].ratio is not None


def test_one_that_takes_too_long_is_a_row() -> None:
    (row,) = conduct(BY_NAME["overlap"], quick=False, run=1, seconds=0.2)
    assert row.failed == "took longer than 0.2 s"
    assert row.verdict == "failed"
    assert row.figure is None


def test_one_that_fails_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BY_NAME, "absent", Benchmark("absent"))
    kept, page = tmp_path / "kept.json", tmp_path / "page.md"
    assert run(["absent", "preflight"], True, None, kept, page, True) == 1
    table = read_table(kept)
    assert [row.name for row in table.rows] == ["preflight", "preflight", "absent"]
    assert "invalid choice: 'absent'" in table.rows[-1].failed
    (found,) = table.runs
    assert found.command == "python -m benchmarks run --only absent preflight --quick"
    assert found.python.startswith("CPython 3.")
    assert found.packages["textual"]
    assert "failed: " in page.read_text()


def test_the_page_is_what_the_rows_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(read_table(KEPT))
