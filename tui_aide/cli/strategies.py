"""List the strategies and the policies, or explain one."""

from __future__ import annotations

import argparse

EPILOG = """\
examples:
  tui-aide strategies
  tui-aide strategies mcts
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the name of what is to be explained."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="explain this one, with its parameters and its source")


def run(options: argparse.Namespace) -> int:
    """Print both lists, one line each, or all about one.

    Raises:
        UsageError: there is none of that name; the nearest is offered.
    """
    from tui_aide.engine.policies import POLICIES
    from tui_aide.engine.strategies import STRATEGIES
    from tui_aide.errors import UsageError, nearest

    lists: dict[str, dict[str, type]] = {"strategies": dict(STRATEGIES), "policies": dict(POLICIES)}
    if options.name is None:
        width = max(len(name) for known in lists.values() for name in known)
        for title, known in lists.items():
            print(f"{title}:")
            for name, kind in known.items():
                print(f"  {name:<{width}} {(kind.__doc__ or '').strip().splitlines()[0]}")
        return 0
    for title, option in (("strategies", "--strategy"), ("policies", "--policy")):
        if options.name in lists[title]:
            _explain(options.name, lists[title][options.name], option)
            return 0
    names = [name for known in lists.values() for name in known]
    hint = nearest(options.name, names)
    raise UsageError(f"{options.name!r} is neither a strategy nor a policy.{hint} Known: {', '.join(names)}")


def _explain(name: str, kind: type, option: str) -> None:
    import inspect

    from tui_aide.engine.spec import parameters_of

    print(f"{name} ({option})\n")
    print(inspect.cleandoc(kind.__doc__ or "").partition("\nArgs:")[0].strip())
    if source := getattr(kind, "source", ""):
        print(f"\nSource: {source}")
    parameters = parameters_of(kind)
    if not parameters:
        print("\nIt has no parameters.")
        return
    print("\nParameters:")
    width = max(len(f"{p.name}={p.default}") for p in parameters)
    for p in parameters:
        print(f"  {f'{p.name}={p.default}':<{width}}  {p.meaning.rstrip('.')} ({p.kind})")
    first = parameters[0]
    print(f"\nFor example: {option} '{name}({first.name}={first.default})'")
