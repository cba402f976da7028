"""List the strategies and the policies."""

from __future__ import annotations

import argparse

EPILOG = """\
example:
  tui-aide strategies
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`strategies` has no options."""


def run(options: argparse.Namespace) -> int:
    """Print both lists, one line each."""
    from tui_aide.engine.policies import POLICIES
    from tui_aide.engine.strategies import STRATEGIES

    for title, known in (("strategies", STRATEGIES), ("policies", POLICIES)):
        print(f"{title}:")
        for name, kind in known.items():
            print(f"  {name:<10} {(kind.__doc__ or '').strip().splitlines()[0]}")
    return 0
