"""List the bundled tasks, with their reference scores."""

from __future__ import annotations

import argparse

EPILOG = """\
examples:
  tui-aide tasks
  tui-aide run digits
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `tasks`."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Print the list."""
    from tui_aide.tasks.bundled import BUNDLED

    if options.json:
        import json

        rows = [
            {
                "name": t.name,
                "summary": t.summary,
                "metric": t.metric,
                "direction": t.direction,
                "rows": t.rows,
                "references": {
                    "dummy": t.references.dummy,
                    "sensible": t.references.sensible,
                    "strong": t.references.strong,
                },
            }
            for t in BUNDLED.values()
        ]
        print(json.dumps(rows))
        return 0
    print(f"{'TASK':<13} {'METRIC':<18} {'':<7} {'DUMMY':>8} {'SENSIBLE':>9} {'STRONG':>8}  WHAT")
    for t in BUNDLED.values():
        better = "lower" if t.direction == "min" else "higher"
        r = t.references
        print(
            f"{t.name:<13} {t.metric:<18} {better:<7} {r.dummy:>8.4f} {r.sensible:>9.4f} {r.strong:>8.4f}  {t.summary}"
        )
    return 0
