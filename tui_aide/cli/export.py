"""Write out what a session found: a script, a notebook, a report, AIDE's journal, or a table."""

from __future__ import annotations

import argparse
from pathlib import Path

from tui_aide.cli.options import add_session

EPILOG = """\
formats:
  script    the best solution with what it requires; runs beside a folder `input` with the task's files
  notebook  the same as a Jupyter notebook, with the way to it
  html      one file for a browser: tree, curve, and every node's plan, script, output and score
  journal   AIDE's journal.json
  csv       a table of all nodes

examples:
  tui-aide export digits-cactus-0707 -o solution.py
  tui-aide export -o solution.py                             the latest session's best script
  tui-aide export digits-cactus-0707 --format script --node 7
  tui-aide export digits-cactus-0707 --format html
  tui-aide export digits-cactus-0707 --format csv > nodes.csv
"""

_FORMATS = ("script", "notebook", "html", "journal", "csv")
_FILES = ("html", "notebook")
"""What is no good in a terminal, and goes to a file unless standard output is one, or a pipe."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `export`."""
    add_session(parser, optional=True)
    parser.add_argument(
        "--format", choices=_FORMATS, default="script", metavar="FORMAT", help=f"{', '.join(_FORMATS)} (script)"
    )
    parser.add_argument("--node", type=int, metavar="N", help="this node instead of the best: script, notebook")
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        help="file, folder, or - for standard output; default: standard output, in a terminal for html and notebook a "
        "file here",
    )


def run(options: argparse.Namespace) -> int:
    """Export the session, or the node that was asked for."""
    import sys

    from tui_aide.sessions.exports.writing import export
    from tui_aide.sessions.places import find_session, sessions_dir

    folder = find_session(options.session, sessions_dir(options.sessions_dir))
    exported = export(folder, options.format, options.node)
    for remark in exported.remarks:
        print(remark, file=sys.stderr)
    path = _path(options, folder.id, terminal=sys.stdout.isatty())
    if path is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(exported.text.encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
        return 0
    _write(path, exported.text)
    print(f"wrote {path}", file=sys.stderr)
    return 0


def _path(options: argparse.Namespace, session: str, *, terminal: bool) -> Path | None:
    """Return the file to write; None for standard output."""
    from tui_aide.errors import UsageError
    from tui_aide.sessions.exports.writing import SUFFIXES

    name = f"{session}{SUFFIXES[options.format]}"
    if options.output == "-":
        return None
    if options.output is not None:
        path = Path(options.output).expanduser()
        if options.output.endswith("/") and not path.is_dir():
            raise UsageError(f"--output {options.output}: there is no such folder")
        return path / name if path.is_dir() else path
    return Path(name) if terminal and options.format in _FILES else None


def _write(path: Path, text: str) -> None:
    from tui_aide.errors import UsageError

    try:
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as e:
        raise UsageError(f"--output {path}: cannot be written: {e.strerror}") from e
