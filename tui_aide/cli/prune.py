"""Delete old sessions, and what processes that died have left."""

from __future__ import annotations

import argparse
import time

from tui_aide.cli.options import add_place, count, duration

EPILOG = """\
Sessions that run, or are paused, always stay. (A branch of a search is pruned by: tui-aide send SESSION prune NODE)

examples:
  tui-aide prune --older-than 30d
  tui-aide prune --older-than 7d --status stopped,failed --dry-run
  tui-aide prune --older-than 30d --keep-best 1 --yes
"""

_SHOWN = 5
"""Leftovers that are named."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `prune`."""
    parser.add_argument(
        "--older-than", type=duration, metavar="T", help="sessions not touched for so long, such as 30d; without: none"
    )
    parser.add_argument("--status", metavar="S", help="only those of this status, or of several: stopped,failed")
    parser.add_argument("--keep-best", type=count, default=0, metavar="N", help="keep the N best of each task")
    parser.add_argument("--dry-run", action="store_true", help="only say what would go")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Delete what is old enough, having said what that frees."""
    from tui_aide.cli.confirming import confirmed
    from tui_aide.cli.sessions import statuses_of
    from tui_aide.cli.table import Column, counted, table, terminal_width
    from tui_aide.errors import SessionError, UsageError
    from tui_aide.sessions.disk_use import disk_use
    from tui_aide.sessions.leftovers import leftovers, sweep
    from tui_aide.sessions.listing import list_sessions
    from tui_aide.sessions.places import sessions_dir
    from tui_aide.sessions.removal import PRUNABLE, remove_session, to_prune
    from tui_aide.tui.figures import ago, size

    statuses = statuses_of(options.status) or PRUNABLE
    never = [s for s in statuses if s not in PRUNABLE]
    if never:
        raise UsageError(f"--status {never[0]}: those are never pruned; stop them first")
    if options.older_than is None and (options.status or options.keep_best):
        raise UsageError("say how old they must be: --older-than 30d")
    place = sessions_dir(options.sessions_dir)
    now = time.time()
    old = []
    if options.older_than is not None:
        old = to_prune(list_sessions(place), now, options.older_than, statuses, options.keep_best)
    left = leftovers(place)
    sizes = {s.folder.path: disk_use(s.folder.path) for s in old}
    if not old and not left:
        print("nothing to prune")
        return 0
    if old:
        columns = [Column("SESSION", least=20), Column("STATUS"), Column("TOUCHED"), Column("SIZE", right=True)]
        rows = [[s.folder.id, s.status, ago(now - s.touched), size(sizes[s.folder.path])] for s in old]
        print("\n".join(table(columns, rows, terminal_width())))
    for path in left[:_SHOWN]:
        print(f"left by a process that died: {path}")
    if len(left) > _SHOWN:
        print(f"... and {len(left) - _SHOWN} more")
    total = size(sum(sizes.values()) + sum(disk_use(p) for p in left))
    what = f"{counted(len(old), 'session')} and {counted(len(left), 'leftover')}, {total}"
    if options.dry_run:
        print(f"would free: {what}")
        return 0
    if not confirmed("prune", f"Delete {what}, for good?", yes=options.yes):
        print("kept")
        return 1
    failed = 0
    for session in old:
        try:
            remove_session(session.folder)
        except SessionError as e:  # it was taken up meanwhile, or is not ours
            failed += 1
            print(f"kept {session.folder.id}: {e}")
    swept = sweep(left)
    print(f"deleted {counted(len(old) - failed, 'session')} and {counted(swept, 'leftover')}, {total}")
    return 1 if failed else 0
