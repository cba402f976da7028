"""Compare the models and strategies of a bench's run: what they handed in, how they got there, what it cost."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tui_aide.cli.bench import add_bench_dir

if TYPE_CHECKING:
    from tui_aide.bench.cell import Cell
    from tui_aide.bench.grade import CellGrade
    from tui_aide.bench.run_folder import RunFolder

EPILOG = """\
formats:
  md    tables and plain words
  html  one file for a browser, with plots and the matrix of cells
  csv   one row a cell
  json  every estimate, contrast, curve and cell

examples:
  tui-aide bench report                        the latest run
  tui-aide bench report mini --format html     writes report.html into the run's folder, beside its sessions
  tui-aide bench report mini --format csv > cells.csv
  tui-aide bench report mini --unfinished count
"""

_FORMATS = ("md", "html", "csv", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `bench report`."""
    parser.add_argument("run", metavar="RUN", nargs="?", help="a run's name or folder (the latest)")
    parser.add_argument(
        "--format", choices=_FORMATS, default="md", metavar="FORMAT", help=f"{', '.join(_FORMATS)} (md)"
    )
    parser.add_argument(
        "--unfinished",
        choices=("leave", "count"),
        default="leave",
        metavar="HOW",
        help="cells that are not finished: leave them out of all means, or count them as they stand (leave)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        help="file, folder, or - for standard output; default: standard output, in a terminal for html report.html in "
        "the run's folder",
    )
    add_bench_dir(parser)


def run(options: argparse.Namespace) -> int:
    """Write the report; cells that were not graded yet are graded first."""
    import sys

    from tui_aide.bench.report import write
    from tui_aide.bench.run_folder import bench_dir, find_run

    folder = find_run(options.run, bench_dir(options.bench_dir))
    path = _path(options, folder, terminal=sys.stdout.isatty())
    text = write(folder, options.format, options.unfinished, _graded)
    if path is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
        return 0
    _write(path, text)
    print(f"wrote {path}", file=sys.stderr)
    return 0


def _graded(folder: RunFolder, cell: Cell) -> CellGrade:
    """Grade a cell in a process of its own, so that private labels are never in this one's memory."""
    import asyncio

    from tui_aide.bench.grading import read_grade
    from tui_aide.bench.grading_process import grade_apart
    from tui_aide.errors import SessionError

    why = asyncio.run(grade_apart(folder, cell))
    grade = read_grade(folder, cell)
    if why or grade is None:
        raise SessionError(why or f"{folder.grade_file(cell)}: there is no grade")
    return grade


def _path(options: argparse.Namespace, folder: RunFolder, *, terminal: bool) -> Path | None:
    """Return the file to write; None for standard output."""
    from tui_aide.errors import UsageError

    name = f"report.{options.format}"
    if options.output == "-":
        return None
    if options.output is None:
        return folder.path / name if terminal and options.format == "html" else None
    path = Path(options.output).expanduser()
    if options.output.endswith("/") and not path.is_dir():
        raise UsageError(f"--output {options.output}: there is no such folder")
    return path / name if path.is_dir() else path


def _write(path: Path, text: str) -> None:
    from tui_aide.errors import UsageError

    try:
        path.write_text(text, encoding="utf-8", errors="replace", newline="\n")
    except OSError as e:
        raise UsageError(f"--output {path}: cannot be written: {e.strerror}") from e
