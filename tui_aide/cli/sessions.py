"""List the sessions, the one touched last first."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from tui_aide.cli.options import add_place, count
from tui_aide.cli.program_name import program_name
from tui_aide.errors import UsageError, nearest

if TYPE_CHECKING:
    from tui_aide.sessions.listing import Listed

EPILOG = """\
A search whose runner died (a reboot, a kill) shows as interrupted; `tui-aide resume` goes on with it.

examples:
  tui-aide sessions
  tui-aide sessions --task tumours --status interrupted,stopped
  tui-aide sessions --sort size --limit 10
  tui-aide sessions --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `sessions`."""
    add_place(parser)
    parser.add_argument("--task", default="", metavar="TEXT", help="only those with this in the task's name")
    parser.add_argument("--model", default="", metavar="TEXT", help="only those with this in the model's name")
    parser.add_argument("--status", metavar="S", help="only those of this status, or of several: finished,stopped")
    parser.add_argument("--limit", type=count, metavar="N", help="the first N")
    parser.add_argument(
        "--sort",
        choices=("touched", "best", "name", "size"),
        default="touched",
        help="newest first, best of each task first, by name, or largest first (touched)",
    )
    parser.add_argument("--size", action="store_true", help="count what each takes on the disk, too")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Print the list, from each session's small summary."""
    import msgspec

    from tui_aide.sessions.listing import chosen, list_sessions, ordered
    from tui_aide.sessions.places import sessions_dir

    place = sessions_dir(options.sessions_dir)
    statuses = statuses_of(options.status)
    everything = list_sessions(place)
    found = chosen(everything, task=options.task, model=options.model, statuses=statuses)
    if options.size or options.sort == "size":
        from tui_aide.sessions.disk_use import disk_use

        found = [msgspec.structs.replace(s, size=disk_use(s.folder.path)) for s in found]
    found = ordered(found, options.sort)[: options.limit]
    if options.json:
        rows = [s.summary | ({} if s.size is None else {"disk_bytes": s.size}) for s in found]
        print(msgspec.json.encode(rows).decode())
        return 0
    if not everything:
        print(f"no session in {place} yet; start one with: tui-aide run TASK")
    elif not found:
        print(f"no session of that kind among the {len(everything)} in {place}")
    else:
        _print(found)
    return 0


def statuses_of(text: str | None) -> list[str]:
    """Return the statuses that `finished,stopped` names.

    Raises:
        UsageError: one of them is none; the nearest is offered.
    """
    from tui_aide.sessions.listing import STATUSES

    words = [w.strip().lower() for w in (text or "").split(",") if w.strip()]
    for word in words:
        if word not in STATUSES:
            raise UsageError(f"--status {word!r} is not one of {', '.join(STATUSES)}.{nearest(word, STATUSES)}")
    return words


def _print(found: list[Listed]) -> None:
    from tui_aide.cli.table import Column, counted, printable, table, terminal_width
    from tui_aide.tui.figures import ago, size

    sized = any(s.size is not None for s in found)
    columns = [
        Column("SESSION", least=14),
        Column("STATUS"),
        Column("TASK", least=10),
        Column("MODEL", least=10, rank=3),
        Column("NODES", right=True),
        Column("BEST", right=True),
        Column("METRIC", least=8, rank=2),
        *([Column("SIZE", right=True)] if sized else []),
        Column("TOUCHED", rank=1),
    ]
    now = time.time()
    rows = [
        [
            s.folder.id,
            s.status,
            s.task,
            s.model,
            str(s.nodes),
            "" if s.best is None else f"{s.best:.5g}",
            s.metric,
            *([size(s.size or 0)] if sized else []),
            ago(now - s.touched),
        ]
        for s in found
    ]
    for line in table(columns, rows, terminal_width()):
        print(line)
    if sized:
        print(f"{counted(len(found), 'session')}, {size(sum(s.size or 0 for s in found))}")
    interrupted = [s.folder.id for s in found if s.status == "interrupted"]
    if interrupted:
        print(f"Go on with an interrupted one: {program_name()} resume {interrupted[0]}")
    damaged = [s for s in found if s.status == "damaged"]
    if damaged:
        print(f"Damaged: {printable(damaged[0].problem)}" + (f" ({len(damaged)} in all)" if len(damaged) > 1 else ""))
