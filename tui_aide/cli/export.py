"""Write the best solution of a session out."""

from __future__ import annotations

import argparse
from pathlib import Path

from tui_aide.cli.options import add_session

EPILOG = """\
The script runs on its own: put it beside a folder `input` with the task's files.

examples:
  tui-aide export digits-cactus-0707 --format script -o solution.py
  tui-aide export digits-cactus-0707 --format script --node 7
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `export`."""
    add_session(parser)
    parser.add_argument("--format", choices=["script"], default="script", help="what to write (script)")
    parser.add_argument("--node", type=int, metavar="N", help="this node instead of the best")
    parser.add_argument("-o", "--output", type=Path, metavar="PATH", help="where to; default: standard output")


def run(options: argparse.Namespace) -> int:
    """Export the session's best, or the node that was asked for."""
    import sys

    from tui_aide.errors import UsageError
    from tui_aide.sessions.export import script
    from tui_aide.sessions.places import find_session, sessions_dir

    folder = find_session(options.session, sessions_dir(options.sessions_dir))
    text = script(folder, options.node)
    if options.output is None:
        sys.stdout.write(text)
        return 0
    try:
        options.output.write_text(text, encoding="utf-8")
    except OSError as e:
        raise UsageError(f"--output {options.output}: cannot be written: {e.strerror}") from e
    print(f"wrote {options.output}", file=sys.stderr)
    return 0
