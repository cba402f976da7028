"""The command line, one file a command; `--help` imports nothing heavy.

Each command's module has `add_arguments(parser)` and `run(options) -> int`, and is imported only when it is asked for.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from tui_aide import __version__
from tui_aide.errors import TuiAideError, nearest

COMMANDS: dict[str, str] = {
    "run": "start a search over a task and show it",
    "resume": "go on with a finished, stopped or killed session",
    "attach": "view and steer a running session",
    "send": "steer a running session without a screen",
    "sessions": "list the sessions",
    "show": "show one session in short",
    "delete": "delete a session",
    "rename": "rename a session",
    "export": "write the best solution out",
    "init": "write task.toml for a folder with data",
    "tasks": "list the bundled tasks",
    "models": "list the models that can be used now",
    "strategies": "list the strategies and policies",
}

_EXAMPLE = """\
examples:
  tui-aide                              open the home screen
  tui-aide run digits --model builtin   search a bundled task, with no model server
  tui-aide run ./my-data --nodes 40     search your own folder with train.csv and test.csv
  tui-aide attach                       come back to the latest search
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 1 for a failure, 2 for wrong usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(words)
    except TuiAideError as e:
        print(f"tui-aide: {e}", file=sys.stderr)
        return e.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(words: list[str]) -> int:
    if not words:
        from tui_aide.cli.home import open_home

        return open_home()
    if words[0] in COMMANDS:
        module = importlib.import_module(f"tui_aide.cli.{words[0]}")
        parser = argparse.ArgumentParser(
            prog=f"tui-aide {words[0]}",
            description=(module.__doc__ or "").strip().split("\n\n")[0],
            epilog=module.EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(parser)
        code: int = module.run(parser.parse_args(words[1:]))
        return code
    parser = argparse.ArgumentParser(
        prog="tui-aide",
        description="Search for machine-learning solutions in the terminal, live and honestly scored.",
        usage="tui-aide [COMMAND] [OPTIONS]",
        epilog="commands:\n"
        + "".join(f"  {name:<12} {text}\n" for name, text in COMMANDS.items())
        + "\nEach command has --help with an example.\n\n"
        + _EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"tui-aide {__version__}")
    parser.add_argument("command", nargs="?", metavar="COMMAND", help="what to do; without one, the home screen opens")
    parser.parse_args(words[:1])
    parser.error(f"unknown command {words[0]!r}.{nearest(words[0], COMMANDS)} See: tui-aide --help")
