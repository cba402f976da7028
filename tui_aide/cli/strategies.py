"""List the strategies, the policies and the presets, or explain one."""

from __future__ import annotations

import argparse
import inspect
import shutil
import textwrap

EPILOG = """\
examples:
  tui-aide strategies
  tui-aide strategies self-consistency
  tui-aide run digits --strategy "self-consistency(n=5)+self-debugging(rounds=2)" --policy mcts
  tui-aide run digits --strategy recommended
"""

_WIDTH = 120
"""Columns at most, however wide the terminal is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the name of what is to be explained."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="explain this one, with its parameters and its source")
    parser.add_argument("--json", action="store_true", help="print all of it as JSON")


def run(options: argparse.Namespace) -> int:
    """Print the lists, one line each, or all about one.

    Raises:
        UsageError: there is none of that name (the nearest is offered), or a user's own cannot be loaded.
    """
    from tui_aide.engine.policies import POLICIES, known_policies
    from tui_aide.engine.presets import PRESETS
    from tui_aide.engine.strategies import STRATEGIES, known_strategies
    from tui_aide.errors import UsageError, nearest

    name = options.name
    if name in PRESETS and not options.json:
        preset = PRESETS[name]
        print(f"{name} (a preset of --strategy)\n\n{preset.summary}.\n")
        print(f"  --strategy '{preset.strategy}'\n  --policy '{preset.policy}'")
        return 0
    wanted = [name] if name else None
    lists: dict[str, dict[str, type]] = {
        "strategies": dict(STRATEGIES if name in STRATEGIES else known_strategies(wanted)),
        "policies": dict(POLICIES if name in POLICIES else known_policies(wanted)),
    }
    if options.json:
        return _print_json(lists, name)
    if name is None:
        return _list(lists)
    for title, option in (("strategies", "--strategy"), ("policies", "--policy")):
        if name in lists[title]:
            _explain(name, lists[title][name], option)
            return 0
    names = [*lists["strategies"], *lists["policies"], *PRESETS]
    hint = nearest(name, names)
    raise UsageError(f"{name!r} is no strategy, policy or preset.{hint} Known: {', '.join(names)}")


def _list(lists: dict[str, dict[str, type]]) -> int:
    from tui_aide.engine.presets import PRESETS

    width = max(len(name) for name in (*lists["strategies"], *lists["policies"], *PRESETS)) + 2
    print("strategies: --strategy NAME, NAME(parameter=value), NAME+NAME (the first wraps the others)\n")
    for name, kind in lists["strategies"].items():
        _print_row(name, _first_line(kind), width)
        for word, key in (("costs ", "cost"), ("for   ", "good_for"), ("source", "source")):
            if text := _of(kind, key):
                _print_row("", f"{word} {text}", width, hanging=7)
    print("\npolicies: --policy NAME\n")
    for name, kind in lists["policies"].items():
        _print_row(name, _first_line(kind), width)
        if source := _of(kind, "source"):
            _print_row("", f"source {source}", width, hanging=7)
    print("\npresets: --strategy NAME sets both\n")
    for name, preset in PRESETS.items():
        _print_row(name, preset.summary, width)
    print("\nExplain one: tui-aide strategies NAME")
    return 0


def _print_row(name: str, text: str, width: int, hanging: int = 0) -> None:
    """Print a name and what is said of it, wrapped to the terminal with its left edge in line."""
    columns = min(_WIDTH, shutil.get_terminal_size().columns)
    first = f"  {name:<{width}}"
    rest = " " * (len(first) + hanging)
    print(textwrap.fill(text, columns, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False))


def _print_json(lists: dict[str, dict[str, type]], name: str | None) -> int:
    import msgspec

    from tui_aide.engine.presets import PRESETS
    from tui_aide.engine.spec import parameters_of

    told: dict[str, object] = {
        title: {
            key: {
                "summary": _first_line(kind),
                "cost": _of(kind, "cost"),
                "good_for": _of(kind, "good_for"),
                "source": _of(kind, "source"),
                "parameters": [msgspec.structs.asdict(p) for p in parameters_of(kind)],
            }
            for key, kind in known.items()
            if name in (None, key)
        }
        for title, known in lists.items()
    }
    told["presets"] = {key: preset for key, preset in PRESETS.items() if name in (None, key)}
    print(msgspec.json.encode(told).decode())
    return 0


def _explain(name: str, kind: type, option: str) -> None:
    from tui_aide.engine.spec import parameters_of

    print(f"{name} ({option})\n")
    print(inspect.cleandoc(kind.__doc__ or "").partition("\nArgs:")[0].strip())
    facts = [("Costs", "cost"), ("Good for", "good_for"), ("Source", "source")]
    lines = [f"{title}: {text}" for title, key in facts if (text := _of(kind, key))]
    if lines:
        print("\n" + "\n".join(lines))
    parameters = parameters_of(kind)
    if not parameters:
        print("\nIt has no parameters.")
        return
    print("\nParameters:")
    width = max(len(f"{p.name}={p.default}") for p in parameters) + 2
    for p in parameters:
        _print_row(f"{p.name}={p.default}", f"{p.meaning.rstrip('.')} ({p.kind})", width)
    first = parameters[0]
    print(f"\nFor example: {option} '{name}({first.name}={first.default})'")


def _first_line(kind: type) -> str:
    """Return the first sentence of a class's docstring, on one line."""
    text = " ".join(inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0].split())
    return text.partition(". ")[0].rstrip(".")


def _of(kind: type, key: str) -> str:
    return str(getattr(kind, key, ""))
