from __future__ import annotations

import pytest

from tui_aide.errors import UsageError
from tui_aide.tree import events as ev
from tui_aide.tree.commands import (
    Branch,
    DropHint,
    Hint,
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
from tui_aide.tui.command_line import Do, EditNode, Find, Goto, complete, parse


@pytest.fixture
def tree() -> SolutionTree:
    tree = SolutionTree()
    for i in range(13):
        tree.apply(ev.NodeCreated(node=i, parents=(), operator="draft", strategy="single", reason="", seed=0))
    return tree


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ('branch 12 "use folds"', Branch(node=12, instruction="use folds")),
        ("branch #3 don't tune", Branch(node=3, instruction="dont tune")),
        ("branch try dart", Branch(node=5, instruction="try dart")),
        ("branch 3 x4 try dart", Branch(node=3, instruction="try dart", samples=4)),
        ("branch x2 try dart", Branch(node=5, instruction="try dart", samples=2)),
        ("pause", Pause()),
        ("pause 3", Pause(node=3)),
        ("resume #3", Resume(node=3)),
        ("retry", Retry(node=5)),
        ("prune 4", Prune(node=4)),
        ("restore 4", Restore(node=4)),
        ("pin", Pin(node=5)),
        ("unpin 1", Unpin(node=1)),
        ('hint the rows aren\'t "sorted"', Hint(text='the rows aren\'t "sorted"')),
        ('hint "mind q"', Hint(text="mind q")),
        ("drop-hint 2", DropHint(hint=2)),
        ("model qwen http://a/v1", SetModel(model="qwen", base_url="http://a/v1")),
        ("model builtin", SetModel(model="builtin")),
        ("workers 8", SetStreams(workers=8)),
        ("slots 2", SetStreams(slots=2)),
        ("undo", Do("undo")),
        ("STOP", Stop()),
        ("stop gently", Stop(now=False)),
        ("nodes 40", SetBudget(nodes=40)),
        ("time 90m", SetBudget(wall_seconds=5400.0)),
        ("strategy self-consistency(n=3)+preflight", SetStrategy(spec="self-consistency(n=3)+preflight")),
        ("strategy best-of-n(n=3, keep=2)", SetStrategy(spec="best-of-n(n=3, keep=2)")),
        ("policy mcts", SetPolicy(spec="mcts")),
        ("goto 12", Goto(12)),
        ("12", Goto(12)),
        ("best", Goto(None)),
        ("edit", EditNode(5)),
        ("find ridge", Find("ridge")),
        ("q", Do("leave")),
    ],
)
def test_lines_become_commands(tree: SolutionTree, line: str, command: object) -> None:
    found = parse(line, tree, 5)
    if line.startswith("branch #3"):
        assert isinstance(found, Branch)
        assert found.node == 3
        assert "tune" in found.instruction
    else:
        assert found == command


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "type a command"),
        ("pasue", "Did you mean 'pause'"),
        ("zzzz", "Known: branch"),
        ("goto 99", "there are #0 to #12"),
        ("goto x", "'x' is no node"),
        ("branch 3", "needs an instruction"),
        ("hint", "hint needs its text"),
        ("model", "model needs a name"),
        ("workers", "whole number"),
        ("stop now", "gently"),
        ("pause 99", "there are #0 to #12"),
        ("nodes many", "whole number"),
        ("nodes 0", "whole number"),
        ("strategy", "strategy needs a name"),
        ("policy", "policy needs a name"),
        ("time soon", "such as 90m"),
        ("time nan", "such as 90m"),
    ],
)
def test_what_cannot_be_read_says_what_would_do(tree: SolutionTree, line: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse(line, tree, 5)


def test_a_start_that_fits_one_command_is_completed() -> None:
    assert complete("br") == "branch "
    assert complete("pa") == "pause "
    assert complete("sto") == "stop "
    assert complete("und") == "undo"
    assert complete("str") == "strategy "
    assert complete("po") == "policy "
    assert complete("s") is None
    assert complete("e") is None
    assert complete("") is None
