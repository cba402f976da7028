"""The command line, one file a command; `--help` imports nothing heavy.

Each command's module has `add_arguments(parser)` and `run(options) -> int`, and is imported only when it is asked for.
"""

from __future__ import annotations

import os
import sys

from tui_aide import __version__
from tui_aide.errors import TuiAideError, UsageError, nearest

TYPE_CHECKING = False  # `typing` itself would cost a third of the whole start
if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS: dict[str, str] = {
    "run": "start a search over a task and show it",
    "new": "fill in a form and start a search, with the data before your eyes",
    "resume": "go on with a finished, stopped or killed session",
    "attach": "view and steer a running session",
    "replay": "play a recorded session",
    "web": "show the screens in a browser",
    "send": "steer a running session without a screen",
    "sessions": "list the sessions",
    "show": "show one session in short",
    "compare": "compare two sessions",
    "fork": "make a new session of another, as it stood after a node",
    "rename": "rename a session",
    "delete": "delete sessions",
    "prune": "delete old sessions, and what dead processes left",
    "export": "write out the best solution, a notebook, a report or a table",
    "import": "make a session of AIDE's journal.json",
    "bench": "run a suite of searches and compare models and strategies",
    "init": "write task.toml for a folder with data",
    "tasks": "list the bundled tasks",
    "models": "list the models that can be used now",
    "serve": "start a vLLM server for a model, with flags that suit this machine",
    "strategies": "list the strategies and policies",
    "doctor": "tell what this machine has for a search, and what it lacks",
    "completion": "print the completion of a shell: bash, zsh or fish",
}

_EXAMPLE = """\
examples:
  tui-aide                              open the home screen
  tui-aide run digits --model builtin   search a bundled task, with no model server
  tui-aide run ./my-data --nodes 40     search your own folder with train.csv and test.csv
  tui-aide attach                       come back to the latest search
  tui-aide replay                       watch the latest search again, ten times as fast
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 1 for a failure, 2 for wrong usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without ★ gets a question mark, no traceback
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
    except ModuleNotFoundError as e:
        if (e.name or "tui_aide").partition(".")[0] == "tui_aide":
            raise
        from tui_aide.installing import install_command

        print(f"tui-aide: the package {e.name} is missing; install again: {install_command()}", file=sys.stderr)
        return 1
    except OSError as e:
        print(f"tui-aide: {e.filename or 'a file'}: {e.strerror or e}", file=sys.stderr)
        return 1


def _run(words: list[str]) -> int:
    if not words:
        from tui_aide.cli.home import open_home

        return open_home()
    first = words[0]
    if first in COMMANDS:
        return _run_command(first, words[1:])
    if first in ("-h", "--help", "help"):
        print(_help())
        return 0
    if first in ("-V", "--version", "version"):
        print(f"tui-aide {__version__}")
        return 0
    kind = "option" if first.startswith("-") else "command"
    raise UsageError(f"unknown {kind} {first!r}.{nearest(first, COMMANDS)} See: tui-aide --help")


def _run_command(name: str, words: list[str]) -> int:
    import importlib

    from tui_aide.cli.parser import Parser

    module = importlib.import_module(module_of(name))
    if words and words[0] in getattr(module, "SUBCOMMANDS", ()):
        name, words = f"{name} {words[0]}", words[1:]
        module = importlib.import_module(module_of(name.replace(" ", "_")))
    parser = Parser(f"tui-aide {name}", module.__doc__ or "", module.EPILOG)
    module.add_arguments(parser)
    passed_on: list[str] = []
    if getattr(module, "PASSES_ON", False) and "--" in words:
        words, passed_on = words[: words.index("--")], words[words.index("--") + 1 :]
    options = parser.parse_args(words)
    options.passed_on = passed_on
    code: int = module.run(options)
    return code


def module_of(command: str) -> str:
    """Return the full name of a command's module; `import` is a word that Python keeps for itself."""
    return f"tui_aide.cli.{'import_' if command == 'import' else command}"


def _help() -> str:
    commands = "\n".join(f"  {name:<12} {text}" for name, text in COMMANDS.items())
    return f"""\
usage: tui-aide [COMMAND] [OPTIONS]

Search for machine-learning solutions in the terminal, live and honestly scored.

commands:
{commands}

Each command has --help with an example; tui-aide --version prints the version.

{_EXAMPLE}"""
