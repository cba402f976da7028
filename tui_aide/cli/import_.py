"""Make a session of AIDE's journal.json: to look at, to export from, and with its task to go on with."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tui_aide.cli.options import add_place, count
from tui_aide.cli.program_name import program_name
from tui_aide.cli.run import add_search
from tui_aide.cli.table import counted

if TYPE_CHECKING:
    from tui_aide.sessions.importing import Import

EPILOG = """\
TASK is what the journal is of: a folder or the name of a bundled task, as for `tui-aide run`. Its data is prepared,
and `tui-aide resume` goes on with the search. Without TASK the session can be looked at and exported from.

AIDE's scores are what its scripts printed, and stay marked as self-reported. Here scores are measured on hidden rows:
the first script that has such a score becomes the best. --rescore N lets the N best scripts run first, to measure them.

examples:
  tui-aide import logs/2-house-prices/journal.json ./house-prices --rescore 5 --nodes 60
  tui-aide import journal.json --name aide-run
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `import`."""
    parser.add_argument("journal", metavar="JOURNAL.json", help="AIDE's journal, from the folder of its logs")
    parser.add_argument("task", metavar="TASK", nargs="?", help="a folder, or the name of a bundled task")
    parser.add_argument(
        "--rescore",
        type=count,
        metavar="N",
        help="when it goes on, run the N best scripts first, to measure their scores",
    )
    parser.add_argument("--name", metavar="NAME", help="name of the session (made up)")
    add_search(parser)
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Import the journal, and tell what came of it."""
    from tui_aide.errors import UsageError
    from tui_aide.sessions.folder import check_name, new_id
    from tui_aide.sessions.importing import Import
    from tui_aide.sessions.places import path_of, sessions_dir

    path = path_of(options.journal)
    name = options.name or new_id(Path(options.task or path.absolute().parent.name or "imported").name)
    check_name(name)
    place = sessions_dir(options.sessions_dir)
    if options.task is None and options.rescore is not None:
        raise UsageError("--rescore needs TASK: scripts run over its data")
    found = Import(path, options.rescore or 0)
    if options.task is None:
        folder = found.alone(place, name)
        _say(f"{_counted(found)}, all self-reported")
        _say(f"session {folder.id} in {folder.path}")
        _say(f"look at it: {program_name()} attach {folder.id}    (to go on with it, import it with its TASK)")
        return 0
    return _with_task(options, found, place, name)


def _with_task(options: argparse.Namespace, found: Import, place: Path, name: str) -> int:
    from tui_aide.cli.budget import budget_of
    from tui_aide.cli.run import order_of
    from tui_aide.sessions.interrupting import ended_by_signals
    from tui_aide.sessions.settling import check_order, make_ready, settle
    from tui_aide.sessions.starting import describe, find_task

    order = order_of(options)
    check_order(order)
    task, label = find_task(order.task)
    search = settle(order, task, _say)
    make_ready(search, _say)
    _say(f"reading {task} ...")
    with ended_by_signals():
        folder, sealed = found.into_task(task, label, place, search, budget_of(options), name)
    for line in describe(sealed):
        _say(line)
    _say(f"{_counted(found)}; their scores are their scripts' own word")
    if options.rescore is None and found.valid:
        _say("  the first script with a score measured here becomes the best; --rescore N measures the N best first")
    _say(f"session {folder.id} in {folder.path}")
    _say(f"go on with it: {program_name()} resume {folder.id}")
    return 0


def _counted(found: Import) -> str:
    return f"{counted(len(found), 'node')} imported, {found.valid} of them valid"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
