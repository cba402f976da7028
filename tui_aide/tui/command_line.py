"""The words of the command line, read into commands. Nothing is sent here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping

import msgspec

from tui_aide.errors import UsageError, nearest
from tui_aide.tree.commands import (
    Branch,
    Command,
    DropHint,
    Hint,
    Kill,
    Pause,
    Pin,
    Prune,
    Restore,
    Resume,
    Retry,
    SetBudget,
    SetModel,
    SetPolicy,
    SetStrategy,
    SetStreams,
    Stop,
    Unpin,
)
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.orders import ORDERS, Order


class Goto(msgspec.Struct, frozen=True):
    """Put the cursor on a node; None is the best one."""

    node: int | None


class Do(msgspec.Struct, frozen=True):
    """Run one of the screen's own actions, by its Textual name."""

    action: str


USAGE = {
    "branch": 'branch [NODE] [x3] "instruction"',
    "retry": "retry [NODE]",
    "prune": "prune [NODE]",
    "restore": "restore [NODE]",
    "undo": "undo",
    "pin": "pin [NODE]",
    "unpin": "unpin [NODE]",
    "pause": "pause [NODE], that branch alone",
    "resume": "resume [NODE]",
    "hint": "hint TEXT, for every prompt",
    "drop-hint": "drop-hint N",
    "stop": "stop [gently]",
    "kill": "kill [NODE]",
    "model": "model NAME [URL]",
    "workers": "workers N",
    "slots": "slots N",
    "nodes": "nodes N",
    "tokens": "tokens N",
    "time": "time 90m",
    "strategy": "strategy SPEC, such as self-consistency(n=5)+self-debugging",
    "policy": "policy SPEC, such as greedy",
    "goto": "goto NODE",
    "best": "best",
    "edit": "edit [NODE]",
    "find": "find TEXT",
    "filter": "filter WORDS, such as valid >0.8; without one, all nodes",
    "sort": "sort created, newest, score or flat",
    "mark": "mark [NODE]",
    "unmark": "unmark, all marks",
    "compare": "compare, the marked nodes",
    "diff": "diff, against the parent or the next marked node",
    "axis": "axis, of the curve: nodes, time or tokens",
    "copy": "copy",
    "export": "export",
    "events": "events",
    "themes": "themes",
    "settings": "settings",
    "help": "help",
    "quit": "quit",
}
_DO = {
    **{name: f"look('{name}')" for name in ("unmark", "compare", "axis", "copy", "export")},
    "diff": "look('base')",
    "events": "events",
    "themes": "app.themes",
    "settings": "app.settings",
    "help": "app.keys",
    "quit": "leave",
    "q": "leave",
    "undo": "undo",
}
_OF_NODE: dict[str, type[Retry | Prune | Restore | Pin | Unpin | Kill]] = {
    "retry": Retry,
    "prune": Prune,
    "restore": Restore,
    "pin": Pin,
    "unpin": Unpin,
    "kill": Kill,
}


class Find(msgspec.Struct, frozen=True):
    """Search the tree for a text."""

    text: str


class Filter(msgspec.Struct, frozen=True):
    """Show only the nodes that these words hold for; none ends it."""

    text: str


class Sort(msgspec.Struct, frozen=True):
    """Order the rows of the tree."""

    order: Order


class Mark(msgspec.Struct, frozen=True):
    """Mark a node, or take its mark away."""

    node: int


Local = Goto | Do | Find | Filter | Sort | Mark
"""What changes only what is shown."""


class EditNode(msgspec.Struct, frozen=True):
    """Edit a node's script."""

    node: int


