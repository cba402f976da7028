"""The words that choose nodes of the tree, read into a test. No widget is known here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection
from typing import get_args

from tui_aide.errors import UsageError
from tui_aide.tree.node import Node, Operator, Verdict
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.figures import node_name

FILTER_WORDS = "valid buggy live pinned pruned paused marked mine, a verdict, an operator, >0.8, 0.8..0.9, !word, text"
"""What a filter may say, in short."""

_STATES: dict[str, Callable[[Node], bool]] = {
    "buggy": lambda n: n.buggy,
    "live": lambda n: not n.done and n.phase != "queued",
    "queued": lambda n: n.verdict is None and n.phase == "queued",
    **{verdict: lambda n, v=verdict: n.verdict == v for verdict in get_args(Verdict)},  # type: ignore[misc]
}
_OPERATORS: tuple[str, ...] = get_args(Operator)
_MARKS = ("pinned", "pruned", "paused", "marked", "mine")
_SCORE = re.compile(r"(?P<sign>[<>]=?)(?P<limit>.+)|(?P<low>[-+\d.e]+?)\.\.(?P<high>[-+\d.e]+)")

Test = Callable[[Node, SolutionTree, Collection[int]], bool]


class NodeFilter:
    """A test of nodes. Words of one kind are alternatives, but texts and scores must all hold; `!` turns one around.

    Attributes:
        text: as it was typed.
    """

    def __init__(self, text: str) -> None:
        """Read the words.

        Raises:
            UsageError: a score is no number.
        """
        self.text = " ".join(text.split())
        try:
            words = shlex.split(text)
        except ValueError:
            words = text.replace('"', " ").replace("'", " ").split()  # a quote that is not closed yet
        self._all: list[Test] = []
        either: dict[str, list[Test]] = {}
        for word in words:
            bare = word.removeprefix("!")
            if not bare:
                continue
            kind, test = _test(bare)
            if word != bare:
                self._all.append(_not(test))
            elif kind in ("score", "text"):
                self._all.append(test)
            else:
                either.setdefault(kind, []).append(test)
        self._all += [tests[0] if len(tests) == 1 else _any(tests) for tests in either.values()]

    def __bool__(self) -> bool:
        return bool(self._all)

    def holds(self, node: Node, tree: SolutionTree, marked: Collection[int]) -> bool:
        """Return whether it holds for a node; `marked` are the nodes that the user marked."""
        return all(test(node, tree, marked) for test in self._all)


def _test(word: str) -> tuple[str, Test]:
    name = word.casefold()
    if name in _STATES:
        state = _STATES[name]
        return "state", lambda n, t, m: state(n)
    if name in _OPERATORS:
        return "operator", lambda n, t, m: n.operator == name
    if name in _MARKS:
        return "mark", _mark(name)
    if match := _SCORE.fullmatch(name):
        return "score", _score(word, match)
    return "text", lambda n, t, m: name in haystack(n)


def _mark(name: str) -> Test:
    tests: dict[str, Test] = {
        "pinned": lambda n, t, m: n.id in t.pinned,
        "pruned": lambda n, t, m: n.pruned,
        "paused": lambda n, t, m: n.held,
        "marked": lambda n, t, m: n.id in m,
        "mine": lambda n, t, m: n.by == "user",
    }
    return tests[name]


def _score(word: str, match: re.Match[str]) -> Test:
    try:
        if sign := match["sign"]:
            limit = float(match["limit"])
            low, high = (limit, float("inf")) if sign[0] == ">" else (-float("inf"), limit)
        else:
            low, high = float(match["low"]), float(match["high"])
    except ValueError:
        raise UsageError(f"{word[:30]!r} is no range of scores; type such as >0.8, <=0.9 or 0.8..0.9") from None
    open_at = limit if match["sign"] in (">", "<") else None

    def test(node: Node, tree: SolutionTree, marked: Collection[int]) -> bool:
        if node.score is None or not node.valid:
            return False
        return low <= node.score.value <= high and node.score.value != open_at

    return test


def _not(test: Test) -> Test:
    return lambda n, t, m: not test(n, t, m)


def _any(tests: list[Test]) -> Test:
    return lambda n, t, m: any(test(n, t, m) for test in tests)


def haystack(node: Node, *, cut_off: bool = False) -> str:
    """Return what a text is looked for in: number, name, operator, verdict or phase, message; in small letters."""
    state = node.verdict or ("cut off" if cut_off else node.phase)
    return f"{node.id} {node_name(node)} {node.operator} {state} {node.message}".casefold()
