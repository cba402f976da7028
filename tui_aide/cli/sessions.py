"""List the sessions, the one touched last first."""

from __future__ import annotations

import argparse
import time
from typing import Any

from tui_aide.cli.options import add_place

EPILOG = """\
examples:
  tui-aide sessions
  tui-aide sessions --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `sessions`."""
    add_place(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Print the list, from each session's small summary."""
    import msgspec

    from tui_aide.sessions.lock import is_running
    from tui_aide.sessions.places import all_sessions, sessions_dir
    from tui_aide.sessions.summary import read_summary

    place = sessions_dir(options.sessions_dir)
    rows: list[dict[str, Any]] = []
    for folder in all_sessions(place):
        row = read_summary(folder) or {"status": "interrupted"}
        row |= {"session": folder.id, "path": str(folder.path)}  # it may have been renamed or moved
        if row.get("status") in ("running", "paused", "new", "interrupted"):
            live = row.get("status") if row.get("status") == "paused" else "running"
            row["status"] = live if is_running(folder) else "interrupted"
        rows.append(row)
    if options.json:
        print(msgspec.json.encode(rows).decode())
        return 0
    if not rows:
        print(f"no session in {place} yet; start one with: tui-aide run TASK")
        return 0
    print(f"{'SESSION':<34} {'STATUS':<12} {'TASK':<18} {'NODES':>5}  {'BEST':>10}  METRIC              TOUCHED")
    for row in rows:
        best = row.get("best") or {}
        score = best.get("score")
        print(
            f"{row['session']:<34} {row['status']:<12} {row.get('task', ''):<18.18} {row.get('node_count', 0):>5}  "
            f"{'' if score is None else format(score, '.5g'):>10}  {row.get('metric', ''):<18.18}  {_ago(row)}"
        )
    return 0


def _ago(row: dict[str, Any]) -> str:
    seconds = time.time() - float(row.get("updated") or 0)
    if not row.get("updated"):
        return ""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} ago"
    return "just now"