def parse(line: str, tree: SolutionTree, cursor: int | None) -> Command | Local | EditNode:
    """Read one line.

    Args:
        line: what was typed, without the colon.
        tree: to know which nodes there are.
        cursor: the node meant where none is named.

    Raises:
        UsageError: it cannot be read; the message says what would do.
    """
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.replace('"', " ").replace("'", " ").split()
    if not words:
        raise UsageError("type a command: " + ", ".join(USAGE))
    name, rest = words[0].casefold(), words[1:]
    if name in _DO:
        return Do(_DO[name])
    if name.lstrip("#").isdigit() and not rest:
        return Goto(_node(words[0], tree))
    if name not in USAGE:
        raise UsageError(f"no command {name!r}.{nearest(name, USAGE) or ' Known: ' + ', '.join(USAGE)}")
    if name in _OF_NODE:
        return _OF_NODE[name](node=_node(rest[0], tree) if rest else _under(cursor))
    readers: dict[str, Callable[[], Command | Local | EditNode]] = {
        "pause": lambda: Pause(node=_node(rest[0], tree) if rest else None),
        "resume": lambda: Resume(node=_node(rest[0], tree) if rest else None),
        "hint": lambda: Hint(text=_text("hint", line)),
        "drop-hint": lambda: DropHint(hint=_count("drop-hint", rest)),
        "stop": lambda: _stop(rest),
        "model": lambda: _model(rest),
        "workers": lambda: SetStreams(workers=_count("workers", rest)),
        "slots": lambda: SetStreams(slots=_count("slots", rest)),
        "best": lambda: Goto(None),
        "nodes": lambda: SetBudget(nodes=_count("nodes", rest)),
        "tokens": lambda: SetBudget(tokens=_count("tokens", rest)),
        "time": lambda: SetBudget(wall_seconds=_seconds(rest)),
        "strategy": lambda: SetStrategy(spec=_spec("strategy", rest)),
        "policy": lambda: SetPolicy(spec=_spec("policy", rest)),
        "goto": lambda: Goto(_node(rest[0] if rest else "", tree)),
        "find": lambda: Find(" ".join(rest)),
        "filter": lambda: Filter(line.strip()[len("filter") :].strip()),
        "sort": lambda: Sort(_order(rest)),
        "mark": lambda: Mark(_node(rest[0], tree) if rest else _under(cursor)),
        "edit": lambda: EditNode(_node(rest[0], tree) if rest else _under(cursor)),
        "branch": lambda: _branch(rest, tree, cursor),
    }
    return readers[name]()


def complete(line: str, usage: Mapping[str, str] = USAGE) -> str | None:
    """Return the one command of `usage` that a start of a line can become, with its blank, or None."""
    found = [name for name in usage if name.startswith(line)]
    return found[0] + (" " if " " in usage[found[0]] else "") if line and len(found) == 1 else None


def _branch(rest: list[str], tree: SolutionTree, cursor: int | None) -> Branch:
    node = _under(cursor)
    if rest and rest[0].lstrip("#").isdigit():
        node = _node(rest.pop(0), tree)
    samples = int(rest.pop(0)[1:]) if rest and re.fullmatch(r"x\d{1,3}", rest[0]) else 1
    if not rest:
        raise UsageError(f"branch needs an instruction: {USAGE['branch']}")
    return Branch(node=node, instruction=" ".join(rest), samples=samples)


def _text(name: str, line: str) -> str:
    """Return what follows a command's name, as it was typed."""
    text = line.strip()[len(name) :].strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    if not text:
        raise UsageError(f"{name} needs its text: {USAGE[name]}")
    return text


def _model(rest: list[str]) -> SetModel:
    if not 1 <= len(rest) <= 2:
        raise UsageError(f"model needs a name, and may have a server's address: {USAGE['model']}")
    return SetModel(model=rest[0], base_url=rest[1] if len(rest) > 1 else None)


def _stop(rest: list[str]) -> Stop:
    if rest and rest != ["gently"]:
        raise UsageError(f"stop takes the word gently or none: {USAGE['stop']}")
    return Stop(now=not rest)


def _node(word: str, tree: SolutionTree) -> int:
    digits = word.lstrip("#")
    if not digits.isdigit():
        raise UsageError(f"{word!r} is no node; give its number, such as 12" if word else "give a node's number")
    if int(digits) not in tree.nodes:
        last = max(tree.nodes, default=None)
        raise UsageError(f"no node #{digits}" + (f"; there are #0 to #{last}" if last is not None else " yet"))
    return int(digits)


def _under(cursor: int | None) -> int:
    if cursor is None:
        raise UsageError("there is no node yet")
    return cursor


def _spec(name: str, rest: list[str]) -> str:
    """Return a spec as typed; what it may hold the engine knows."""
    if not rest:
        raise UsageError(f"{name} needs a name: {USAGE[name]}")
    return " ".join(rest)


def _order(rest: list[str]) -> Order:
    order = next((o for o in ORDERS if rest == [o]), None)
    if order is None:
        raise UsageError(f"sort needs one of {', '.join(ORDERS)}: {USAGE['sort']}")
    return order


def _count(name: str, rest: list[str]) -> int:
    if len(rest) != 1 or not rest[0].isdigit() or int(rest[0]) < 1:
        raise UsageError(f"{name} needs a whole number: {USAGE[name]}")
    return int(rest[0])


def _seconds(rest: list[str]) -> float:
    word = rest[0].casefold() if len(rest) == 1 else ""
    scale = {"s": 1, "m": 60, "h": 3600, "d": 86400}.get(word[-1:], 0)
    try:
        value = float(word[:-1]) * scale if scale else float(word)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise UsageError(f"time needs a time such as 90m or 2h: {USAGE['time']}")
    return value
