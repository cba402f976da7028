"""Steer a running session without a screen."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tui_aide.cli.options import add_budget, add_session
from tui_aide.errors import UsageError, nearest

if TYPE_CHECKING:
    from tui_aide.sessions.folder import SessionFolder
    from tui_aide.tree.commands import Command

EPILOG = """\
commands:
  pause [NODE]                 start no new node, or none in NODE's branch; what runs goes on to its end
  resume [NODE]                go on
  branch NODE --instruction T  make a child of NODE that follows your instruction; --samples N makes several
  edit NODE [--file F]         run your own version of NODE's script as a new child: from a file, from standard
                               input ("-"), or as you leave it in $EDITOR
  retry NODE                   make a node once more as NODE was made, with other chance
  prune NODE                   take NODE and all below it out of the search
  restore NODE                 undo that
  pin NODE                     have the policy keep working on NODE's branch
  unpin NODE                   let it choose freely again
  hint TEXT                    put a hint into every prompt from now on
  drop-hint N                  take it out again
  kill NODE [--candidate N]    end what NODE does now: its script, or its sample; the search goes on
  budget --nodes N ...         change the limits
  model NAME [--base-url URL]  make new nodes with another model
  strategy SPEC                make new nodes by another strategy, or by a preset
  policy SPEC                  let another policy choose
  streams --workers N --slots N   so many samples, and so many scripts, at once
  stop [--gently]              end the search; gently lets what runs end first; it can be resumed

examples:
  tui-aide send digits-cactus-0707 pause
  tui-aide send digits-cactus-0707 branch 3 --instruction "use 5 folds" --samples 2
  tui-aide send digits-cactus-0707 hint "the rows are sorted by time"
"""

_OF_NODE = ("retry", "prune", "restore", "pin", "unpin", "kill")
COMMANDS = (
    *("pause", "resume", "branch", "edit", "retry", "prune", "restore", "pin", "unpin", "hint", "drop-hint", "kill"),
    *("budget", "model", "strategy", "policy", "streams", "stop"),
)
_TAKES = {
    "instruction": ("branch",),
    "samples": ("branch",),
    "file": ("edit",),
    "candidate": ("kill",),
    "base_url": ("model",),
    "workers": ("streams",),
    "slots": ("streams",),
    "gently": ("stop",),
}
"""Which command an option belongs to."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `send`."""
    add_session(parser)
    parser.add_argument("what", metavar="COMMAND", help="what to do; see below")
    parser.add_argument("argument", metavar="NODE|TEXT", nargs="*", help="number of a node, text of a hint, a spec")
    parser.add_argument("--instruction", metavar="TEXT", help="for branch")
    parser.add_argument("--samples", type=int, metavar="N", help="for branch: so many children alike")
    parser.add_argument("--file", type=Path, metavar="F", help="for edit: the script; without it $EDITOR is opened")
    parser.add_argument("--candidate", type=int, metavar="N", help="for kill: only this one of its candidates")
    parser.add_argument("--base-url", metavar="URL", help="for model: the server that has it")
    parser.add_argument("--workers", type=int, metavar="N", help="for streams: samples at once")
    parser.add_argument("--slots", type=int, metavar="N", help="for streams: scripts at once")
    parser.add_argument("--gently", action="store_true", help="for stop: let what runs end first")
    add_budget(parser, "as before")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


def run(options: argparse.Namespace) -> int:
    """Send one command and print what came of it; 1 when it was refused."""
    from tui_aide.sessions.client import send_once
    from tui_aide.sessions.places import find_session, sessions_dir

    folder = find_session(options.session, sessions_dir(options.sessions_dir), to_write=True)
    command = _command(options, folder)
    if command is None:
        print("nothing was changed, so nothing is run")
        return 1
    reply = asyncio.run(send_once(folder, command))
    if options.json:
        import msgspec

        print(msgspec.json.encode(reply).decode())
    else:
        print(reply.message)
    return 0 if reply.accepted else 1


