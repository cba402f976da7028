"""Steer a running session without a screen."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tui_aide.cli.options import add_budget, add_session
from tui_aide.errors import UsageError

if TYPE_CHECKING:
    from tui_aide.tree.commands import Command

EPILOG = """\
commands:
  pause                        start no new node
  resume                       go on
  branch NODE --instruction T  make a child of NODE that follows your instruction
  edit NODE --file F           run your own version of NODE's script as a new child
  kill NODE                    end the script of NODE that runs now; the search goes on
  budget --nodes N ...         change the limits
  strategy SPEC                make new nodes by another strategy, or by a preset
  policy SPEC                  let another policy choose
  stop                         end the search; it can be resumed

examples:
  tui-aide send digits-cactus-0707 pause
  tui-aide send digits-cactus-0707 branch 3 --instruction "use 5 folds"
"""


_COMMANDS = ("pause", "resume", "branch", "edit", "kill", "budget", "strategy", "policy", "stop")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `send`."""
    add_session(parser)
    parser.add_argument("what", metavar="COMMAND", choices=_COMMANDS)
    parser.add_argument("node", metavar="NODE|SPEC", nargs="?", help="number of a node; for strategy and policy, which")
    parser.add_argument("--instruction", metavar="TEXT", help="for branch")
    parser.add_argument("--file", type=Path, metavar="F", help="for edit: the script")
    add_budget(parser, "as before")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


def run(options: argparse.Namespace) -> int:
    """Send one command and print what came of it; 1 when it was refused."""
    from tui_aide.sessions.client import send_once
    from tui_aide.sessions.places import find_session, sessions_dir

    folder = find_session(options.session, sessions_dir(options.sessions_dir))
    command = _command(options)

    reply = asyncio.run(send_once(folder, command))
    if options.json:
        import msgspec

        print(msgspec.json.encode(reply).decode())
    else:
        print(reply.message)
    return 0 if reply.accepted else 1


def _command(options: argparse.Namespace) -> Command:
    from tui_aide.cli.budget import budget_of
    from tui_aide.tree import commands as cm

    by = os.environ.get("USER", "user")
    match options.what:
        case "pause":
            return cm.Pause(by=by)
        case "resume":
            return cm.Resume(by=by)
        case "branch":
            if not options.instruction:
                raise UsageError('branch needs what to do: --instruction "use 5 folds"')
            return cm.Branch(by=by, node=_node(options), instruction=options.instruction)
        case "edit":
            if options.file is None:
                raise UsageError("edit needs the script: --file F")
            try:
                code = options.file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as e:
                raise UsageError(f"--file {options.file}: cannot be read: {e}") from e
            return cm.Edit(by=by, node=_node(options), code=code)
        case "kill":
            return cm.Kill(by=by, node=_node(options))
        case "budget":
            budget = budget_of(options)
            return cm.SetBudget(
                by=by,
                nodes=budget.nodes,
                tokens=budget.tokens,
                wall_seconds=budget.wall_seconds,
                execution_seconds=budget.execution_seconds,
            )
        case "strategy":
            return cm.SetStrategy(by=by, spec=_spec(options))
        case "policy":
            return cm.SetPolicy(by=by, spec=_spec(options))
        case _:
            return cm.Stop(by=by)


def _spec(options: argparse.Namespace) -> str:
    if not options.node:
        raise UsageError(f"{options.what} needs which one; `tui-aide strategies` lists them")
    return str(options.node)


def _node(options: argparse.Namespace) -> int:
    try:
        return int(str(options.node).lstrip("#"))
    except ValueError as e:
        raise UsageError(f"{options.what} needs the number of a node, such as 3") from e
