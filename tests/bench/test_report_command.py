"""`bench report` as a user runs it."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from tests.bench.made_run import MadeRun
from tui_aide.bench.grading import grade_cell
from tui_aide.cli import bench_report
from tui_aide.cli.parser import Parser
from tui_aide.errors import UsageError


@pytest.fixture
def made(tmp_path: Path) -> MadeRun:
    made = MadeRun(tmp_path)
    made.fill()
    for cell in made.run.cells[1:]:  # the first is left to be graded in a process apart
        grade_cell(made.run, cell)
    return made


def _options(made: MadeRun, *words: str) -> argparse.Namespace:
    parser = Parser("tui-aide bench report", "", bench_report.EPILOG)
    bench_report.add_arguments(parser)
    return parser.parse_args([*words, "--bench-dir", str(made.run.path.parent)])


def test_the_latest_run_is_reported_to_standard_output(
    made: MadeRun, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert bench_report.run(_options(made)) == 0
    out = capfdbinary.readouterr().out.decode()
    assert out.startswith("# toy\n")
    assert "| small | best-of-n | 3 |" in out


def test_a_folder_gets_the_report_beside_the_sessions(made: MadeRun, capfd: pytest.CaptureFixture[str]) -> None:
    assert bench_report.run(_options(made, "toy", "--format", "html", "-o", f"{made.run.path}/")) == 0
    assert (made.run.path / "report.html").read_text().startswith("<!doctype html>")
    assert capfd.readouterr().err == f"wrote {made.run.path / 'report.html'}\n"


def test_errors_name_the_run_or_the_place(made: MadeRun) -> None:
    with pytest.raises(UsageError, match=r"no run 'toi' in .* Did you mean 'toy'"):
        bench_report.run(_options(made, "toi"))
    with pytest.raises(UsageError, match=r"--output .*there is no such folder"):
        bench_report.run(_options(made, "-o", "/nowhere/"))
    with pytest.raises(UsageError, match=r"--output .*cannot be written"):
        bench_report.run(_options(made, "-o", "/nowhere/report.md"))