def _command(options: argparse.Namespace, folder: SessionFolder) -> Command | None:
    """Return the command that was asked for; None where the user left a script as it was."""
    from tui_aide.tree import commands as cm

    what: str = options.what
    if what not in COMMANDS:
        raise UsageError(f"{what!r} is no command.{nearest(what, COMMANDS)} See: tui-aide send --help")
    for name, takers in _TAKES.items():
        if getattr(options, name) not in (None, False) and what not in takers:
            raise UsageError(f"--{name.replace('_', '-')} goes with {takers[0]}, not with {what}")
    by = os.environ.get("USER", "user")
    if what in _OF_NODE:
        if what == "kill":
            return cm.Kill(by=by, node=_node(options), candidate=options.candidate)
        kind: type[cm.Retry | cm.Prune | cm.Restore | cm.Pin | cm.Unpin] = getattr(cm, what.capitalize())
        return kind(by=by, node=_node(options))
    match what:
        case "pause":
            return cm.Pause(by=by, node=_node(options) if options.argument else None)
        case "resume":
            return cm.Resume(by=by, node=_node(options) if options.argument else None)
        case "branch":
            if not options.instruction:
                raise UsageError('branch needs what to do: --instruction "use 5 folds"')
            samples = 1 if options.samples is None else options.samples
            return cm.Branch(by=by, node=_node(options), instruction=options.instruction, samples=samples)
        case "edit":
            node = _node(options)
            code = _script(options.file) if options.file else _edited(folder, node)
            return None if code is None else cm.Edit(by=by, node=node, code=code)
        case "hint":
            if not options.argument:
                raise UsageError('hint needs its text: hint "the rows are sorted by time"')
            return cm.Hint(by=by, text=" ".join(options.argument))
        case "drop-hint":
            return cm.DropHint(by=by, hint=_number(options, "hint"))
        case "model":
            return cm.SetModel(by=by, model=_word(options, "`tui-aide models` lists them"), base_url=options.base_url)
        case "strategy":
            return cm.SetStrategy(by=by, spec=_word(options, "`tui-aide strategies` lists them"))
        case "policy":
            return cm.SetPolicy(by=by, spec=_word(options, "`tui-aide strategies` lists them"))
        case "streams":
            if options.workers is None and options.slots is None:
                raise UsageError("streams needs --workers N, --slots N or both")
            return cm.SetStreams(by=by, workers=options.workers, slots=options.slots)
        case "budget":
            return _budget(options, by)
        case _:
            return cm.Stop(by=by, now=not options.gently)


def _budget(options: argparse.Namespace, by: str) -> Command:
    from tui_aide.cli.budget import budget_of
    from tui_aide.tree.commands import SetBudget

    budget = budget_of(options)
    return SetBudget(
        by=by,
        nodes=budget.nodes,
        tokens=budget.tokens,
        wall_seconds=budget.wall_seconds,
        execution_seconds=budget.execution_seconds,
    )


def _edited(folder: SessionFolder, node: int) -> str | None:
    """Return a node's script as the user leaves it in the editor; None where it is as before."""
    from tui_aide.tui.editor import editor

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("edit needs the script: --file F (there is no terminal for an editor)")
    try:
        code = (folder.node(node) / "solution.py").read_text(encoding="utf-8", errors="replace")
    except OSError as e:
        raise UsageError(f"#{node} of {folder.id} has no script to edit") from e
    command = editor()
    if command is None:
        raise UsageError("no editor was found; set EDITOR, for example: export EDITOR=nano")
    with tempfile.TemporaryDirectory(prefix="tui_aide-") as place:
        path = Path(place) / f"node-{node}.py"
        path.write_text(code, encoding="utf-8")
        try:
            ended = subprocess.run([*command, str(path)], check=False).returncode
        except OSError as e:
            raise UsageError(f"EDITOR={command[0]!r} cannot be run: {e.strerror}") from e
        edited = path.read_text(encoding="utf-8", errors="replace") if path.exists() else code
    return None if ended or edited == code or not edited.strip() else edited


def _script(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise UsageError(f"--file {file}: cannot be read: {e}") from e


def _word(options: argparse.Namespace, where: str) -> str:
    if not options.argument:
        raise UsageError(f"{options.what} needs which one; {where}")
    return " ".join(options.argument)


def _node(options: argparse.Namespace) -> int:
    return _number(options, "node")


def _number(options: argparse.Namespace, what: str) -> int:
    words = options.argument
    if len(words) != 1 or not words[0].lstrip("#").isdigit():
        raise UsageError(f"{options.what} needs the number of a {what}, such as 3")
    return int(words[0].lstrip("#"))
